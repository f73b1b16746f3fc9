// Which process runs which training: claiming the next one of the queue, heartbeats, and taking over from processes that died.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import { goneAfterSeconds } from '../processes.js';
import type { Training, TrainingOutcome } from './schemas.js';
import { finishTraining, getTraining } from './trainings.js';

/** Any fixed number that nothing else in this database locks: processes claim one after the other. */
const claimLock = 7_461_003;
/** A training that was started this often without finishing a stage is given up: it may be what kills the process. */
const maxAttempts = 5;

/** Channel that says that there may be a training to claim. */
export const queuedChannel = 'taxon_training_queued';

const claimSchema = z.object({ id: z.string(), claim: z.int() });

/**
 * Claims the training that has waited longest, interrupted ones before all others, passing over those whose classifier
 * has one running. Undefined when there is nothing to do now. `owner` identifies this process, as no other ever.
 */
export async function claimNext(
  database: Database,
  owner: string,
): Promise<{ readonly training: Training; readonly claim: number } | undefined> {
  return database.transaction(async (tx) => {
    await tx.run('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    // A locked training is being cancelled.
    const [claimed] = await tx.query(
      claimSchema,
      `UPDATE trainings SET state = 'running', owner = $1, heartbeat_at = now(), claim = claim + 1, attempts = attempts + 1,
         started_at = COALESCE(started_at, now())
       WHERE id = (
         SELECT id FROM trainings AS waiting
         WHERE state = 'queued' AND NOT EXISTS (
           SELECT FROM trainings AS other WHERE other.classifier = waiting.classifier AND other.state = 'running')
         ORDER BY started_at IS NULL, created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING id, claim`,
      [owner],
    );
    return claimed && { training: await getTraining(tx, claimed.id), claim: claimed.claim };
  });
}

const ownSchema = claimSchema.extend({ cancel: z.boolean() });

/** Records a heartbeat of those trainings that this process still has; gives them, and whether to cancel them. */
export function recordHeartbeat(
  database: Database,
  owner: string,
  ids: readonly string[],
): Promise<z.infer<typeof ownSchema>[]> {
  return database.query(
    ownSchema,
    `UPDATE trainings SET heartbeat_at = now() WHERE owner = $1 AND state = 'running' AND id = ANY ($2::uuid[])
     RETURNING id, claim, cancel_requested AS cancel`,
    [owner, ids],
  );
}

const orphanSchema = z.object({ id: z.string(), cancel: z.boolean(), attempts: z.int() });

/** Takes this process's identity and the ids of the trainings that it runs. */
function orphansIn({ kind }: Database): string {
  const silent = `heartbeat_at < now() - interval '${goneAfterSeconds} seconds'`;
  // A claim whose reply was lost is this process's own, though the training does not run.
  const forgotten = `(${silent} AND id <> ALL ($2::uuid[]))`;
  // The embedded database has one process only, so whoever else ran a training is dead.
  const dead = kind === 'embedded' ? 'owner <> $1' : `(owner <> $1 AND ${silent})`;
  return `SELECT id, cancel_requested AS cancel, attempts FROM trainings WHERE state = 'running' AND (${dead} OR ${forgotten})`;
}

/**
 * Puts trainings that no process runs back at the head of the queue, and ends those that were to be cancelled or were
 * started too often; gives those that it ended. `running`: ids of the trainings that this process runs.
 */
export async function adoptOrphans(
  database: Database,
  owner: string,
  running: readonly string[],
): Promise<EndedTraining[]> {
  const sql = orphansIn(database);
  if ((await database.query(orphanSchema, sql, [owner, running])).length === 0) return [];
  return database.transaction(async (tx) => {
    const ended: EndedTraining[] = [];
    for (const orphan of await tx.query(orphanSchema, `${sql} FOR UPDATE`, [owner, running]))
      ended.push(...(await adopt(tx, orphan)));
    return ended;
  });
}

export interface EndedTraining {
  readonly training: Training;
  readonly outcome: TrainingOutcome;
}

async function adopt(
  tx: Queries,
  { id, cancel, attempts }: z.infer<typeof orphanSchema>,
): Promise<readonly EndedTraining[]> {
  if (!cancel && attempts < maxAttempts) {
    await putBack(tx, id, attempts);
    return [];
  }
  const detail = `The process stopped ${attempts} times while it ran this training; see its log and its memory limit.`;
  const outcome: TrainingOutcome = cancel ? { state: 'cancelled' } : { state: 'failed', code: 'interrupted', detail };
  await finishTraining(tx, id, outcome);
  return [{ training: await getTraining(tx, id), outcome }];
}

/** Back at the head of the queue, with what its finished stages left. `attempts`: its starts without progress. */
async function putBack(tx: Queries, id: string, attempts: number): Promise<void> {
  await tx.run("UPDATE trainings SET state = 'queued', owner = NULL, attempts = $2 WHERE id = $1", [id, attempts]);
  await tx.run('SELECT pg_notify($1, $2)', [queuedChannel, id]);
}

/** Puts back a training that was interrupted through no fault of its own: its starts are counted from zero again. */
export async function release(tx: Queries, id: string): Promise<void> {
  await putBack(tx, id, 0);
}
