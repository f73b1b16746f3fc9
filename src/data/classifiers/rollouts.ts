// Rollouts: which versions besides the active one see a classifier's requests, what came of it, and every step on the way.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database, Queries } from '../database/database.js';
import { enqueueEvent } from '../webhooks/events.js';

/** Versions that are scored beside the active one, at most. */
export const maxShadows = 5;
const maxKeys = 100;

const share = z.number().min(0).max(1);

export const conditionsSchema = z
  .strictObject({
    after: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .meta({ description: 'Requests that the canary answers before it is judged' }),
    minAgreement: share.optional().meta({
      description: 'Share of images of which it says what the active version says; only on the same backbone',
    }),
    maxErrorRate: share.optional().meta({
      description: 'Of its requests. It fails at once when the errors are more than this allows of `after` requests',
    }),
    maxUnknownShare: share.optional().meta({ description: 'Of its images' }),
    minMeanTopProbability: share.optional().meta({ description: 'Of its images, of the most probable class' }),
    minCorrectedAccuracy: share.optional().meta({ description: 'On images that users sent corrections of' }),
    minCorrections: z.int().min(1).max(1_000_000_000).optional().meta({
      description: 'Corrected images that it waits for besides; absent: 20 with minCorrectedAccuracy, else none',
    }),
  })
  .meta({
    id: 'RolloutConditions',
    description: 'When all of them hold the canary is activated, when one does not the rollout fails',
  });
export type Conditions = z.output<typeof conditionsSchema>;

/** What a rollout is to do. */
export const planSchema = z.strictObject({
  version: z.int().positive(),
  percent: z.number().min(0).max(100),
  keys: z.array(z.uuid()).max(maxKeys),
  shadows: z.array(z.int().positive()).max(maxShadows),
  conditions: conditionsSchema.nullable(),
});
export type Plan = z.output<typeof planSchema>;

export const rolloutStateSchema = z.enum(['running', 'promoted', 'failed', 'ended']);
export const stepKindSchema = z.enum(['started', 'changed', 'promoted', 'failed', 'ended']);
/** How a rollout ends. */
export type Ending = Exclude<z.output<typeof rolloutStateSchema>, 'running'>;

export const stepSchema = z
  .object({ at: z.date(), kind: stepKindSchema, reason: z.string() })
  .meta({ id: 'RolloutStep' });
export type Step = z.output<typeof stepSchema>;

const rowSchema = z.object({
  id: z.int(),
  classifier: z.string(),
  baseline: z.int(),
  plan: planSchema,
  state: rolloutStateSchema,
  startedAt: z.date(),
  endedAt: z.date().nullable(),
});
/** `baseline`: the version that was active when it began. */
export type Rollout = z.output<typeof rowSchema>;

const countNames = [
  'requests',
  'errors',
  'ms',
  'images',
  'judged',
  'unknown',
  'topProbability',
  'compared',
  'agreed',
] as const;
type CountName = (typeof countNames)[number];
/**
 * Of one version: requests and errors among them, the sum of their milliseconds; images, those of which it can tell whether it knows
 * them (judged) and does not (unknown), the sum of the probabilities of their first classes; images of which the active version's class
 * is known too (compared), and those where it is the same (agreed).
 */
export type Counts = Record<CountName, number>;
export const noCounts = (): Counts => ({
  requests: 0,
  errors: 0,
  ms: 0,
  images: 0,
  judged: 0,
  unknown: 0,
  topProbability: 0,
  compared: 0,
  agreed: 0,
});

/** Corrected images that the version was asked about, and those of which it says what the user says. */
export interface Corrected {
  readonly corrections: number;
  readonly right: number;
}

/** A correction that not all versions have been asked about yet. */
const openSchema = z.object({ feedbackId: z.int(), sha256: z.string(), label: z.string() });
export type OpenCorrection = z.output<typeof openSchema>;

const columns = `id::int, classifier, baseline, plan, state, started_at AS "startedAt", ended_at AS "endedAt"`;
const toColumn = (name: CountName): string => (name === 'topProbability' ? 'top_probability' : name);

export class Rollouts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** All that run, by classifier. */
  async running(): Promise<Map<string, Rollout>> {
    const sql = `SELECT ${columns} FROM rollouts WHERE state = 'running'`;
    return new Map((await this.#database.query(rowSchema, sql)).map((rollout) => [rollout.classifier, rollout]));
  }

  /** undefined: it is gone, and its classifier too. */
  async find(id: number): Promise<Rollout | undefined> {
    return (await this.#database.query(rowSchema, `SELECT ${columns} FROM rollouts WHERE id = $1`, [id]))[0];
  }

  /** The last ones of a classifier, the newest first. */
  list(classifier: string, limit: number): Promise<Rollout[]> {
    const sql = `SELECT ${columns} FROM rollouts WHERE classifier = $1 ORDER BY id DESC LIMIT $2`;
    return this.#database.query(rowSchema, sql, [classifier, limit]);
  }

  steps(id: number): Promise<Step[]> {
    const sql = 'SELECT at, kind, reason FROM rollout_steps WHERE rollout_id = $1 ORDER BY id';
    return this.#database.query(stepSchema, sql, [id]);
  }

  /** By version; of versions that have seen nothing there is no entry. */
  async counts(id: number, queries: Queries = this.#database): Promise<Map<number, Counts>> {
    const schema = z.object({
      version: z.int(),
      ...(Object.fromEntries(countNames.map((name) => [name, z.number()])) as Record<CountName, z.ZodNumber>),
    });
    const selected = countNames.map((name) => `${toColumn(name)}::float8 AS "${name}"`).join(', ');
    const rows = await queries.query(schema, `SELECT version, ${selected} FROM rollout_counts WHERE rollout_id = $1`, [
      id,
    ]);
    return new Map(rows.map(({ version, ...counts }) => [version, counts]));
  }

  /** By version. Corrections that were rejected in review count for nothing. */
  async corrected(id: number, queries: Queries = this.#database): Promise<Map<number, Corrected>> {
    const rows = await queries.query(
      z.object({ version: z.int(), corrections: z.int(), right: z.int() }),
      `SELECT c.version, count(*)::int AS corrections, (count(*) FILTER (WHERE c.predicted = f.label))::int AS "right"
       FROM rollout_corrections c JOIN feedback f ON f.id = c.feedback_id
       WHERE c.rollout_id = $1 AND f.state <> 'rejected' AND c.predicted IS NOT NULL GROUP BY c.version`,
      [id],
    );
    return new Map(rows.map(({ version, ...counts }) => [version, counts]));
  }

  /** Adds what this process has seen since it last did. */
  async add(id: number, seen: ReadonlyMap<number, Counts>): Promise<void> {
    if (seen.size === 0) return;
    const names = countNames.map(toColumn);
    const set = names.map((name) => `${name} = rollout_counts.${name} + EXCLUDED.${name}`).join(', ');
    const values = names.map((_, i) => `$${i + 3}`).join(', ');
    await this.#database.transaction(async (tx) => {
      // In one order: two processes never wait for one another.
      for (const [version, counts] of [...seen].sort(([a], [b]) => a - b))
        await tx.run(
          `INSERT INTO rollout_counts (rollout_id, version, ${names.join(', ')})
           SELECT id, $2::int, ${values.replace(/\$\d+/g, '$&::float8')} FROM rollouts WHERE id = $1
           ON CONFLICT (rollout_id, version) DO UPDATE SET ${set}`,
          [id, version, ...countNames.map((name) => counts[name])],
        );
    });
  }

  /** Corrections since it began that not all of `versions` have been asked about, the oldest first. */
  openCorrections(
    { id, classifier, startedAt }: Rollout,
    versions: readonly number[],
    limit: number,
  ): Promise<OpenCorrection[]> {
    return this.#database.query(
      openSchema,
      `SELECT f.id::int AS "feedbackId", f.sha256, f.label FROM feedback f
       WHERE f.classifier = $2 AND f.created_at >= $3 AND f.state <> 'rejected' AND (
         SELECT count(*) FROM rollout_corrections c
         WHERE c.rollout_id = $1 AND c.feedback_id = f.id AND c.version = ANY ($4::int[])) < cardinality($4::int[])
       ORDER BY f.id LIMIT $5`,
      [id, classifier, startedAt, versions, limit],
    );
  }

  /** Records what `version` says of a corrected image; undefined: it cannot be decoded. Gives false where it was recorded before. */
  async addCorrection(
    id: number,
    feedbackId: number,
    version: number,
    predicted: string | undefined,
  ): Promise<boolean> {
    const added = await this.#database.run(
      `INSERT INTO rollout_corrections (rollout_id, feedback_id, version, predicted)
       SELECT r.id, f.id, $3, $4 FROM rollouts r, feedback f WHERE r.id = $1 AND f.id = $2 ON CONFLICT DO NOTHING`,
      [id, feedbackId, version, predicted ?? null],
    );
    return added > 0;
  }
}

export interface PutRollout {
  /** The active version. */
  readonly baseline: number;
  readonly plan: Plan;
  /** In words, what `plan` sets or changes; undefined when it changes nothing. */
  readonly describe: (before: Plan | undefined) => string | undefined;
  /** Besides, in the same transaction; nothing is changed when it rejects. */
  readonly record?: RecordRollout | undefined;
}

export type RecordRollout = (tx: Queries, rollout: Rollout) => Promise<void>;

/** In a transaction that has the classifier's row locked. Gives the rollout as it then is. */
export async function putRollout(
  tx: Queries,
  classifier: string,
  { baseline, plan, describe }: PutRollout,
): Promise<Rollout> {
  const [running] = await tx.query(
    rowSchema,
    `SELECT ${columns} FROM rollouts WHERE classifier = $1 AND state = 'running'`,
    [classifier],
  );
  if (running !== undefined && running.plan.version === plan.version && running.baseline === baseline) {
    const change = describe(running.plan);
    if (change === undefined) return running;
    await tx.run('UPDATE rollouts SET plan = $2 WHERE id = $1', [running.id, JSON.stringify(plan)]);
    await addStep(tx, running, 'changed', change);
    return { ...running, plan };
  }
  if (running !== undefined) await end(tx, running, 'ended', 'another rollout took its place');
  const [started] = await tx.query(
    rowSchema,
    `INSERT INTO rollouts (classifier, baseline, plan) VALUES ($1, $2, $3) RETURNING ${columns}`,
    [classifier, baseline, JSON.stringify(plan)],
  );
  await addStep(tx, started!, 'started', describe(undefined)!);
  return started!;
}

/** In such a transaction. Gives whether one was running; that of the number `id`, where it is given. */
export async function endRollout(
  tx: Queries,
  classifier: string,
  ending: Ending,
  reason: string,
  id?: number,
): Promise<boolean> {
  const [running] = await tx.query(
    rowSchema,
    `SELECT ${columns} FROM rollouts WHERE classifier = $1 AND state = 'running' AND ($2::bigint IS NULL OR id = $2)`,
    [classifier, id ?? null],
  );
  if (running === undefined) return false;
  await end(tx, running, ending, reason);
  return true;
}

/** In such a transaction, once `active` is the active version: what was compared with another one is over. */
export async function settleRollout(tx: Queries, classifier: string, active: number): Promise<void> {
  const [running] = await tx.query(
    rowSchema,
    `SELECT ${columns} FROM rollouts WHERE classifier = $1 AND state = 'running' AND baseline <> $2`,
    [classifier, active],
  );
  if (running === undefined) return;
  const isCanary = running.plan.version === active;
  await end(tx, running, isCanary ? 'promoted' : 'ended', `version ${active} was activated`);
}

async function end(tx: Queries, rollout: Rollout, ending: Ending, reason: string): Promise<void> {
  await tx.run('UPDATE rollouts SET state = $2, ended_at = now() WHERE id = $1', [rollout.id, ending]);
  await addStep(tx, rollout, ending, reason);
}

async function addStep(
  tx: Queries,
  { id, classifier, plan }: Rollout,
  kind: Step['kind'],
  reason: string,
): Promise<void> {
  await tx.run('INSERT INTO rollout_steps (rollout_id, kind, reason) VALUES ($1, $2, $3)', [id, kind, reason]);
  const { version, percent, shadows } = plan;
  await enqueueEvent(tx, `rollout.${kind}`, { model: classifier, version, percent, shadows, reason });
}

/** Whether the rollout of a classifier that runs has `version` for its canary or a shadow. */
export async function needsVersion(queries: Queries, classifier: string, version: number): Promise<boolean> {
  const [running] = await queries.query(
    rowSchema,
    `SELECT ${columns} FROM rollouts WHERE classifier = $1 AND state = 'running'`,
    [classifier],
  );
  return running !== undefined && [running.plan.version, ...running.plan.shadows].includes(version);
}

/** What answers a request for a rollout where there never was one. */
export const noRollout = (classifier: string): AppError =>
  new AppError('not_found', `Classifier "${classifier}" has no rollout.`);
