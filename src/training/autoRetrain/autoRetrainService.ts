// Classifiers that are trained again by themselves: a training when enough has changed or the time has come, and what becomes of its version.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Log, Queries } from '../../data/database/database.js';
import { noCounts, type Plan, type Rollout, type Rollouts } from '../../data/classifiers/rollouts.js';
import { repeat } from '../../data/repeatedTask.js';
import {
  decide,
  DecidedElsewhere,
  refuseSecond,
  type AutoRetrainChange,
  type AutoRetrains,
  type AutoRetrainState,
  type AutoRetrainStep,
} from '../../data/trainings/autoRetrains.js';
import { hasEnded, type JsonObject, type Training } from '../../data/trainings/schemas.js';
import type { Trainings } from '../../data/trainings/trainings.js';
import { AppError } from '../../errors.js';
import { inputOf } from '../../serving/classify.js';
import type { ClassifierRegistry } from '../../serving/registry.js';
import { percent, shareOf } from '../../serving/rollout/conditions.js';
import type { RolloutService } from '../../serving/rollout/rolloutService.js';
import { isBetter } from '../evaluation/comparison.js';
import { checkSettings, prepareTraining, type SubmissionDeps } from '../submission.js';
import { judge } from './judgement.js';
import { faultOf, nextRun } from './schedule.js';
import { autoRetrainSchema, requestOf, type AutoRetrainSettings, type AutoRollout } from './settings.js';

export interface AutoRetrainDeps extends SubmissionDeps {
  readonly autoRetrains: AutoRetrains;
  readonly trainings: Pick<Trainings, 'get'>;
  readonly registry: Pick<ClassifierRegistry, 'describe' | 'list' | 'version' | 'defaultName' | 'has' | 'findHead'>;
  readonly rollouts: Pick<Rollouts, 'find' | 'steps' | 'counts'>;
  readonly rolloutService: Pick<RolloutService, 'set' | 'fail'>;
  readonly logger: Log;
  /** Of schedules. */
  readonly now: () => Date;
}

/** What is shown of one. */
export interface AutoRetrainReport {
  readonly state: AutoRetrainState;
  readonly settings: AutoRetrainSettings;
  /** null: something is under way. */
  readonly waitingFor: string | null;
  /** The newest first. */
  readonly steps: readonly AutoRetrainStep[];
}

/** How often the database is asked what has changed. */
const everyMs = 1_000;
/** After so long, a version that a training has published and that this server does not have was removed. */
const goneAfterMs = 60_000;

/** What a training has found out about its version; see summary.ts. */
const outcomeSchema = z.object({
  activated: z.boolean(),
  activationRefused: z.string().nullable(),
  accuracy: z.number(),
  comparison: z
    .object({ images: z.int(), candidateAccuracy: z.number(), activeAccuracy: z.number(), gain: z.number() })
    .nullable(),
});
type Outcome = z.infer<typeof outcomeSchema>;

export class AutoRetrainService {
  readonly #deps: AutoRetrainDeps;
  #observe: (state: AutoRetrainState, step: AutoRetrainChange['step']) => void = () => undefined;
  #stop: (() => Promise<void>) | undefined;
  #states: readonly AutoRetrainState[] = [];

  constructor(deps: AutoRetrainDeps) {
    this.#deps = deps;
  }

  /** Looks at all of them, once a second, until stop. */
  start(): void {
    const { logger } = this.#deps;
    const onFailure = 'it could not be seen which classifiers are to be trained again';
    this.#stop = repeat(() => this.look(), { everyMs, logger, onFailure });
  }

  /** Idempotent. What this server was about to decide, the next one does. */
  async stop(): Promise<void> {
    await this.#stop?.();
  }

  /** Calls `observe` for each decision of this process. To be called before start. */
  onDecision(observe: (state: AutoRetrainState, step: AutoRetrainChange['step']) => void): void {
    this.#observe = observe;
  }

  /** All of them, as they were at the last look. */
  get states(): readonly AutoRetrainState[] {
    return this.#states;
  }

  /**
   * Turns it on, or changes it. Throws AppError unknown_model, unknown_dataset, invalid_request for a schedule that never comes, or none
   * beside no number of corrections, and as checkSettings.
   */
  async set(name: string, settings: AutoRetrainSettings): Promise<void> {
    const { registry, autoRetrains, now } = this.#deps;
    const { schedule, afterCorrections, dataset } = settings;
    registry.describe(name);
    if (schedule === undefined && afterCorrections === undefined)
      throw new AppError('invalid_request', 'give afterCorrections, a schedule, or both: else no training would start');
    const fault = schedule && faultOf(schedule, now());
    if (fault !== undefined) throw new AppError('invalid_request', `schedule: ${fault}`);
    await checkSettings(registry, requestOf(name, settings));
    await autoRetrains.put(name, dataset, {
      settings: JSON.parse(JSON.stringify(settings)) as JsonObject,
      nextRunAt: schedule === undefined ? null : nextRun(schedule, now()),
      reason: describe(settings),
    });
  }

  /** Turns it off, if it is on. Throws AppError unknown_model. */
  async remove(name: string): Promise<void> {
    this.#deps.registry.describe(name);
    await this.#deps.autoRetrains.remove(name);
  }

  /** undefined: it is off. Throws AppError unknown_model. */
  async report(name: string): Promise<AutoRetrainReport | undefined> {
    const { autoRetrains, registry, now } = this.#deps;
    registry.describe(name);
    const state = await autoRetrains.find(name);
    if (state === undefined) return undefined;
    const settings = settingsOf(state);
    const judgement = state.stage === 'idle' ? judge(settings, state, now()) : undefined;
    return {
      state,
      settings,
      waitingFor: judgement?.is === 'wait' ? judgement.reason : null,
      steps: await autoRetrains.steps(name),
    };
  }

  /** Decides what can be decided now. */
  async look(): Promise<void> {
    this.#states = await this.#deps.autoRetrains.list();
    for (const state of this.#states)
      await this.#lookAt(state).catch((error: unknown) => {
        if (error instanceof DecidedElsewhere) return;
        this.#deps.logger.warn({ err: error, model: state.classifier }, 'an auto-retrain could not go on');
      });
  }

  async #lookAt(state: AutoRetrainState): Promise<void> {
    if (this.#deps.registry.findHead(state.classifier) === undefined) return;
    if (state.stage === 'idle') return this.#consider(state);
    if (state.stage === 'training') return this.#follow(state);
    return this.#followRollout(state);
  }

  async #consider(state: AutoRetrainState): Promise<void> {
    const settings = settingsOf(state);
    const { is, reason } = judge(settings, state, this.#deps.now());
    if (is === 'skip')
      await this.#decide(state, { ...this.#afterTime(state, settings), step: { kind: 'skipped', reason } });
    if (is === 'train') await this.#train(state, settings, reason);
  }

  async #train(state: AutoRetrainState, settings: AutoRetrainSettings, reason: string): Promise<void> {
    const time = this.#afterTime(state, settings);
    const id = randomUUID();
    const step = { kind: 'queued', reason, training: id } as const;
    const prepared = await this.#unlessRefused(() =>
      prepareTraining(this.#deps, requestOf(state.classifier, settings)),
    );
    if ('refused' in prepared) {
      const refused = { kind: 'refused', reason: prepared.refused } as const;
      return this.#decide(state, { ...time, refusedChanges: state.datasetChanges, step: refused });
    }
    await this.#deps.queue.submit({ ...prepared.done, id, startedBy: 'auto-retrain' }, async (tx) => {
      await decide(tx, state, { ...time, stage: 'training', training: id, refusedChanges: null, step });
      await refuseSecond(tx, state);
    });
    this.#tell(state, step);
  }

  /** What a time that has come is followed by. */
  #afterTime({ nextRunAt }: AutoRetrainState, { schedule }: AutoRetrainSettings): Pick<AutoRetrainChange, 'nextRunAt'> {
    const now = this.#deps.now();
    return schedule === undefined || nextRunAt === null || nextRunAt > now ? {} : { nextRunAt: nextRun(schedule, now) };
  }

  /** Faults of the request are told of; those that pass, such as a database that is away, are thrown. */
  async #unlessRefused<T>(work: () => Promise<T>): Promise<{ readonly done: T } | { readonly refused: string }> {
    try {
      return { done: await work() };
    } catch (error) {
      if (error instanceof AppError && error.status < 500) return { refused: error.detail };
      throw error;
    }
  }

  /** To the end of the training, and to the rollout of its version. */
  async #follow(state: AutoRetrainState): Promise<void> {
    const training = await this.#deps.trainings.get(state.training!);
    if (!hasEnded(training)) return;
    const { version, error, metrics } = training;
    const end = (kind: AutoRetrainStep['kind'], reason: string): Promise<void> =>
      this.#decide(state, { stage: 'idle', step: { kind, reason, training: training.id, version } });
    if (version === null) return end('failed', error?.detail ?? 'the training was cancelled');
    const outcome = outcomeSchema.parse(metrics);
    const { activate, margin } = settingsOf(state);
    const found = describeOutcome(outcome);
    if (outcome.activated) return end('activated', `version ${version} answers: ${found}`);
    if (outcome.activationRefused !== null)
      return end('kept', `version ${version} cannot be activated: ${outcome.activationRefused}`);
    if (activate === 'never') return end('kept', `version ${version} is left to a person: ${found}`);
    if (outcome.comparison !== null && !isBetter(outcome.comparison, margin))
      return end('kept', `version ${version} is not better: ${found}`);
    if (activate === 'if-better') return end('kept', `version ${version} was not activated`);
    return this.#begin(state, training, activate, found);
  }

  async #begin(state: AutoRetrainState, training: Training, plan: AutoRollout, found: string): Promise<void> {
    const { registry } = this.#deps;
    const { classifier: name, rolledOut } = state;
    const version = training.version!;
    const keep = (reason: string): Promise<void> =>
      this.#decide(state, { stage: 'idle', step: { kind: 'kept', reason, training: training.id, version } });
    // Of a person, which is not to be ended by this one.
    if (rolledOut !== null) return;
    if (!registry.has(name, version)) {
      const age = this.#deps.now().getTime() - training.finishedAt!.getTime();
      return age < goneAfterMs ? undefined : keep(`version ${version} is not there any more`);
    }
    const [active, candidate] = [registry.version(name).manifest, registry.version(name, version).manifest];
    if (plan.shadow !== undefined && inputOf(active) !== inputOf(candidate))
      return keep(
        `version ${version} has another backbone or other preprocessing than version ${active.version}, and cannot be scored beside it: roll it out by request`,
      );
    const stage = plan.shadow === undefined ? 'canary' : 'shadow';
    const begun = await this.#unlessRefused(() => this.#rollOut(state, version, plan, stage, found));
    if ('refused' in begun) await keep(`version ${version} cannot be rolled out: ${begun.refused}`);
  }

  /** Scored beside the active version first, if the plan wants that, and then with its share of the requests. */
  async #rollOut(
    state: AutoRetrainState,
    version: number,
    { percent: share, conditions }: AutoRollout,
    stage: 'shadow' | 'canary',
    found: string,
  ): Promise<void> {
    const plan: Plan =
      stage === 'shadow'
        ? { version, percent: 0, keys: [], shadows: [], conditions: null }
        : { version, percent: share, keys: [], shadows: [], conditions };
    const does = stage === 'shadow' ? 'is scored beside the active one' : `answers ${share} % of the requests`;
    const step = { kind: stage, reason: `version ${version} ${does}: ${found}`, training: state.training, version };
    const record = (tx: Queries, { id }: Rollout): Promise<void> => decide(tx, state, { stage, rollout: id, step });
    await this.#deps.rolloutService.set(state.classifier, plan, record);
    this.#tell(state, step);
  }

  async #followRollout(state: AutoRetrainState): Promise<void> {
    const { rollouts, rolloutService } = this.#deps;
    const { classifier: name } = state;
    const { activate } = settingsOf(state);
    const rollout = await rollouts.find(state.rollout!);
    if (rollout === undefined || rollout.state !== 'running') return this.#endRollout(state, rollout);
    const { id, plan } = rollout;
    if (state.stage === 'canary') return;
    // The settings have changed, and say nothing of a shadow any more: its conditions then decide.
    const shadow = typeof activate === 'string' ? undefined : activate.shadow;
    const { compared, agreed } = (await rollouts.counts(id)).get(plan.version) ?? noCounts();
    if (shadow === undefined || compared < shadow.images) return;
    const agreement = shareOf(agreed, compared)!;
    const found = `on ${compared} images it agrees with the active one in ${percent(agreement)}`;
    if (agreement < shadow.minAgreement)
      return rolloutService.fail(id, name, `${found}, at least ${percent(shadow.minAgreement)} was asked for`);
    const next = await this.#unlessRefused(() =>
      this.#rollOut(state, plan.version, activate as AutoRollout, 'canary', found),
    );
    if ('refused' in next) await rolloutService.fail(id, name, next.refused);
  }

  async #endRollout(state: AutoRetrainState, rollout: Rollout | undefined): Promise<void> {
    const kind = rollout?.state === 'promoted' ? 'activated' : rollout?.state === 'failed' ? 'failed' : 'ended';
    const reason = rollout && (await this.#deps.rollouts.steps(rollout.id)).at(-1)?.reason;
    const { training } = state;
    const step = {
      kind,
      reason: reason ?? 'its rollout is gone',
      training,
      version: rollout?.plan.version ?? null,
    } as const;
    await this.#decide(state, { stage: 'idle', step });
  }

  async #decide(state: AutoRetrainState, change: AutoRetrainChange): Promise<void> {
    await this.#deps.autoRetrains.decide(state, change);
    this.#tell(state, change.step);
  }

  #tell(state: AutoRetrainState, step: AutoRetrainChange['step']): void {
    this.#observe(state, step);
    this.#deps.logger.info({ model: state.classifier, ...step }, 'an auto-retrain has decided');
  }
}

const settingsOf = ({ settings }: AutoRetrainState): AutoRetrainSettings => autoRetrainSchema.parse(settings);

/** For its first step. */
function describe({ dataset, afterCorrections, schedule, activate }: AutoRetrainSettings): string {
  const when = [
    ...(afterCorrections === undefined ? [] : [`after ${afterCorrections} corrections`]),
    ...(schedule === undefined ? [] : [`at "${schedule.cron}" (${schedule.timeZone})`]),
  ].join(' and ');
  const then =
    activate === 'if-better' ? 'active if it is better' : activate === 'never' ? 'left to a person' : 'rolled out';
  return `trained on ${dataset} ${when}; a new version is ${then}`;
}

const describeOutcome = ({ accuracy, comparison }: Outcome): string =>
  comparison === null
    ? `accuracy ${percent(accuracy)}`
    : `accuracy ${percent(comparison.candidateAccuracy)} on ${comparison.images} held-out images, ${percent(comparison.activeAccuracy)} before`;
