// Trainings wait in their table and run from there, the longest waiting first, one at a time for each classifier. A training
// whose process dies is run again from its last checkpoint; a process that was taken for dead can no longer write to it (see
// TrainingClaim). What a training does is passed in.
import { randomUUID } from 'node:crypto';
import { AppError } from '../../errors.js';
import type { Database, Log, Queries, Unlisten } from '../database/database.js';
import { whileDatabaseAway } from '../database/retry.js';
import { adoptOrphans, claimNext, queuedChannel, recordHeartbeat, release } from './claims.js';
import type { JsonObject, NewTraining, Training, TrainingOutcome } from './schemas.js';
import { LostClaimError, TrainingClaim } from './trainingClaim.js';
import type { TrainingObserver } from './trainingObserver.js';
import { addEvent, finishTraining, getTraining } from './trainings.js';
import { Wakeup } from './wakeup.js';

/**
 * Publishes a version. Rejects with the signal's reason when it is aborted, with AppError when the user must know why.
 * The signal also aborts as soon as the claim is known to be lost.
 */
export type RunTraining = (
  claim: TrainingClaim,
  signal: AbortSignal,
) => Promise<{ readonly version: number; readonly metrics: JsonObject }>;

export interface TrainingQueueDeps {
  readonly database: Database;
  readonly logger: Log;
  readonly observer?: Omit<TrainingObserver, 'onStage'>;
}

interface Run {
  readonly claim: TrainingClaim;
  readonly controller: AbortController;
}

const cancelChannel = 'taxon_training_cancel';
/** The queue is checked this often even when nothing was queued: the process that ran a training may have died. */
const pollMs = 2_000;
const heartbeatMs = 5_000;

const cancelled = new Error('the training was cancelled');
const stopping = new Error('the process is stopping');

export class TrainingQueue {
  readonly #deps: TrainingQueueDeps;
  readonly #observer: Omit<TrainingObserver, 'onStage'>;
  readonly #owner = randomUUID();
  readonly #runs = new Set<Run>();
  readonly #stop = new AbortController();
  readonly #unlisten: Unlisten[] = [];
  readonly #wakeup = new Wakeup();
  #loops: Promise<void>[] = [];
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(deps: TrainingQueueDeps) {
    this.#deps = deps;
    this.#observer = deps.observer ?? {};
  }

  /**
   * Records a training at the end of the queue; one whose `id` is recorded already is given as it is. Nothing is recorded when
   * `guard` rejects.
   */
  async submit(
    { id = randomUUID(), classifier, dataset, request, seed, startedBy = 'request', traceparent }: NewTraining,
    guard?: (tx: Queries) => Promise<void>,
  ): Promise<Training> {
    const training = await this.#deps.database.transaction(async (tx) => {
      await guard?.(tx);
      const added = await tx.run(
        `INSERT INTO trainings (id, classifier, dataset, request, seed, started_by, traceparent, dataset_changes)
         VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT changes FROM datasets WHERE name = $3)) ON CONFLICT DO NOTHING`,
        [id, classifier, dataset, JSON.stringify(request), seed, startedBy, traceparent ?? null],
      );
      if (added === 0) return getTraining(tx, id);
      await addEvent(tx, id, 'queued', {});
      await tx.run('SELECT pg_notify($1, $2)', [queuedChannel, id]);
      return getTraining(tx, id);
    });
    this.#wakeup.call();
    return training;
  }

  /**
   * A waiting training is cancelled at once; a running one is notified, and ends at its next opportunity.
   * Throws AppError `unknown_training`, `conflict` when it has ended.
   */
  async cancel(id: string): Promise<Training> {
    const training = await this.#deps.database.transaction(async (tx) => {
      await tx.run('SELECT FROM trainings WHERE id = $1 FOR UPDATE', [id]);
      const { state } = await getTraining(tx, id);
      if (state === 'queued') {
        await finishTraining(tx, id, { state: 'cancelled' });
      } else if (state === 'running') {
        await tx.run('UPDATE trainings SET cancel_requested = true WHERE id = $1', [id]);
        await tx.run('SELECT pg_notify($1, $2)', [cancelChannel, id]);
      } else {
        throw new AppError('conflict', `The training has ended already: ${state}.`);
      }
      return getTraining(tx, id);
    });
    if (training.state === 'cancelled') this.#observer.onEnd?.(training, { state: 'cancelled' });
    return training;
  }

  /** Begins to run what waits, `concurrency` trainings at a time. Call once. */
  async start(run: RunTraining, concurrency = 1): Promise<void> {
    const { database } = this.#deps;
    this.#unlisten.push(await database.listen(queuedChannel, () => this.#wakeup.call()));
    this.#unlisten.push(await database.listen(cancelChannel, (id) => this.#cancelRunsOf(id)));
    this.#heartbeat = setInterval(() => void this.#beat(), heartbeatMs).unref();
    this.#loops = Array.from({ length: concurrency }, () => this.#loop(run));
  }

  /** Running trainings are interrupted and go back to the queue, for this process's next start or another. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort(stopping);
    clearInterval(this.#heartbeat);
    for (const { controller } of this.#runs) controller.abort(stopping);
    await Promise.all(this.#loops);
    await Promise.all(this.#unlisten.splice(0).map((unlisten) => unlisten().catch(() => undefined)));
  }

  async #loop(run: RunTraining): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const seen = this.#wakeup.calls;
      const claim = await this.#next();
      if (claim) await this.#runOne(claim, run);
      else await this.#wakeup.wait(seen, pollMs, this.#stop.signal);
    }
  }

  async #next(): Promise<Run | undefined> {
    const { database, logger } = this.#deps;
    try {
      const ended = await adoptOrphans(database, this.#owner, idsOf(this.#runs));
      for (const { training, outcome } of ended) this.#observer.onEnd?.(training, outcome);
      const claimed = await claimNext(database, this.#owner);
      if (!claimed) return undefined;
      const controller = new AbortController();
      const onLost = (): void => controller.abort(new LostClaimError(claimed.training.id));
      return { claim: new TrainingClaim(database, claimed.training, claimed.claim, onLost), controller };
    } catch (error) {
      logger.warn({ err: error }, 'the training queue cannot be read; it will be tried again');
      return undefined;
    }
  }

  async #runOne(current: Run, run: RunTraining): Promise<void> {
    const { claim, controller } = current;
    this.#runs.add(current);
    if (this.#stop.signal.aborted) controller.abort(stopping);
    try {
      this.#observer.onStart?.(claim.training);
      const outcome = await this.#outcome(claim, run, controller.signal);
      await this.#settle(claim, outcome);
      if (outcome) this.#observer.onEnd?.(claim.training, outcome);
      else this.#observer.onInterruption?.(claim.training);
    } catch (error) {
      this.#tellUnsettled(claim, error);
    } finally {
      this.#runs.delete(current);
    }
  }

  /** Undefined: it did not end, and must run again. */
  async #outcome(claim: TrainingClaim, run: RunTraining, signal: AbortSignal): Promise<TrainingOutcome | undefined> {
    try {
      return { state: 'succeeded', ...(await run(claim, signal)) };
    } catch (error) {
      if (signal.reason === cancelled) return { state: 'cancelled' };
      if (signal.aborted) return undefined;
      if (error instanceof AppError)
        return error.code === 'database_unavailable'
          ? undefined
          : { state: 'failed', code: error.code, detail: error.detail };
      this.#deps.logger.error({ err: error, training: claim.training.id }, 'a training failed unexpectedly');
      return { state: 'failed', code: 'internal', detail: `The training failed unexpectedly: ${String(error)}` };
    }
  }

  /** Records the end of a run, for as long as it takes the database to come back; gives up when it cannot. Throws LostClaimError. */
  async #settle(claim: TrainingClaim, outcome: TrainingOutcome | undefined): Promise<void> {
    const { id } = claim.training;
    const record = (): Promise<void> =>
      claim.transaction(async (tx) => {
        if (outcome === undefined) await release(tx, id);
        else await finishTraining(tx, id, outcome);
      });
    const giveUpIf = (): boolean => this.#stop.signal.aborted || this.#deps.database.outage !== undefined;
    await whileDatabaseAway(record, { forMs: Infinity, giveUpIf });
  }

  #tellUnsettled({ training: { id } }: TrainingClaim, error: unknown): void {
    const { logger } = this.#deps;
    if (error instanceof LostClaimError)
      logger.warn({ training: id }, 'another process has taken over a training that ran here');
    else logger.error({ err: error, training: id }, 'the end of a training could not be recorded; it runs again later');
  }

  #cancelRunsOf(id: string | undefined): void {
    for (const { claim, controller } of this.#runs) if (claim.training.id === id) controller.abort(cancelled);
  }

  /** Keeps this process's trainings from being taken over, and ends the runs of those that were. */
  async #beat(): Promise<void> {
    const runs = [...this.#runs];
    try {
      const own = await recordHeartbeat(this.#deps.database, this.#owner, idsOf(runs));
      for (const { claim, controller } of runs) {
        const { training, number } = claim;
        const found = own.find(({ id, claim: current }) => id === training.id && current === number);
        if (!found) controller.abort(new LostClaimError(training.id));
        else if (found.cancel) controller.abort(cancelled);
      }
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'a heartbeat could not be recorded; it will be tried again');
    }
  }
}

const idsOf = (runs: Iterable<Run>): string[] => Array.from(runs, ({ claim }) => claim.training.id);
