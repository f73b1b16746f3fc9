// Many images of a dataset changed at once, in one transaction that says how each was before: whoever sends that back has undone it.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database, Queries } from '../database/database.js';
import { isUniqueViolation } from '../database/databaseErrors.js';
import { holdImageFiles } from '../images/garbage.js';
import { touchDataset } from './datasetImages.js';
import { findDataset } from './datasets.js';
import { storedLabel } from './labelSets.js';
import { labelTextSchema, splitSchema } from './schemas.js';

/** Images of one call. */
export const maxChanges = 1_000;

/** For this long what was removed can be brought back. */
export const undoMinutes = 60;

export const imageChangeSchema = z
  .strictObject({
    id: z.int().positive(),
    label: labelTextSchema.optional(),
    split: splitSchema.optional(),
    splitGiven: z.boolean().optional().meta({ description: 'Absent: true where `split` is there' }),
    removed: z
      .boolean()
      .optional()
      .meta({ description: `true: out of the dataset. false: back in it, within ${undoMinutes} minutes` }),
  })
  .meta({ id: 'ImageChange', description: 'What is absent stays as it is' });
export type ImageChange = z.infer<typeof imageChangeSchema>;

const stateSchema = z
  .object({ id: z.int(), label: z.string(), split: splitSchema, splitGiven: z.boolean(), removed: z.boolean() })
  .meta({ id: 'ImageState' });
/** What an image was before, as a change that makes it so again. */
export type ImageState = z.infer<typeof stateSchema>;
export { stateSchema as imageStateSchema };

export interface ChangedImages {
  /** In the order of the changes, each image once. */
  readonly before: readonly ImageState[];
  readonly datasetId: number;
  /** Whether any came back. */
  readonly restored: boolean;
}

const columns =
  'id, dataset_id, sha256, dhash, group_key, label, split, split_given, split_settled, file_names, created_at';

/** Of an image that is there twice, what comes later counts. */
function mergeById(changes: readonly ImageChange[]): ImageChange[] {
  const merged = new Map<number, ImageChange>();
  for (const change of changes) merged.set(change.id, { ...merged.get(change.id), ...change });
  return [...merged.values()];
}

/**
 * All changes or none. Throws AppError `unknown_dataset`, `unknown_image`, `conflict` where an image would be
 * there under one label twice.
 */
export async function changeImages(
  database: Database,
  dataset: string,
  asked: readonly ImageChange[],
): Promise<ChangedImages> {
  const merged = mergeById(asked);
  return database.transaction(async (tx) => {
    // Of an image that is coming back, or going, the file stays.
    await holdImageFiles(tx);
    const row = await findDataset(tx, dataset, 'lock');
    const { id: datasetId } = row;
    const changes = merged.map(({ label, ...change }) => ({
      ...change,
      ...(label !== undefined && { label: storedLabel(row, label) }),
    }));
    const before = await readStates(tx, dataset, datasetId, changes);
    const isRemoved = new Map(before.map(({ id, removed }) => [id, removed]));
    const moved = (to: boolean): number[] =>
      changes.filter(({ id, removed }) => removed === to && isRemoved.get(id) !== to).map(({ id }) => id);
    try {
      await restore(tx, moved(false));
      if (row.task === 'multi-label') await assertOnce(tx, datasetId, moved(false));
      await update(tx, datasetId, changes);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      throw new AppError(
        'conflict',
        'One of these images is in the dataset under the same label already; delete one of the two. Nothing was changed.',
        { cause: error },
      );
    }
    await remove(tx, moved(true));
    await touchDataset(tx, dataset);
    return { before, datasetId, restored: moved(false).length > 0 };
  });
}

async function readStates(
  tx: Queries,
  dataset: string,
  datasetId: number,
  changes: readonly ImageChange[],
): Promise<ImageState[]> {
  const rows = await tx.query(
    stateSchema,
    `SELECT id, label, split, split_given AS "splitGiven", false AS removed FROM dataset_images WHERE dataset_id = $1 AND id = ANY ($2)
     UNION ALL
     SELECT id, label, split, split_given, true FROM removed_images WHERE dataset_id = $1 AND id = ANY ($2)`,
    [datasetId, changes.map(({ id }) => id)],
  );
  const states = new Map(rows.map((row) => [row.id, row]));
  const unknown = changes.filter(({ id }) => !states.has(id)).map(({ id }) => id);
  if (unknown.length > 0)
    throw new AppError(
      'unknown_image',
      `There is no image ${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''} in the dataset "${dataset}". Nothing was changed.`,
    );
  return changes.map(({ id }) => states.get(id)!);
}

async function restore(tx: Queries, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.run(
    `WITH back AS (DELETE FROM removed_images WHERE id = ANY ($1) RETURNING ${columns})
     INSERT INTO dataset_images (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM back`,
    [ids],
  );
}

/** Of a multi-label dataset: an image that came again since it was removed is there already. Throws AppError `conflict`. */
async function assertOnce(tx: Queries, datasetId: number, ids: readonly number[]): Promise<void> {
  const twice = await tx.query(
    z.object({ id: z.int() }),
    `SELECT i.id FROM dataset_images i WHERE i.dataset_id = $1 AND i.id = ANY ($2)
       AND EXISTS (SELECT FROM dataset_images o WHERE o.dataset_id = $1 AND o.sha256 = i.sha256 AND o.id <> i.id)`,
    [datasetId, ids],
  );
  if (twice.length > 0)
    throw new AppError('conflict', 'One of these images is in the dataset again already. Nothing was changed.');
}

async function remove(tx: Queries, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.run(
    `WITH gone AS (DELETE FROM dataset_images WHERE id = ANY ($1) RETURNING ${columns})
     INSERT INTO removed_images (${columns}) SELECT ${columns} FROM gone`,
    [ids],
  );
}

/** Empty where nothing is said: arrays of parameters hold no NULL, and no label is empty. */
const given = (value: string | boolean | undefined): string => (value === undefined ? '' : String(value));

async function update(tx: Queries, datasetId: number, changes: readonly ImageChange[]): Promise<void> {
  await tx.run(
    `UPDATE dataset_images AS i SET label = COALESCE(NULLIF(c.label, ''), i.label), split = COALESCE(NULLIF(c.split, ''), i.split),
       split_given = COALESCE(NULLIF(c.split_given, '')::boolean, i.split_given OR c.split <> '')
     FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) AS c (id, label, split, split_given)
     WHERE i.dataset_id = $1 AND i.id = c.id AND c.label || c.split || c.split_given <> ''`,
    [
      datasetId,
      changes.map(({ id }) => id),
      changes.map(({ label }) => given(label)),
      changes.map(({ split }) => given(split)),
      changes.map(({ splitGiven }) => given(splitGiven)),
    ],
  );
}

/** Removes for good what can no longer be brought back; gives the number. Its files go with the next garbage collection. */
export const forgetRemoved = (queries: Queries): Promise<number> =>
  queries.run('DELETE FROM removed_images WHERE removed_at < now() - make_interval(mins => $1)', [undoMinutes]);
