// Removes image files and rows that nothing refers to any more, without racing an upload of the same image.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import type { ImageStore } from './imageStore.js';

/** Any fixed number that nothing else in this database locks. */
const collectionLock = 7_461_002;
const batchSize = 200;

/** Until the transaction ends, no file that exists now is collected. Uploads share the lock, collection has it alone. */
export async function holdImageFiles(tx: Queries): Promise<void> {
  await tx.run('SELECT pg_advisory_xact_lock_shared($1)', [collectionLock]);
}

/** Removes what no dataset, feedback or unfinished training refers to; gives the number of files removed. */
export async function collectGarbage(database: Database, images: ImageStore): Promise<number> {
  let removed = 0;
  let batch: string[] = [];
  for await (const sha256 of images.list()) {
    batch.push(sha256);
    if (batch.length < batchSize) continue;
    removed += await collectBatch(database, images, batch);
    batch = [];
  }
  return removed + (await collectBatch(database, images, batch));
}

async function collectBatch(database: Database, images: ImageStore, batch: readonly string[]): Promise<number> {
  if (batch.length === 0 || (await unused(database, batch)).length === 0) return 0;
  return database.transaction(async (tx) => {
    await tx.run('SELECT pg_advisory_xact_lock($1)', [collectionLock]);
    const garbage = await unused(tx, batch);
    await tx.run('DELETE FROM images WHERE sha256 = ANY ($1)', [garbage]);
    for (const sha256 of garbage) await images.remove(sha256);
    return garbage.length;
  });
}

async function unused(queries: Queries, batch: readonly string[]): Promise<string[]> {
  const rows = await queries.query(
    z.object({ sha256: z.string() }),
    `SELECT sha256 FROM unnest($1::text[]) AS file (sha256)
     WHERE NOT EXISTS (SELECT FROM dataset_images d WHERE d.sha256 = file.sha256)
       AND NOT EXISTS (SELECT FROM feedback f WHERE f.sha256 = file.sha256)
       AND NOT EXISTS (
         SELECT FROM training_images i JOIN trainings t ON t.id = i.training_id
         WHERE i.sha256 = file.sha256 AND t.state IN ('queued', 'running'))`,
    [batch],
  );
  return rows.map((row) => row.sha256);
}
