// Which process runs which training: taking one from the line, signs of life, and taking over from the dead.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import type { Training } from './schemas.js';
import type { TrainingJobs } from './trainingJobs.js';
import { finishTraining, getTraining } from './trainings.js';

export interface ClaimDeps {
  readonly database: Database;
  readonly jobs: TrainingJobs;
  /** This process, unlike any other that ever was. */
  readonly owner: string;
}

/** Any fixed number that nothing else in this database locks: processes claim one after the other. */
const claimLock = 7_461_003;
/** A process of a shared database that gave no sign of life for this long is dead. */
const deadAfterSeconds = 20;
/** A training that was started this often without finishing a stage is given up: it may be what kills the process. */
const maxAttempts = 5;

const idSchema = z.object({ id: z.string() });

/**
 * Takes the training that waits longest, unless another of its classifier is running or older: then it waits and the next may go.
 * Undefined when there is nothing to do now.
 */
export async function claimNext({ database, jobs, owner }: ClaimDeps): Promise<Training | undefined> {
  return database.transaction(async (tx) => {
    await tx.run('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    const id = await jobs.take(tx);
    if (id === undefined) return undefined;
    const claimed = await tx.run(
      `UPDATE trainings t SET state = 'running', owner = $2, heartbeat_at = now(), attempts = attempts + 1, started_at = COALESCE(started_at, now())
       WHERE id = $1 AND state = 'queued'
         AND NOT EXISTS (
           SELECT FROM trainings other WHERE other.classifier = t.classifier
             AND (other.state = 'running' OR (other.state = 'queued' AND other.created_at < t.created_at)))`,
      [id, owner],
    );
    if (claimed > 0) return getTraining(tx, id);
    await leave(tx, jobs, id);
    return undefined;
  });
}

async function leave(tx: Queries, jobs: TrainingJobs, id: string): Promise<void> {
  const [waiting] = await tx.query(
    idSchema,
    "SELECT id FROM trainings WHERE id = $1 AND state IN ('queued', 'running')",
    [id],
  );
  if (waiting) await jobs.postpone(tx, id);
  else await jobs.remove(tx, id);
}

/** Writes a sign of life for this process's trainings; gives those that are still its own, and whether to cancel them. */
export async function beat(database: Database, owner: string): Promise<Map<string, { cancel: boolean }>> {
  const rows = await database.query(
    z.object({ id: z.string(), cancel: z.boolean() }),
    "UPDATE trainings SET heartbeat_at = now() WHERE owner = $1 AND state = 'running' RETURNING id, cancel_requested AS cancel",
    [owner],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** True while `owner` runs the training, which stays so until the transaction ends. */
export async function holds(tx: Queries, id: string, owner: string): Promise<boolean> {
  const sql = "SELECT id FROM trainings WHERE id = $1 AND owner = $2 AND state = 'running' FOR UPDATE";
  return (await tx.query(idSchema, sql, [id, owner])).length > 0;
}

/** Puts trainings whose process is gone back at the head of the line, and ends those that were to be cancelled or went wrong too often. */
export async function adoptOrphans({ database, jobs, owner }: ClaimDeps): Promise<void> {
  // The embedded database has one process only, so whoever else ran a training is dead.
  const dead =
    database.kind === 'embedded'
      ? 'owner <> $1'
      : `owner <> $1 AND heartbeat_at < now() - interval '${deadAfterSeconds} seconds'`;
  const orphans = `SELECT id, cancel_requested AS cancel, attempts FROM trainings WHERE state = 'running' AND ${dead}`;
  const schema = idSchema.extend({ cancel: z.boolean(), attempts: z.int() });
  if ((await database.query(schema, orphans, [owner])).length === 0) return;
  await database.transaction(async (tx) => {
    await tx.run('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    for (const orphan of await tx.query(schema, `${orphans} FOR UPDATE`, [owner])) await adopt(tx, jobs, orphan);
  });
}

interface Orphan {
  readonly id: string;
  readonly cancel: boolean;
  readonly attempts: number;
}

async function adopt(tx: Queries, jobs: TrainingJobs, { id, cancel, attempts }: Orphan): Promise<void> {
  if (!cancel && attempts < maxAttempts) return putBack(tx, jobs, id, attempts);
  const detail = `The process stopped ${attempts} times while it ran this training; see its log and its memory limit.`;
  await finishTraining(tx, id, cancel ? { state: 'cancelled' } : { state: 'failed', code: 'interrupted', detail });
  await jobs.remove(tx, id);
}

/** Back at the head of the line, with what its finished stages left. `attempts`: its starts without headway. */
async function putBack(tx: Queries, jobs: TrainingJobs, id: string, attempts: number): Promise<void> {
  await tx.run("UPDATE trainings SET state = 'queued', owner = NULL, attempts = $2 WHERE id = $1", [id, attempts]);
  await jobs.add(tx, id, 'again');
}

/** An interruption that the training has no part in: its starts are counted anew. */
export async function release(tx: Queries, jobs: TrainingJobs, id: string): Promise<void> {
  await putBack(tx, jobs, id, 0);
}
