// Classifiers that are trained again by themselves: what was asked for, how far they are, and every step on the way. Several servers may look at
// the same ones: of those that decide the same, one does it.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import { findDataset } from '../datasets/datasets.js';
import { enqueueEvent } from '../webhooks/events.js';
import type { JsonObject } from './schemas.js';

/** Steps of one classifier that are kept. */
const maxSteps = 50;

export const autoRetrainStageSchema = z.enum(['idle', 'training', 'shadow', 'canary']);
export type AutoRetrainStage = z.output<typeof autoRetrainStageSchema>;

export const autoRetrainStepKindSchema = z.enum([
  'set',
  'queued',
  'skipped',
  'refused',
  'failed',
  'activated',
  'kept',
  'shadow',
  'canary',
  'ended',
]);

export const autoRetrainStepSchema = z
  .object({
    at: z.date(),
    kind: autoRetrainStepKindSchema.meta({
      description:
        'set: by request; queued: a training; skipped: nothing had changed; refused: the dataset cannot be trained on; failed: the training or the rollout; activated: its version answers; kept: the version before does; shadow, canary: its version is tried; ended: by request, before it was decided',
    }),
    reason: z.string(),
    training: z.uuid().nullable(),
    version: z.int().nullable(),
  })
  .meta({ id: 'AutoRetrainStep' });
export type AutoRetrainStep = z.output<typeof autoRetrainStepSchema>;
type NewStep = Pick<AutoRetrainStep, 'kind' | 'reason'> & Partial<Pick<AutoRetrainStep, 'training' | 'version'>>;

const stateSchema = z.object({
  classifier: z.string(),
  dataset: z.string(),
  settings: z.record(z.string(), z.json()),
  nextRunAt: z.date().nullable(),
  stage: autoRetrainStageSchema,
  training: z.uuid().nullable(),
  rollout: z.int().nullable(),
  refusedChanges: z.int().nullable(),
  revision: z.int(),
  datasetChanges: z.int(),
  changes: z.int(),
  lastTrainingAt: z.date().nullable(),
  activeTraining: z.uuid().nullable(),
  rolledOut: z.int().nullable(),
});
/**
 * `training`: the last one that it queued. `datasetChanges`: all of the dataset so far; `changes`: those that the classifier's last training on it,
 * of whatever origin, has not seen. `lastTrainingAt`: when that was queued. `activeTraining`: one of the classifier that waits or runs.
 * `rolledOut`: the canary of its rollout that runs.
 */
export type AutoRetrainState = z.output<typeof stateSchema>;

const select = `
  SELECT a.classifier, d.name AS dataset, a.settings, a.next_run_at AS "nextRunAt", a.stage, a.training_id AS training,
    a.rollout_id::int AS rollout, a.refused_changes::int AS "refusedChanges", a.revision, d.changes::int AS "datasetChanges",
    (d.changes - COALESCE(last.dataset_changes, 0))::int AS changes, last.created_at AS "lastTrainingAt",
    active.id AS "activeTraining", (r.plan->>'version')::int AS "rolledOut"
  FROM auto_retrains a JOIN datasets d ON d.id = a.dataset_id
  LEFT JOIN LATERAL (
    SELECT dataset_changes, created_at FROM trainings t
    WHERE t.classifier = a.classifier AND t.dataset = d.name AND t.created_at >= d.created_at
    ORDER BY t.created_at DESC, t.id LIMIT 1) AS last ON true
  LEFT JOIN LATERAL (
    SELECT id FROM trainings t WHERE t.classifier = a.classifier AND t.state IN ('queued', 'running')
    ORDER BY t.created_at, t.id LIMIT 1) AS active ON true
  LEFT JOIN rollouts r ON r.classifier = a.classifier AND r.state = 'running'`;

/** What a decision changes; what is absent stays as it is. */
export interface AutoRetrainChange {
  readonly stage?: AutoRetrainStage;
  readonly nextRunAt?: Date | null;
  readonly training?: string;
  readonly rollout?: number;
  readonly refusedChanges?: number | null;
  readonly step: NewStep;
}

/** Another server, or a person, has decided since the state was read: there is nothing left to do. */
export class DecidedElsewhere extends Error {}

export class AutoRetrains {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): Promise<AutoRetrainState[]> {
    return this.#database.query(stateSchema, `${select} ORDER BY a.classifier`);
  }

  /** undefined: the classifier is not trained again by itself. */
  async find(classifier: string): Promise<AutoRetrainState | undefined> {
    return (await this.#database.query(stateSchema, `${select} WHERE a.classifier = $1`, [classifier]))[0];
  }

  /** The newest first. */
  steps(classifier: string): Promise<AutoRetrainStep[]> {
    return this.#database.query(
      autoRetrainStepSchema,
      `SELECT at, kind, reason, training_id AS training, version FROM auto_retrain_steps WHERE classifier = $1 ORDER BY id DESC`,
      [classifier],
    );
  }

  /** Turns it on, or changes it; what is under way goes on. Throws AppError unknown_dataset. */
  async put(
    classifier: string,
    dataset: string,
    { settings, nextRunAt, reason }: { settings: JsonObject; nextRunAt: Date | null; reason: string },
  ): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const { id } = await findDataset(tx, dataset);
      await tx.run(
        `INSERT INTO auto_retrains (classifier, dataset_id, settings, next_run_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (classifier) DO UPDATE SET dataset_id = $2, settings = $3, next_run_at = $4, refused_changes = NULL,
           revision = auto_retrains.revision + 1`,
        [classifier, id, JSON.stringify(settings), nextRunAt],
      );
      await addStep(tx, classifier, { kind: 'set', reason });
    });
  }

  /** A training that waits or runs goes on. */
  async remove(classifier: string): Promise<void> {
    await this.#database.run('DELETE FROM auto_retrains WHERE classifier = $1', [classifier]);
  }

  /** Throws DecidedElsewhere. */
  decide(state: AutoRetrainState, change: AutoRetrainChange): Promise<void> {
    return this.#database.transaction((tx) => decide(tx, state, change));
  }
}

/** In `tx`, whose other statements are undone when this throws DecidedElsewhere. */
export async function decide(
  tx: Queries,
  { classifier, revision, ...before }: AutoRetrainState,
  { step, ...change }: AutoRetrainChange,
): Promise<void> {
  const { stage, nextRunAt, training, rollout, refusedChanges } = { ...before, ...change };
  // Whoever comes second waits here for the first to commit, and then finds another revision.
  const changed = await tx.run(
    `UPDATE auto_retrains SET revision = revision + 1, stage = $3, next_run_at = $4, training_id = $5, rollout_id = $6, refused_changes = $7
     WHERE classifier = $1 AND revision = $2`,
    [classifier, revision, stage, nextRunAt, training, rollout, refusedChanges],
  );
  if (changed === 0) throw new DecidedElsewhere();
  await addStep(tx, classifier, step);
}

/** Throws DecidedElsewhere when a training of the classifier waits or runs. */
export async function refuseSecond(tx: Queries, { classifier }: AutoRetrainState): Promise<void> {
  const sql = "SELECT FROM trainings WHERE classifier = $1 AND state IN ('queued', 'running') LIMIT 1";
  if ((await tx.rows(sql, [classifier])).length > 0) throw new DecidedElsewhere();
}

/** The last of a run of skipped ones stands for all of them, so that they leave room for the others. */
async function addStep(tx: Queries, classifier: string, step: NewStep): Promise<void> {
  const { kind, reason, training = null, version = null } = step;
  if (kind === 'skipped')
    await tx.run(
      `DELETE FROM auto_retrain_steps WHERE kind = 'skipped' AND id =
         (SELECT max(id) FROM auto_retrain_steps WHERE classifier = $1)`,
      [classifier],
    );
  await tx.run(
    'INSERT INTO auto_retrain_steps (classifier, kind, reason, training_id, version) VALUES ($1, $2, $3, $4, $5)',
    [classifier, kind, reason, training, version],
  );
  await tx.run(
    `DELETE FROM auto_retrain_steps WHERE classifier = $1 AND id NOT IN
       (SELECT id FROM auto_retrain_steps WHERE classifier = $1 ORDER BY id DESC LIMIT ${maxSteps})`,
    [classifier],
  );
  if (kind !== 'set' && kind !== 'skipped')
    await enqueueEvent(tx, 'auto_retrain.decided', { model: classifier, decision: kind, reason, training, version });
}
