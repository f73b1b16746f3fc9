// A training in the hands of the process that runs it. Its runner writes through its claim alone, and every write is refused
// once another process has claimed the training: a process that was cut off for a while cannot disturb its successor.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import { whileDatabaseAway } from '../database/retry.js';
import type { JsonObject, Training } from './schemas.js';
import { listTrials, type TrialRecord } from './trials.js';
import { eventChannel } from './trainings.js';

/** Another process has claimed the training, or it has ended. */
export class LostClaimError extends Error {
  override readonly name = 'LostClaimError';

  constructor(id: string) {
    super(`training ${id} is no longer this process's to run`);
  }
}

/** A step of a training, for its record and for those who follow it. */
export interface Report {
  readonly stage: string;
  /** Of the whole training, 0 to 1. */
  readonly progress: number;
  readonly kind: string;
  readonly data: JsonObject;
}

const held = "id = $1 AND claim = $2 AND state = 'running'";
const idSchema = z.object({ id: z.string() });
const publicationSchema = z.object({ held: z.boolean(), published: z.int().nullable() });

export class TrainingClaim {
  readonly #database: Database;
  readonly #onLost: () => void;

  /** `number` is that of the claim; `onLost` is called with each write that is refused. */
  constructor(
    database: Database,
    readonly training: Training,
    readonly number: number,
    onLost: () => void = () => undefined,
  ) {
    this.#database = database;
    this.#onLost = onLost;
  }

  /** What the finished stages left (see saveCheckpoint); null when none has finished. */
  async checkpoint(): Promise<JsonObject | null> {
    const schema = z.object({ checkpoint: z.record(z.string(), z.json()).nullable() });
    const sql = 'SELECT checkpoint FROM trainings WHERE id = $1';
    const [row] = await this.#database.query(schema, sql, [this.training.id]);
    return row?.checkpoint ?? null;
  }

  /**
   * Replaces the checkpoint. Counts as progress: the starts without any are counted from zero again.
   * Every method that writes throws LostClaimError and changes nothing when the claim is lost.
   */
  async saveCheckpoint(checkpoint: JsonObject, queries: Queries = this.#database): Promise<void> {
    const sql = `UPDATE trainings SET checkpoint = $3, attempts = 0 WHERE ${held}`;
    this.#refuseUnless((await queries.run(sql, [...this.#key, JSON.stringify(checkpoint)])) > 0);
  }

  /** The fits of its search that were recorded; those with other embeddings than `embeddedWith` are forgotten. */
  async trials(embeddedWith: string): Promise<TrialRecord[]> {
    return this.transaction(async (tx) => {
      const sql = 'DELETE FROM training_trials WHERE training_id = $1 AND embedded_with <> $2';
      await tx.run(sql, [this.training.id, embeddedWith]);
      return listTrials(tx, this.training.id);
    });
  }

  /** Keeps a fit of its search. Counts as progress, as saveCheckpoint does. */
  async recordTrial(trial: TrialRecord, embeddedWith: string): Promise<void> {
    const { number, share, hyperparameters, loss, accuracy, failure, seconds, elapsed } = trial;
    const figures = [
      number,
      share,
      embeddedWith,
      JSON.stringify(hyperparameters),
      loss,
      accuracy,
      failure,
      seconds,
      elapsed,
    ];
    const recorded = await this.#database.query(
      idSchema,
      `WITH mine AS (UPDATE trainings SET attempts = 0 WHERE ${held} RETURNING id)
       INSERT INTO training_trials
         (training_id, number, share, embedded_with, hyperparameters, loss, accuracy, failure, seconds, elapsed)
       SELECT id, $3::int, $4::float8, $5, $6::jsonb, $7::float8, $8::float8, $9, $10::float8, $11::float8 FROM mine
       RETURNING training_id AS id`,
      [...this.#key, ...figures],
    );
    this.#refuseUnless(recorded.length > 0);
  }

  /** Records where the training is, with an event for those who follow it; gives the event's id. */
  async report({ stage, progress, kind, data }: Report): Promise<number> {
    const [event] = await this.#database.query(
      z.object({ id: z.int() }),
      `WITH mine AS (UPDATE trainings SET stage = $3, progress = $4 WHERE ${held} RETURNING id),
         event AS (INSERT INTO training_events (training_id, kind, data) SELECT id, $5, $6::jsonb FROM mine RETURNING id, training_id)
       SELECT id, pg_notify('${eventChannel}', training_id::text) FROM event`,
      [...this.#key, stage, progress, kind, JSON.stringify(data)],
    );
    this.#refuseUnless(event !== undefined);
    return event!.id;
  }

  /** Until the transaction ends, no other process can claim the training. */
  async hold(tx: Queries): Promise<void> {
    const rows = await tx.query(idSchema, `SELECT id FROM trainings WHERE ${held} FOR UPDATE`, this.#key);
    this.#refuseUnless(rows.length > 0);
  }

  /** Does `work` while no other process can claim the training. `work` must use `tx` alone. */
  async transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (tx) => {
      await this.hold(tx);
      return work(tx);
    });
  }

  /**
   * After a publication whose record failed: calls `undo` unless the version is recorded; nobody can record it meanwhile. While
   * the claim is held the version stays if the stage `repeats`, which finds it then. Carried through an outage of the
   * database: `undo` must be safe to repeat.
   */
  async undoUnlessRecorded(
    version: number,
    undo: () => Promise<void>,
    { repeats }: { repeats: boolean },
  ): Promise<void> {
    const giveUpIf = (): boolean => this.#database.outage !== undefined;
    await whileDatabaseAway(() => this.#undoUnlessRecorded(version, undo, repeats), { giveUpIf });
  }

  async #undoUnlessRecorded(version: number, undo: () => Promise<void>, repeats: boolean): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const [row] = await tx.query(
        publicationSchema,
        `SELECT claim = $2 AND state = 'running' AS held, COALESCE(version, (checkpoint->'published'->>'version')::int) AS published
         FROM trainings WHERE id = $1 FOR UPDATE`,
        this.#key,
      );
      if (!(row?.held && repeats) && row?.published !== version) await undo();
    });
  }

  get #key(): [id: string, claim: number] {
    return [this.training.id, this.number];
  }

  #refuseUnless(written: boolean): void {
    if (written) return;
    this.#onLost();
    throw new LostClaimError(this.training.id);
  }
}
