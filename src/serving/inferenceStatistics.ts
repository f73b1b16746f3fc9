// What each version has answered since the process started: requests, images, runs of the engine, and their times.
import type { Manifest } from '../models/manifest.js';
import { RecentMap } from '../recentMap.js';
import type { ObservedBatch } from './batcher.js';
import type { ModelOutcome, RequestTimes } from './classify.js';

/** How many, and the sum of their milliseconds. */
export interface Sum {
  count: number;
  ms: number;
}

export interface VersionStatistics {
  /** Milliseconds since the epoch; 0: never. */
  lastInferenceAt: number;
  /** Images. */
  inferences: number;
  /** Runs of the engine; one that several classifiers share counts for each. */
  executions: number;
  /** Requests from the arrival of their images to their results. */
  readonly success: Sum;
  readonly fail: Sum;
  /** The slowest image of each request: its wait, its decoding, its run of the engine. */
  readonly queue: Sum;
  readonly decode: Sum;
  readonly inference: Sum;
  /** Runs of the engine by their number of images. */
  readonly batches: Map<number, Sum>;
}

/** Retrainings make ever new versions. */
const maxVersions = 1000;

export class InferenceStatistics {
  readonly #versions = new RecentMap<string, VersionStatistics>(maxVersions);

  /** `now`: milliseconds since the epoch. */
  constructor(private readonly now: () => number = Date.now) {}

  readonly observeOutcome = ({ manifest, images }: ModelOutcome, took: RequestTimes): void => {
    const statistics = this.#of(placeOf(manifest));
    const answered = images.filter(({ ok }) => ok).length;
    if (answered === 0) {
      add(statistics.fail, took.totalMs);
      return;
    }
    statistics.lastInferenceAt = this.now();
    statistics.inferences += answered;
    add(statistics.success, took.totalMs);
    add(statistics.queue, took.queueMs);
    add(statistics.decode, took.decodeMs);
    add(statistics.inference, took.inferenceMs);
  };

  readonly observeFailure = (manifest: Manifest, ms: number): void => add(this.#of(placeOf(manifest)).fail, ms);

  /** Runs of the engine for requests; head ids are `<name>/<version>@…`. */
  readonly observeBatch = ({ size, inferenceMs, headIds, priority }: ObservedBatch): void => {
    if (priority !== 'request') return;
    for (const headId of headIds) {
      const statistics = this.#of(headId.slice(0, headId.lastIndexOf('@')));
      statistics.executions += 1;
      const batch = statistics.batches.get(size) ?? { count: 0, ms: 0 };
      add(batch, inferenceMs);
      statistics.batches.set(size, batch);
    }
  };

  /** Of one version; zeros where it has answered nothing. */
  of(manifest: Pick<Manifest, 'name' | 'version'>): VersionStatistics {
    return this.#versions.get(placeOf(manifest)) ?? none();
  }

  #of(place: string): VersionStatistics {
    const known = this.#versions.get(place);
    if (known !== undefined) return known;
    const fresh = none();
    this.#versions.set(place, fresh);
    return fresh;
  }
}

const placeOf = ({ name, version }: Pick<Manifest, 'name' | 'version'>): string => `${name}/${version}`;

const nothing = (): Sum => ({ count: 0, ms: 0 });

const none = (): VersionStatistics => ({
  lastInferenceAt: 0,
  inferences: 0,
  executions: 0,
  success: nothing(),
  fail: nothing(),
  queue: nothing(),
  decode: nothing(),
  inference: nothing(),
  batches: new Map(),
});

function add(sum: Sum, ms: number): void {
  sum.count += 1;
  sum.ms += ms;
}
