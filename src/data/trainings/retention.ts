// What is kept of trainings that ended: their records for good; their events, snapshots and checkpoints for a while.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import { finalStates } from './schemas.js';

/** Details are removed when either limit is passed. */
export interface DetailRetention {
  /** After the end of the training. */
  readonly days: number;
  /** Number of most recently ended trainings that keep their details. */
  readonly count: number;
}

const dayMs = 86_400_000;
/** Rows removed in one transaction, so that others get their turn between two. */
const batchSize = 5_000;

/**
 * Removes the details of trainings that ended before the limits; of their events the last one stays, which says how they ended.
 * Gives the number of trainings. Several processes may call it at once; what one leaves half done, the next call completes.
 */
export async function removeOldDetails(database: Database, retention: DetailRetention, now: Date): Promise<number> {
  const ids = await findOld(database, retention, now);
  for (const id of ids) {
    while ((await withTraining(database, id, (tx) => removeImages(tx, id))) === batchSize);
    await withTraining(database, id, (tx) => removeEvents(tx, id));
  }
  return ids.length;
}

async function findOld(database: Database, { days, count }: DetailRetention, now: Date): Promise<string[]> {
  const rows = await database.query(
    z.object({ id: z.string() }),
    `SELECT id FROM (
       SELECT id, finished_at, details_removed_at, row_number() OVER (ORDER BY finished_at DESC, id) AS rank
       FROM trainings WHERE finished_at IS NOT NULL) AS ended
     WHERE details_removed_at IS NULL AND (finished_at < $1 OR rank > $2) ORDER BY finished_at, id`,
    [new Date(now.getTime() - days * dayMs), count],
  );
  return rows.map(({ id }) => id);
}

/** Processes that clean up at once take turns. */
function withTraining<T>(database: Database, id: string, work: (tx: Queries) => Promise<T>): Promise<T> {
  return database.transaction(async (tx) => {
    await tx.run('SELECT FROM trainings WHERE id = $1 FOR UPDATE', [id]);
    return work(tx);
  });
}

function removeImages(tx: Queries, id: string): Promise<number> {
  return tx.run(
    `DELETE FROM training_images WHERE training_id = $1 AND position IN (
       SELECT position FROM training_images WHERE training_id = $1 ORDER BY position LIMIT ${batchSize})`,
    [id],
  );
}

async function removeEvents(tx: Queries, id: string): Promise<void> {
  await tx.run(
    `UPDATE trainings SET details_removed_at = now(),
       checkpoint = CASE WHEN checkpoint ? 'leftOut' THEN jsonb_build_object('leftOut', checkpoint->'leftOut') END
     WHERE id = $1`,
    [id],
  );
  await tx.run('DELETE FROM training_events WHERE training_id = $1 AND kind <> ALL ($2)', [id, finalStates]);
}
