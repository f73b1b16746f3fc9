// Removes images that nothing refers to any more, with their thumbnails, without racing an upload of the same image.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import type { ImageStore } from './imageStore.js';
import type { Thumbnails } from './thumbnails.js';

export interface StoredImages {
  readonly database: Database;
  readonly images: ImageStore;
  readonly thumbnails: Pick<Thumbnails, 'remove'>;
}

/** Any fixed number that nothing else in this database locks. */
const collectionLock = 7_461_002;
const batchSize = 200;

/** Until the transaction ends, no file that exists now is collected. Uploads share the lock, collection has it alone. */
export async function holdImageFiles(tx: Queries): Promise<void> {
  await tx.run('SELECT pg_advisory_xact_lock_shared($1)', [collectionLock]);
}

/** Removes every image that no dataset, version of one, removal that can be undone, correction or captured image to review or unfinished training refers to; gives their number. */
export async function collectGarbage(stored: StoredImages): Promise<number> {
  let removed = 0;
  let batch: string[] = [];
  for await (const sha256 of stored.images.list()) {
    batch.push(sha256);
    if (batch.length < batchSize) continue;
    removed += await collectBatch(stored, batch);
    batch = [];
  }
  return removed + (await collectBatch(stored, batch));
}

/** Removes those of the images `sha256s` that nothing refers to any more, as collectGarbage does with all. */
export async function collectImages(stored: StoredImages, sha256s: readonly string[]): Promise<void> {
  for (let first = 0; first < sha256s.length; first += batchSize)
    await collectBatch(stored, sha256s.slice(first, first + batchSize));
}

async function collectBatch(stored: StoredImages, batch: readonly string[]): Promise<number> {
  if (batch.length === 0 || (await unused(stored.database, batch)).length === 0) return 0;
  return stored.database.transaction(async (tx) => {
    await tx.run('SELECT pg_advisory_xact_lock($1)', [collectionLock]);
    const garbage = await unused(tx, batch);
    await tx.run('DELETE FROM images WHERE sha256 = ANY ($1)', [garbage]);
    for (const sha256 of garbage) {
      await stored.images.remove(sha256);
      // After the image: a thumbnail that is made meanwhile is then found here, or its maker finds the image gone.
      await stored.thumbnails.remove(sha256);
    }
    return garbage.length;
  });
}

async function unused(queries: Queries, batch: readonly string[]): Promise<string[]> {
  const rows = await queries.query(
    z.object({ sha256: z.string() }),
    `SELECT sha256 FROM unnest($1::text[]) AS file (sha256)
     WHERE NOT EXISTS (SELECT FROM dataset_images d WHERE d.sha256 = file.sha256)
       AND NOT EXISTS (SELECT FROM dataset_version_images v WHERE v.sha256 = file.sha256)
       AND NOT EXISTS (SELECT FROM removed_images r WHERE r.sha256 = file.sha256)
       AND NOT EXISTS (SELECT FROM feedback f WHERE f.sha256 = file.sha256 AND f.state = 'new')
       AND NOT EXISTS (SELECT FROM captures c WHERE c.sha256 = file.sha256 AND c.state = 'new')
       AND NOT EXISTS (
         SELECT FROM training_images i JOIN trainings t ON t.id = i.training_id
         WHERE i.sha256 = file.sha256 AND t.state IN ('queued', 'running'))`,
    [batch],
  );
  return rows.map((row) => row.sha256);
}
