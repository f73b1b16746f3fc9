// Trainings and their events in the database, as everyone may read them. Who runs them, and when, is the queue's business.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database, Queries, Unlisten } from '../database/database.js';
import { enqueueEvent } from '../webhooks/events.js';
import {
  trainingEventSchema,
  trainingSchema,
  type JsonObject,
  type Training,
  type TrainingEvent,
  type TrainingOutcome,
} from './schemas.js';
import { listTrials, type TrialRecord } from './trials.js';

/** Channel that carries a training's id whenever it has a new event. */
export const eventChannel = 'taxon_training_event';

const columns = `id, classifier, dataset, request, seed, started_by AS "startedBy", state, stage, progress, metrics, version,
  jsonb_build_object(
    'count', jsonb_array_length(COALESCE(checkpoint->'leftOut', '[]')),
    'images', jsonb_path_query_array(COALESCE(checkpoint->'leftOut', '[]'), '$[0 to 19]')) AS "leftOut",
  CASE WHEN error_code IS NOT NULL THEN jsonb_build_object('code', error_code, 'detail', error_detail) END AS error,
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt",
  details_removed_at AS "detailsRemovedAt", traceparent`;

const originSchema = trainingSchema.pick({ dataset: true, createdAt: true, startedAt: true, finishedAt: true });
export type TrainingOrigin = z.infer<typeof originSchema>;

export interface TrainingFilter {
  readonly classifier?: string | undefined;
  readonly limit: number;
}

export class Trainings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws AppError `unknown_training`. */
  async get(id: string): Promise<Training> {
    return getTraining(this.#database, id);
  }

  /** The fits of its search, in the order in which they ended; none where there was no search. */
  trials(id: string): Promise<TrialRecord[]> {
    return listTrials(this.#database, id);
  }

  /** Where and when a version was trained; undefined for one of another installation. */
  async originOf(id: string): Promise<TrainingOrigin | undefined> {
    if (!z.uuid().safeParse(id).success) return undefined;
    const [row] = await this.#database.query(
      originSchema,
      `SELECT dataset, created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"
       FROM trainings WHERE id = $1`,
      [id],
    );
    return row;
  }

  /** The newest first. */
  list({ classifier, limit }: TrainingFilter): Promise<Training[]> {
    return this.#database.query(
      trainingSchema,
      `SELECT ${columns} FROM trainings WHERE $1::text IS NULL OR classifier = $1 ORDER BY created_at DESC, id LIMIT $2`,
      [classifier ?? null, limit],
    );
  }

  /** Events after the one with id `after` (0: all), in order, `limit` at most. */
  events(id: string, after: number, limit: number): Promise<TrainingEvent[]> {
    return this.#database.query(
      trainingEventSchema,
      'SELECT id, kind, data, created_at AS "createdAt" FROM training_events WHERE training_id = $1 AND id > $2 ORDER BY id LIMIT $3',
      [id, after, limit],
    );
  }

  /** Trainings that wait and that run, in every process that shares the database. */
  async countActive(): Promise<{ readonly queued: number; readonly running: number }> {
    const [counts] = await this.#database.query(
      z.object({ queued: z.int(), running: z.int() }),
      `SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'running') AS running
       FROM trainings WHERE state IN ('queued', 'running')`,
    );
    return counts!;
  }

  /** Calls `onEvent` when there may be new events of the training, in whatever process it runs. */
  onEvents(id: string, onEvent: () => void): Promise<Unlisten> {
    return this.#database.listen(eventChannel, (payload) => {
      if (payload === undefined || payload === id) onEvent();
    });
  }
}

/** Throws AppError `unknown_training`. */
export async function getTraining(queries: Queries, id: string): Promise<Training> {
  const [training] = await queries.query(trainingSchema, `SELECT ${columns} FROM trainings WHERE id = $1`, [id]);
  if (!training) throw new AppError('unknown_training', `There is no training ${id}.`);
  return training;
}

/** Whether a training that is not over trains the classifier `name` or builds on its backbone. */
export async function isNeeded(queries: Queries, name: string): Promise<boolean> {
  const found = await queries.rows(
    `SELECT FROM trainings WHERE state IN ('queued', 'running')
     AND (classifier = $1 OR request->>'backbone' = $1 OR checkpoint->'base'->>'name' = $1) LIMIT 1`,
    [name],
  );
  return found.length > 0;
}

export async function addEvent(queries: Queries, id: string, kind: string, data: JsonObject): Promise<number> {
  const [row] = await queries.query(
    z.object({ id: z.int() }),
    `WITH event AS (INSERT INTO training_events (training_id, kind, data) VALUES ($1, $2, $3) RETURNING id)
     SELECT id, pg_notify('${eventChannel}', $4) FROM event`,
    [id, kind, JSON.stringify(data), id],
  );
  return row!.id;
}

/** Ends a training, if it has not ended, and notifies its followers and the webhooks. Gives false when it had ended before. */
export async function finishTraining(tx: Queries, id: string, outcome: TrainingOutcome): Promise<boolean> {
  const { code, detail, version, metrics } = { code: null, detail: null, version: null, metrics: null, ...outcome };
  const changed = await tx.run(
    `UPDATE trainings SET state = $2, error_code = $3, error_detail = $4, version = $5, metrics = $6, finished_at = now(), owner = NULL,
       progress = CASE WHEN $2 = 'succeeded' THEN 1 ELSE progress END
     WHERE id = $1 AND state IN ('queued', 'running')`,
    [id, outcome.state, code, detail, version, metrics === null ? null : JSON.stringify(metrics)],
  );
  if (changed === 0) return false;
  await addEvent(tx, id, outcome.state, outcomeData(outcome));
  await tellWebhooks(tx, id, outcome);
  return true;
}

/** The metrics are left out: they are long, and the training has them. */
async function tellWebhooks(tx: Queries, id: string, outcome: TrainingOutcome): Promise<void> {
  const { classifier: model, dataset, version, error, startedBy } = await getTraining(tx, id);
  await enqueueEvent(tx, `training.${outcome.state}`, { training: id, model, dataset, version, error, startedBy });
}

function outcomeData(outcome: TrainingOutcome): JsonObject {
  switch (outcome.state) {
    case 'succeeded':
      return { version: outcome.version, metrics: outcome.metrics };
    case 'failed':
      return { code: outcome.code, detail: outcome.detail };
    case 'cancelled':
      return {};
  }
}
