// Versions that answer a share of a classifier's requests, or are scored beside the active one, until conditions or people decide.
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Classifiers } from '../../data/classifiers/classifiers.js';
import {
  endRollout,
  noCounts,
  noRollout,
  type Corrected,
  type Counts,
  type Plan,
  type RecordRollout,
  type Rollout,
  type Rollouts,
  type Step,
} from '../../data/classifiers/rollouts.js';
import { repeat } from '../../data/repeatedTask.js';
import { AppError, type ErrorCode } from '../../errors.js';
import type { ActivationService } from '../activation.js';
import { inputOf, type Drawn, type ModelOutcome, type Selection } from '../classify.js';
import type { ServedVersion } from '../loadedVersions.js';
import type { UnknownThresholds } from '../unknownThresholds.js';
import type { ClassifierRegistry, Lease } from '../registry.js';
import { Comparison, type ComparisonDeps } from './comparison.js';
import { judge } from './conditions.js';
import { askAboutCorrections, type CorrectionDeps } from './corrections.js';
import { isDrawn, type Client } from './draw.js';
import { describePlan } from './planText.js';
import { Tally } from './tally.js';

export interface RolloutServiceDeps extends CorrectionDeps {
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
  readonly rollouts: Rollouts;
  readonly activate: ActivationService['activate'];
  /** Above which novelty a version calls an image unknown. */
  readonly unknownAbove: UnknownThresholds['of'];
  readonly smokeTest: (version: ServedVersion) => Promise<void>;
  readonly runHeads: ComparisonDeps['runHeads'];
  readonly logger: Logger;
  /** 0 to below 1. */
  readonly random?: () => number;
}

/** How often the database is told, and asked what other processes have seen. */
const everyMs = 1_000;
/** What is being compared is waited for this long; an engine that is down makes nobody wait for its return. */
const settleMs = 1_000;

/** Faults of the version or of the engine: a canary that has one is not activated later either. */
const refusals: ReadonlySet<ErrorCode> = new Set(['invalid_model', 'unknown_model', 'unknown_version']);

/** What this process does for a rollout. */
interface Running {
  rollout: Rollout;
  readonly tally: Tally;
  readonly comparison: Comparison;
  /** Of its versions besides the active one, as far as they are loaded. */
  readonly leases: Map<number, Lease>;
}

/** A rollout with what was seen of each version, in all processes together. */
export interface RolloutReport {
  readonly rollout: Rollout;
  readonly steps: readonly Step[];
  readonly counts: ReadonlyMap<number, Counts>;
  readonly corrected: ReadonlyMap<number, Corrected>;
}

export class RolloutService {
  readonly #deps: RolloutServiceDeps;
  readonly #random: () => number;
  readonly #running = new Map<string, Running>();
  /** Their last counts have not been written yet. */
  #leaving: Running[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #stopWatching: (() => Promise<void>) | undefined;

  constructor(deps: RolloutServiceDeps) {
    this.#deps = deps;
    this.#random = deps.random ?? Math.random;
  }

  /** Writes what is seen and judges it, once a second, until stop. The activation service must have been started. */
  start(): void {
    const onFailure = 'what rollouts have shown could not be written';
    this.#stopWatching = repeat(() => this.#watch(), {
      everyMs,
      atOnce: false,
      logger: this.#deps.logger,
      onFailure,
    });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    await this.#stopWatching?.();
    await this.flush().catch((error: unknown) => this.#warn(error, 'the last counts of a rollout are lost'));
  }

  /** Those that run, with what this process has seen. */
  list(): ReadonlyArray<Pick<Running, 'rollout' | 'tally' | 'comparison'>> {
    return [...this.#running.values()];
  }

  /** Has this process do what the database says. To be called while the registry changes nothing else. */
  async follow(): Promise<void> {
    const all = await this.#deps.rollouts.running();
    for (const [name, { rollout }] of this.#running) if (all.get(name)?.id !== rollout.id) this.#drop(name);
    for (const rollout of all.values()) this.#take(rollout);
  }

  /** `version` of a classifier is active in this process: a rollout beside another one is over. */
  activated(name: string, version: number): void {
    const running = this.#running.get(name);
    if (running !== undefined && running.rollout.baseline !== version) this.#drop(name);
  }

  /**
   * Starts a rollout, or changes the running one when the canary stays the same. Its versions are loaded, and the canary has answered
   * stored images; `record` is part of what is written. Throws AppError unknown_model, unknown_version, conflict for versions that cannot be compared as the plan asks,
   * invalid_model, engine_unavailable, database_unavailable.
   */
  async set(name: string, plan: Plan, record?: RecordRollout): Promise<Rollout> {
    const { registry, classifiers, smokeTest } = this.#deps;
    const active = await registry.acquire(name);
    const leases = new Map<number, Lease>();
    try {
      const baseline = active.version.manifest.version;
      for (const version of versionsOf(plan)) {
        if (version === baseline) throw new AppError('conflict', `version ${version} of "${name}" is active already`);
        leases.set(version, await registry.acquire(name, version));
      }
      checkPlan(plan, active.version, leases);
      await smokeTest(leases.get(plan.version)!.version);
      return await registry.whileUnchanged(async () => {
        for (const version of leases.keys()) registry.version(name, version);
        if (registry.version(name).manifest.version !== baseline)
          throw new AppError('conflict', `another version of "${name}" was activated meanwhile`);
        const describe = (before: Plan | undefined): string | undefined => describePlan(plan, before);
        const rollout = await classifiers.putRollout(name, { baseline, plan, describe, record });
        this.#take(rollout);
        return rollout;
      });
    } finally {
      for (const lease of [active, ...leases.values()]) lease.release();
    }
  }

  /** Ends the rollout that runs: the active version answers every request again. Throws AppError unknown_model, not_found. */
  async end(name: string): Promise<void> {
    const { registry, classifiers } = this.#deps;
    await registry.whileUnchanged(async () => {
      registry.describe(name);
      if (!(await classifiers.endRollout(name, 'ended', 'ended by request'))) throw noRollout(name);
      this.#drop(name);
    });
  }

  /** The last rollouts of a classifier, the newest first. Throws AppError unknown_model. */
  async reports(name: string, limit: number): Promise<RolloutReport[]> {
    const { registry, rollouts } = this.#deps;
    registry.describe(name);
    await this.flush();
    const reports: RolloutReport[] = [];
    for (const rollout of await rollouts.list(name, limit))
      reports.push({
        rollout,
        steps: await rollouts.steps(rollout.id),
        counts: await rollouts.counts(rollout.id),
        corrected: await rollouts.corrected(rollout.id),
      });
    return reports;
  }

  /** Decides which version answers where none is named: each selection as it is, or with the canary of its classifier. */
  draw(client: Client, selections: readonly Selection[]): Selection[] {
    if (this.#running.size === 0) return [...selections];
    return selections.map((selection) => {
      const running = selection.version === undefined ? this.#running.get(selection.name) : undefined;
      return running === undefined ? selection : this.#drawOne(selection, running, client);
    });
  }

  #drawOne(selection: Selection, { rollout, leases }: Running, client: Client): Selection {
    const { name } = selection;
    const { id, plan, baseline } = rollout;
    const drawn: Drawn = { rollout: id };
    const canary = leases.get(plan.version)?.version;
    if (!this.#isServed(name, baseline)) return selection;
    if (canary === undefined || !isDrawn(name, plan, client, this.#random)) return { ...selection, drawn };
    return { ...selection, version: canary.manifest.version, drawn };
  }

  #isServed(name: string, baseline: number): boolean {
    const { registry } = this.#deps;
    return registry.has(name, baseline) && registry.version(name).manifest.version === baseline;
  }

  /** Takes note of what a version has made of a request. Costs the answer nothing: images are looked at after it. */
  readonly observeOutcome = ({ manifest, images, drawn }: ModelOutcome, ms: number): void => {
    const running = this.#of(manifest.name, drawn);
    if (running === undefined) return;
    const { name, version, labels } = manifest;
    const unknownAbove = this.#deps.unknownAbove(name, version);
    running.tally.add(version, { requests: 1, ms });
    setImmediate(() => {
      for (const image of images) {
        if (!image.ok) continue;
        const { probabilities, novelty, embedding } = image;
        const top = Math.max(...probabilities);
        running.tally.add(version, {
          images: 1,
          topProbability: top,
          ...(novelty !== undefined && { judged: 1, unknown: Number(novelty > unknownAbove) }),
        });
        running.comparison.add({ embedding, version, label: labels[probabilities.indexOf(top)]! });
      }
    });
  };

  /** The same of a request that failed as a whole. */
  readonly observeFailure = (
    { name, version }: { readonly name: string; readonly version: number },
    ms: number,
    { error, drawn }: { readonly error: unknown; readonly drawn: Drawn | undefined },
  ): void => {
    if (!isFaultOfServer(error)) return;
    this.#of(name, drawn)?.tally.add(version, { requests: 1, errors: 1, ms });
  };

  #of(name: string, drawn: Drawn | undefined): Running | undefined {
    const running = drawn && this.#running.get(name);
    return running?.rollout.id === drawn?.rollout ? running : undefined;
  }

  /** Writes what this process has seen. Throws AppError database_unavailable; nothing is lost by that. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => undefined).then(() => this.#flush());
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    // What has been answered until now is counted to its end: its images on the next turn of the loop.
    await new Promise((resolve) => setImmediate(resolve));
    const settled = Promise.all(this.list().map(({ comparison }) => comparison.settled()));
    await Promise.race([settled, delay(settleMs, undefined, { ref: false })]);
    const left = this.#leaving;
    for (const { rollout, tally } of [...left, ...this.#running.values()])
      await tally.flush((seen) => this.#deps.rollouts.add(rollout.id, seen));
    this.#leaving = this.#leaving.filter((one) => !left.includes(one));
  }

  #take(rollout: Rollout): void {
    const known = this.#running.get(rollout.classifier);
    if (known !== undefined && known.rollout.id !== rollout.id) this.#drop(rollout.classifier);
    const running = this.#running.get(rollout.classifier) ?? this.#begin(rollout);
    running.rollout = rollout;
    const wanted = versionsOf(rollout.plan);
    for (const [version, lease] of running.leases)
      if (!wanted.includes(version)) {
        running.leases.delete(version);
        lease.release();
      }
    void this.#load(running);
  }

  #begin(rollout: Rollout): Running {
    const { registry, runHeads } = this.#deps;
    const { classifier: name, baseline } = rollout;
    const tally = new Tally();
    const leases = new Map<number, Lease>();
    const running: Running = {
      rollout,
      tally,
      leases,
      comparison: new Comparison({
        runHeads,
        tally,
        baseline,
        shadows: () => running.rollout.plan.shadows,
        versions: () => {
          const active = this.#isServed(name, baseline) ? registry.served(name) : undefined;
          if (active === undefined) return [];
          const others = [...leases.values()].map(({ version }) => version);
          return [active, ...others.filter((other) => sharesInput(other, active))];
        },
        onFailure: (error) => this.#warn(error, 'versions could not be compared'),
      }),
    };
    this.#running.set(name, running);
    return running;
  }

  #drop(name: string): void {
    const running = this.#running.get(name);
    if (running === undefined) return;
    this.#running.delete(name);
    this.#leaving.push(running);
    for (const lease of running.leases.values()) lease.release();
    running.leases.clear();
  }

  /** Has the engine hold its versions. Until it does, and where it cannot, the active version answers. */
  async #load(running: Running): Promise<void> {
    const missing = versionsOf(running.rollout.plan).filter((version) => !running.leases.has(version));
    await Promise.all(missing.map((version) => this.#loadOne(running, version)));
  }

  async #loadOne(running: Running, version: number): Promise<void> {
    const { classifier: name } = running.rollout;
    try {
      const lease = await this.#deps.registry.acquire(name, version);
      const isWanted =
        this.#running.get(name) === running &&
        versionsOf(running.rollout.plan).includes(version) &&
        !running.leases.has(version);
      if (isWanted) running.leases.set(version, lease);
      else lease.release();
    } catch (error) {
      this.#warn(error, `version ${version} of ${name} cannot be rolled out in this process`);
    }
  }

  async #watch(): Promise<void> {
    // Of classifiers that were deleted or taken out of service here.
    for (const [name, { rollout }] of this.#running)
      if (!this.#deps.registry.has(name, rollout.baseline)) this.#drop(name);
    for (const running of [...this.#running.values()])
      await this.#askAboutCorrections(running).catch((error: unknown) =>
        this.#warn(error, 'versions could not be asked about corrected images'),
      );
    await this.flush();
    for (const { rollout } of [...this.#running.values()])
      await this.#decide(rollout).catch((error: unknown) => this.#warn(error, 'a rollout could not be decided'));
  }

  async #askAboutCorrections(running: Running): Promise<void> {
    const { classifier: name, baseline } = running.rollout;
    await this.#load(running);
    if (!this.#isServed(name, baseline)) return;
    const active = await this.#deps.registry.acquire(name);
    try {
      const versions = [active, ...running.leases.values()].map(({ version }) => version);
      await askAboutCorrections(this.#deps, running.rollout, versions, (version, isRight) =>
        running.tally.addCorrection(version, isRight),
      );
    } finally {
      active.release();
    }
  }

  /** Another process may decide at the same time: the database takes one decision. */
  async #decide({ id, classifier: name, plan: { version, conditions } }: Rollout): Promise<void> {
    if (conditions === null) return;
    const { rollouts } = this.#deps;
    const [counts, corrected] = [await rollouts.counts(id), await rollouts.corrected(id)];
    const { is, reason } = judge(
      conditions,
      counts.get(version) ?? noCounts(),
      corrected.get(version) ?? { corrections: 0, right: 0 },
    );
    if (is === 'promote') await this.#promote(id, name, version, reason);
    if (is === 'fail') await this.fail(id, name, reason);
  }

  async #promote(id: number, name: string, version: number, reason: string): Promise<void> {
    try {
      await this.#deps.activate(name, version, 'rollout', async (tx) => {
        if (!(await endRollout(tx, name, 'promoted', reason, id))) throw new DecidedElsewhere();
      });
      this.#deps.logger.info({ model: name, version, reason }, 'a rollout has activated its version');
    } catch (error) {
      if (error instanceof DecidedElsewhere) return;
      if (!(error instanceof AppError && refusals.has(error.code))) throw error;
      await this.fail(id, name, `it could not be activated: ${error.detail}`);
    }
  }

  /** Ends the rollout of the number `id`, if it runs, since its version did not do as was asked for. */
  fail(id: number, name: string, reason: string): Promise<void> {
    const { registry, classifiers, logger } = this.#deps;
    return registry.whileUnchanged(async () => {
      if (!(await classifiers.endRollout(name, 'failed', reason, id))) return;
      this.#drop(name);
      logger.warn({ model: name, reason }, 'a rollout has failed; the active version answers');
    });
  }

  #warn(error: unknown, message: string): void {
    this.#deps.logger.warn({ err: error }, message);
  }
}

class DecidedElsewhere extends Error {}

/** Those besides the active one. */
const versionsOf = ({ version, shadows }: Plan): number[] => [version, ...shadows];

/** Whether the embedding of one is that of the other, but for the precision that it is computed in. */
const sharesInput = (one: ServedVersion, other: ServedVersion): boolean =>
  inputOf(one.manifest) === inputOf(other.manifest);

/** Throws AppError conflict. */
function checkPlan(
  { version, shadows, conditions }: Plan,
  active: ServedVersion,
  leases: ReadonlyMap<number, Lease>,
): void {
  const { name, version: baseline } = active.manifest;
  for (const shadow of shadows)
    if (!sharesInput(leases.get(shadow)!.version, active))
      throw new AppError(
        'conflict',
        `version ${shadow} of "${name}" has another backbone or other preprocessing than version ${baseline}, which is active: only versions that share both can be scored beside it`,
      );
  const canary = leases.get(version)!.version;
  if (conditions === null) return;
  if (conditions.minAgreement !== undefined && !sharesInput(canary, active))
    throw new AppError(
      'conflict',
      `minAgreement: version ${version} of "${name}" has another backbone or other preprocessing than version ${baseline}, which is active: what they say of the same image is not known`,
    );
  if (conditions.maxUnknownShare !== undefined && canary.novelty === undefined)
    throw new AppError('conflict', `maxUnknownShare: version ${version} of "${name}" calls no image unknown`);
}

/** A client that leaves, or sends what cannot be answered, says nothing about the version. */
const isFaultOfServer = (error: unknown): boolean => !(error instanceof AppError) || error.status >= 500;
