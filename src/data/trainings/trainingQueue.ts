// Runs trainings one after the other, each by exactly one process at a time, each to its end: a training whose process was
// killed is taken up again. What a training does is passed in.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { AppError } from '../../errors.js';
import type { Database, Log, Unlisten } from '../database/database.js';
import { whileDatabaseAway } from '../database/retry.js';
import { adoptOrphans, beat, claimNext, holds, release } from './claims.js';
import type { JsonObject, NewTraining, Training, TrainingOutcome } from './schemas.js';
import type { TrainingJobs } from './trainingJobs.js';
import { addEvent, finishTraining, getTraining } from './trainings.js';

/** Publishes a version. Rejects with the signal's reason when it is aborted, with AppError when the user must know why. */
export type RunTraining = (
  training: Training,
  signal: AbortSignal,
) => Promise<{ readonly version: number; readonly metrics: JsonObject }>;

export interface TrainingQueueDeps {
  readonly database: Database;
  readonly jobs: TrainingJobs;
  readonly logger: Log;
}

const cancelChannel = 'taxon_training_cancel';
const queuedChannel = 'taxon_training_queued';
const pollMs = 2_000;
const beatMs = 5_000;

const cancelled = new Error('the training was cancelled');
const stopping = new Error('the process is stopping');

export class TrainingQueue {
  readonly #deps: TrainingQueueDeps;
  readonly #owner = randomUUID();
  readonly #running = new Map<string, AbortController>();
  readonly #stop = new AbortController();
  readonly #unlisten: Unlisten[] = [];
  readonly #bell = new EventTarget();
  #loops: Promise<void>[] = [];
  #beating: NodeJS.Timeout | undefined;

  constructor(deps: TrainingQueueDeps) {
    this.#deps = deps;
  }

  /** Records a training and puts it in line. */
  async submit({ classifier, dataset, request, seed }: NewTraining): Promise<Training> {
    const { database, jobs } = this.#deps;
    const id = randomUUID();
    const training = await database.transaction(async (tx) => {
      await tx.run('INSERT INTO trainings (id, classifier, dataset, request, seed) VALUES ($1, $2, $3, $4, $5)', [
        id,
        classifier,
        dataset,
        JSON.stringify(request),
        seed,
      ]);
      await addEvent(tx, id, 'queued', {});
      await jobs.add(tx, id);
      await tx.run('SELECT pg_notify($1, $2)', [queuedChannel, id]);
      return getTraining(tx, id);
    });
    this.#ring();
    return training;
  }

  /**
   * A waiting training is cancelled at once; a running one is told, and ends at its next opportunity.
   * Throws AppError `unknown_training`, `conflict` when it has ended.
   */
  async cancel(id: string): Promise<Training> {
    const { database, jobs } = this.#deps;
    return database.transaction(async (tx) => {
      await tx.run('SELECT FROM trainings WHERE id = $1 FOR UPDATE', [id]);
      const { state } = await getTraining(tx, id);
      if (state === 'queued') {
        await finishTraining(tx, id, { state: 'cancelled' });
        await jobs.remove(tx, id);
      } else if (state === 'running') {
        await tx.run('UPDATE trainings SET cancel_requested = true WHERE id = $1', [id]);
        await tx.run('SELECT pg_notify($1, $2)', [cancelChannel, id]);
      } else {
        throw new AppError('conflict', `The training has ended already: ${state}.`);
      }
      return getTraining(tx, id);
    });
  }

  /** Begins to run what is in line, `concurrency` at a time. Call once. */
  async start(run: RunTraining, concurrency = 1): Promise<void> {
    const { database } = this.#deps;
    this.#unlisten.push(await database.listen(queuedChannel, () => this.#ring()));
    this.#unlisten.push(await database.listen(cancelChannel, (id) => this.#running.get(id ?? '')?.abort(cancelled)));
    this.#beating = setInterval(() => void this.#beat(), beatMs).unref();
    this.#loops = Array.from({ length: concurrency }, () => this.#loop(run));
  }

  /** Running trainings are interrupted and go back in line, for this process's next start or another. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort(stopping);
    clearInterval(this.#beating);
    for (const controller of this.#running.values()) controller.abort(stopping);
    this.#ring();
    await Promise.all(this.#loops);
    await Promise.all(this.#unlisten.splice(0).map((unlisten) => unlisten().catch(() => undefined)));
  }

  async #loop(run: RunTraining): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const training = await this.#next();
      if (training) await this.#runOne(training, run);
      else await this.#pause();
    }
  }

  async #next(): Promise<Training | undefined> {
    const { database, jobs, logger } = this.#deps;
    try {
      await adoptOrphans({ database, jobs, owner: this.#owner });
      return await claimNext({ database, jobs, owner: this.#owner });
    } catch (error) {
      logger.warn({ err: error }, 'the training queue cannot be read; it is tried again');
      return undefined;
    }
  }

  #ring(): void {
    this.#bell.dispatchEvent(new Event('ring'));
  }

  /** Until a training is put in line, or for a while: another trainer may have left one behind. */
  async #pause(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    // Rejects after pollMs.
    await once(this.#bell, 'ring', { signal: AbortSignal.timeout(pollMs) }).catch(() => undefined);
  }

  async #runOne(training: Training, run: RunTraining): Promise<void> {
    const controller = new AbortController();
    this.#running.set(training.id, controller);
    try {
      const outcome = await this.#outcome(training, run, controller.signal);
      await whileDatabaseAway(() => this.#settle(training.id, outcome));
    } catch (error) {
      this.#deps.logger.error(
        { err: error, training: training.id },
        'the end of a training could not be recorded; it runs again later',
      );
    } finally {
      this.#running.delete(training.id);
    }
  }

  /** Undefined: it did not end, and must run again. */
  async #outcome(training: Training, run: RunTraining, signal: AbortSignal): Promise<TrainingOutcome | undefined> {
    try {
      return { state: 'succeeded', ...(await run(training, signal)) };
    } catch (error) {
      if (signal.reason === cancelled) return { state: 'cancelled' };
      if (signal.aborted) return undefined;
      if (error instanceof AppError)
        return error.code === 'database_unavailable'
          ? undefined
          : { state: 'failed', code: error.code, detail: error.detail };
      this.#deps.logger.error({ err: error, training: training.id }, 'a training failed unexpectedly');
      return { state: 'failed', code: 'internal', detail: `The training failed unexpectedly: ${String(error)}` };
    }
  }

  async #settle(id: string, outcome: TrainingOutcome | undefined): Promise<void> {
    const { database, jobs } = this.#deps;
    await database.transaction(async (tx) => {
      // Another process took it over while the database was away: it is no longer ours to end.
      if (!(await holds(tx, id, this.#owner))) return;
      if (outcome === undefined) return release(tx, jobs, id);
      await finishTraining(tx, id, outcome);
      await jobs.remove(tx, id);
    });
  }

  async #beat(): Promise<void> {
    try {
      const own = await beat(this.#deps.database, this.#owner);
      for (const [id, controller] of this.#running) if (own.get(id)?.cancel) controller.abort(cancelled);
    } catch (error) {
      this.#deps.logger.warn({ err: error }, 'a sign of life could not be written; it is tried again');
    }
  }
}
