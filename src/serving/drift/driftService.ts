// Whether the images of the last day still are like those that a version was made with.
import type { CountedVersion, DriftCounts, DriftState } from '../../data/classifiers/driftCounts.js';
import type { Log } from '../../data/database/database.js';
import { repeat } from '../../data/repeatedTask.js';
import type { DriftBaseline } from '../../models/driftBaseline.js';
import type { ModelOutcome } from '../classify.js';
import type { ServedVersion } from '../loadedVersions.js';
import type { ClassifierRegistry } from '../registry.js';
import { DriftTally, lengthFor, readCounts, type SeenCounts } from './measures.js';
import { compareWith, hasDrifted, type Stability } from './stability.js';

export interface DriftServiceDeps {
  readonly registry: Pick<ClassifierRegistry, 'list' | 'served' | 'version'>;
  readonly counts: DriftCounts;
  readonly logger: Log;
}

/** How often what was seen is written and judged. Of a process that is killed, what came since is not counted. */
const everyMs = 60_000;

/** What is known of the version that is active. */
export interface DriftReport {
  readonly name: string;
  readonly version: number;
  readonly labels: readonly string[];
  /** undefined: the version was made without a baseline, and nothing can be said. */
  readonly baseline: DriftBaseline | undefined;
  readonly seen: SeenCounts | undefined;
  readonly stability: Stability;
  readonly state: DriftState | undefined;
}

interface Counted {
  readonly of: CountedVersion;
  readonly tally: DriftTally;
}

export class DriftService {
  readonly #deps: DriftServiceDeps;
  /** By version and baseline. */
  readonly #counted = new Map<string, Counted>();
  /** Of active versions, by classifier, as they were when last judged. */
  readonly #last = new Map<string, DriftReport>();
  #flushing: Promise<void> = Promise.resolve();
  #stopWatching: (() => Promise<void>) | undefined;

  constructor(deps: DriftServiceDeps) {
    this.#deps = deps;
  }

  /** Writes what is seen and judges it, once a minute, until stop. */
  start(): void {
    this.#stopWatching = repeat(() => this.#watch(), {
      everyMs,
      atOnce: false,
      logger: this.#deps.logger,
      onFailure: 'what shows whether classifiers drift could not be written',
    });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    await this.#stopWatching?.();
    await this.flush().catch((error: unknown) =>
      this.#deps.logger.warn({ err: error }, 'the last counts for drift are lost'),
    );
  }

  /** Takes note of the images of a request. Costs the answer nothing: they are looked at after it. */
  readonly observeOutcome = ({ manifest: { name, version }, driftBaseline, images }: ModelOutcome): void => {
    if (driftBaseline === undefined) return;
    setImmediate(() => {
      const tally = this.#tallyOf({ name, version, baseline: driftBaseline.id }, driftBaseline);
      for (const image of images)
        if (image.ok) tally.add(image.embedding, image.probabilities.indexOf(Math.max(...image.probabilities)));
    });
  };

  #tallyOf(of: CountedVersion, baseline: DriftBaseline): DriftTally {
    const key = JSON.stringify([of.name, of.version, of.baseline]);
    const counted = this.#counted.get(key) ?? { of, tally: new DriftTally(baseline) };
    this.#counted.set(key, counted);
    return counted.tally;
  }

  /** Of active versions, as last judged in this process. */
  list(): DriftReport[] {
    return [...this.#last.values()];
  }

  /** What all processes have seen until now. Throws AppError unknown_model, database_unavailable. */
  async report(name: string): Promise<DriftReport> {
    this.#deps.registry.version(name);
    await this.flush();
    return this.#judge(name);
  }

  /** Writes what this process has seen. Throws AppError database_unavailable; nothing is lost by that. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#flush());
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    // What has been answered until now is counted to its end: its images on the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve));
    for (const [key, { of, tally }] of [...this.#counted]) {
      const taken = tally.take();
      // Asked nothing since the last time: it may be gone, and begins again when it is asked.
      if (taken === undefined) {
        this.#counted.delete(key);
        continue;
      }
      try {
        await this.#deps.counts.add(of, taken);
      } catch (error) {
        tally.giveBack(taken);
        throw error;
      }
    }
  }

  async #watch(): Promise<void> {
    await this.flush();
    const names = this.#deps.registry.list().map(({ name }) => name);
    for (const name of this.#last.keys()) if (!names.includes(name)) this.#last.delete(name);
    for (const name of names) await this.#judge(name);
    await this.#deps.counts.removeOld();
  }

  async #judge(name: string): Promise<DriftReport> {
    const { registry, counts } = this.#deps;
    const { manifest } = registry.version(name);
    const { version, labels } = manifest;
    const baseline = this.#baselineOf(registry.served(name), version);
    const known = { name, version, labels, baseline };
    if (baseline === undefined) {
      this.#last.delete(name);
      return { ...known, seen: undefined, stability: { embeddings: undefined, classes: undefined }, state: undefined };
    }
    const of = { name, version, baseline: baseline.id };
    const day = await counts.lastDay(of);
    const seen = readCounts(baseline, day?.length === lengthFor(baseline) ? day : undefined);
    const stability = compareWith(baseline, seen);
    const before = await counts.state(of);
    const { embeddings, classes } = stability;
    if (embeddings !== undefined) {
      const figures = { images: seen.images, embeddings, classes: classes ?? null };
      const wasDrifted = before?.drifted === true;
      const drifted = hasDrifted(stability, wasDrifted);
      if (drifted !== wasDrifted && (await counts.judge(of, drifted, figures)))
        this.#deps.logger.warn(
          { model: name, version, ...figures },
          drifted ? 'a classifier has drifted from its training' : 'a classifier no longer drifts from its training',
        );
    }
    const report = { ...known, seen, stability, state: await counts.state(of) };
    this.#last.set(name, report);
    return report;
  }

  /** Where the active version is not loaded yet, nothing is known of it. */
  #baselineOf(served: ServedVersion | undefined, version: number): DriftBaseline | undefined {
    return served?.manifest.version === version ? served.driftBaseline : undefined;
  }
}
