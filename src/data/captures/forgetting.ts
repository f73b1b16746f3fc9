// What was captured is forgotten: of one request wherever it has gone, or of one classifier.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import { takeOutOfVersions } from '../datasets/versions/states.js';
import type { ImageStore } from '../images/imageStore.js';
import { lockReviewQueue } from '../review.js';
import { enqueueReviewQueue } from '../webhooks/events.js';

export const forgottenSchema = z
  .object({
    captures: z.int().meta({ description: 'Images that were kept, each once for every classifier that kept it' }),
    imagesRemoved: z.int().meta({ description: 'Files that are gone' }),
    imagesInUse: z.int().meta({
      description:
        'Files that stay, because something else refers to them: another request, a dataset that had the image already, a training that runs',
    }),
    datasets: z
      .array(z.object({ dataset: z.string(), images: z.int() }).meta({ id: 'ForgottenInDataset' }))
      .meta({ description: 'That had taken images, and have lost them now' }),
  })
  .meta({ id: 'ForgottenCaptures' });
export type Forgotten = z.output<typeof forgottenSchema>;

export interface ForgettingDeps {
  readonly database: Database;
  readonly images: Pick<ImageStore, 'has'>;
  /** Removes those images that nothing refers to any more. */
  readonly collectImages: (sha256s: readonly string[]) => Promise<void>;
}

const goneSchema = z.object({ sha256: z.string(), imageId: z.int().nullable(), added: z.boolean().nullable() });
type Gone = z.output<typeof goneSchema>;
const goneColumns = 'sha256, dataset_image_id AS "imageId", dataset_image_added AS added';

/** Everything of one request, in datasets and their versions too; what another process has still to write down of it is not kept either. */
export async function forgetRequest(deps: ForgettingDeps, requestId: string): Promise<Forgotten> {
  const work = async (tx: Queries): Promise<Gone[]> => {
    await tx.run(
      'INSERT INTO forgotten_requests (request_id) VALUES ($1) ON CONFLICT (request_id) DO UPDATE SET forgotten_at = now()',
      [requestId],
    );
    return tx.query(goneSchema, `DELETE FROM captures WHERE request_id = $1 RETURNING ${goneColumns}`, [requestId]);
  };
  return forget(deps, work);
}

/**
 * Ends the rule of a classifier, if it has one, and forgets what it kept: what waits, and with `fromDatasets` what was accepted too.
 */
export function forgetClassifier(
  deps: ForgettingDeps,
  classifier: string,
  { fromDatasets }: { readonly fromDatasets: boolean },
): Promise<Forgotten> {
  const work = async (tx: Queries): Promise<Gone[]> => {
    await tx.run('DELETE FROM capture_rules WHERE classifier = $1', [classifier]);
    return tx.query(
      goneSchema,
      `DELETE FROM captures WHERE classifier = $1 AND (state = 'new' OR $2) RETURNING ${goneColumns}`,
      [classifier, fromDatasets],
    );
  };
  return forget(deps, work);
}

async function forget(
  { database, images, collectImages }: ForgettingDeps,
  work: (tx: Queries) => Promise<Gone[]>,
): Promise<Forgotten> {
  const { gone, datasets } = await database.transaction(async (tx) => {
    await lockReviewQueue(tx);
    const gone = await work(tx);
    await enqueueReviewQueue(tx);
    return { gone, datasets: await removeFromDatasets(tx, gone) };
  });
  const sha256s = [...new Set(gone.map(({ sha256 }) => sha256))];
  await collectImages(sha256s);
  const stay = (await Promise.all(sha256s.map((sha256) => images.has(sha256)))).filter((has) => has).length;
  return { captures: gone.length, imagesRemoved: sha256s.length - stay, imagesInUse: stay, datasets };
}

const lostSchema = z.object({ dataset: z.string(), images: z.int() });

/** An image that other accepted captures refer to stays because of them; one that a dataset had before stays, too. */
async function removeFromDatasets(tx: Queries, gone: readonly Gone[]): Promise<Forgotten['datasets']> {
  const added = gone.flatMap(({ imageId, added: isAdded }) => (imageId !== null && isAdded === true ? [imageId] : []));
  if (added.length === 0) return [];
  const inherited = await tx.query(
    z.object({ imageId: z.int() }),
    `UPDATE captures SET dataset_image_added = true WHERE dataset_image_id = ANY ($1) RETURNING dataset_image_id AS "imageId"`,
    [added],
  );
  const staying = new Set(inherited.map(({ imageId }) => imageId));
  const leaving = added.filter((id) => !staying.has(id));
  // As changes of one dataset do, in one order: none waits for another that waits for it.
  await tx.run(
    `SELECT FROM datasets WHERE id IN (SELECT dataset_id FROM dataset_images WHERE id = ANY ($1)) ORDER BY id FOR UPDATE`,
    [leaving],
  );
  await tx.run(takeOutOfVersions('id = ANY ($1)'), [leaving]);
  return tx.query(
    lostSchema,
    `WITH lost AS (
       DELETE FROM dataset_images WHERE id = ANY ($1) RETURNING dataset_id
     ), undoable AS (
       DELETE FROM removed_images WHERE id = ANY ($1) RETURNING dataset_id
     ), counted AS (
       SELECT dataset_id, count(*)::int AS images FROM (SELECT * FROM lost UNION ALL SELECT * FROM undoable) AS every
       GROUP BY dataset_id
     ), changed AS (
       UPDATE datasets SET changed_at = now() WHERE id IN (SELECT dataset_id FROM counted)
     )
     SELECT d.name AS dataset, images FROM counted JOIN datasets d ON d.id = dataset_id ORDER BY d.name`,
    [leaving],
  );
}
