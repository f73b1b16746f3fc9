// The images of a training, frozen when it begins: what happens to the dataset afterwards does not reach it.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import type { TrainingClaim } from '../trainings/trainingClaim.js';
import { findDataset } from './datasets.js';
import { snapshotItemSchema, type SnapshotItem } from './schemas.js';
import { findMoves, settleDataset } from './settling.js';
import { presentRows, rowsOfState } from './versions/states.js';

/**
 * Freezes `dataset`, or the version of it that is named, for the claimed training; a second call gives the same images again, changed dataset or not. Before the first,
 * images that no training has used yet get their final split (see settleSplits).
 * Items are in order of their hashes: the same images make the same snapshot, whenever they came. The same image may come twice, under two labels. A version stays as it is: splits that
 * it has not settled are settled in the snapshot alone. Throws AppError `unknown_dataset`, `unknown_dataset_version`, LostClaimError.
 */
export async function takeSnapshot(
  database: Database,
  claim: TrainingClaim,
  dataset: string,
  version?: string,
): Promise<SnapshotItem[]> {
  const { id: trainingId } = claim.training;
  const taken = await readSnapshot(database, trainingId);
  if (taken.length > 0) return taken;
  return claim.transaction(async (tx) => {
    const row = await findDataset(tx, dataset, 'lock');
    if (version === undefined) await settleDataset(tx, row);
    const rows = version === undefined ? presentRows(row.id) : await rowsOfState(tx, row.id, dataset, version);
    const moves = await findMoves(tx, row, rows);
    await tx.run(
      `INSERT INTO training_images (training_id, position, image_id, sha256, label, split, group_key, negative)
       SELECT $1, row_number() OVER (ORDER BY sha256, label COLLATE "C") - 1, id, sha256, label,
         CASE WHEN split_given THEN state.split ELSE COALESCE(moved.split, state.split) END, state.group_key, label IS NOT DISTINCT FROM $4
       FROM (${rows}) AS state LEFT JOIN unnest($2::text[], $3::text[]) AS moved (group_key, split) USING (group_key)
       ON CONFLICT DO NOTHING`,
      [trainingId, [...moves.keys()], [...moves.values()], row.negatives],
    );
    await tx.run('UPDATE trainings SET dataset_changes = (SELECT changes FROM datasets WHERE id = $2) WHERE id = $1', [
      trainingId,
      row.id,
    ]);
    return readSnapshot(tx, trainingId);
  });
}

/** Empty when none was taken. */
export function readSnapshot(queries: Queries, trainingId: string): Promise<SnapshotItem[]> {
  return queries.query(
    snapshotItemSchema,
    'SELECT image_id AS "imageId", sha256, label, split, group_key AS "groupKey", negative FROM training_images WHERE training_id = $1 ORDER BY position',
    [trainingId],
  );
}

/** The images of a dataset as they are now, in the order of a snapshot. */
export function listLabelled(queries: Queries, datasetId: number): Promise<SnapshotItem[]> {
  return queries.query(
    snapshotItemSchema,
    `SELECT i.id AS "imageId", sha256, label, split, group_key AS "groupKey", label IS NOT DISTINCT FROM negatives AS negative
     FROM dataset_images i JOIN datasets d ON d.id = dataset_id WHERE dataset_id = $1 ORDER BY sha256, label COLLATE "C"`,
    [datasetId],
  );
}

/** The first file name that each dataset image came under, by its id; images without a name, or deleted since, are missing. */
export async function readFileNames(queries: Queries, imageIds: readonly number[]): Promise<Map<number, string>> {
  if (imageIds.length === 0) return new Map();
  const rows = await queries.query(
    z.object({ id: z.int(), fileName: z.string() }),
    'SELECT id, file_names[1] AS "fileName" FROM dataset_images WHERE id = ANY ($1::bigint[]) AND file_names[1] IS NOT NULL',
    [imageIds],
  );
  return new Map(rows.map(({ id, fileName }) => [id, fileName]));
}
