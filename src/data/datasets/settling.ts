// The splits of a dataset as a training finds them: settled in the database when it begins, and in memory before it is accepted.
import { z } from 'zod';
import type { Queries } from '../database/database.js';
import { findDataset, type DatasetRow } from './datasets.js';
import { splitSchema } from './schemas.js';
import { settleSplits, type SplitMember } from './split.js';
import { countClasses, type ClassCount } from './statistics.js';

const memberSchema = z.object({
  sha256: z.string(),
  groupKey: z.string(),
  label: z.string(),
  split: splitSchema,
  splitGiven: z.boolean(),
  splitSettled: z.boolean(),
});

const readMembers = (queries: Queries, datasetId: number): Promise<SplitMember[]> =>
  queries.query(
    memberSchema,
    `SELECT sha256, group_key AS "groupKey", label, split, split_given AS "splitGiven", split_settled AS "splitSettled"
     FROM dataset_images WHERE dataset_id = $1 ORDER BY label, id`,
    [datasetId],
  );

/** Gives the images of a dataset the splits that they keep. `tx` must hold the dataset's lock. */
export async function settleDataset(tx: Queries, dataset: DatasetRow): Promise<void> {
  const moves = settleSplits(dataset, await readMembers(tx, dataset.id));
  // In one statement: one for each group would read the whole dataset for each of many small classes.
  if (moves.size > 0)
    await tx.run(
      `UPDATE dataset_images AS i SET split = moved.split FROM unnest($2::text[], $3::text[]) AS moved (group_key, split)
       WHERE i.dataset_id = $1 AND i.group_key = moved.group_key AND NOT i.split_given`,
      [dataset.id, [...moves.keys()], [...moves.values()]],
    );
  await tx.run('UPDATE dataset_images SET split_settled = true WHERE dataset_id = $1 AND NOT split_settled', [
    dataset.id,
  ]);
}

/** The classes as a training that began now would find them, without the negatives. Changes nothing. Throws AppError `unknown_dataset`. */
export async function countSettledClasses(queries: Queries, name: string): Promise<ClassCount[]> {
  const dataset = await findDataset(queries, name);
  const members = await readMembers(queries, dataset.id);
  const moves = settleSplits(dataset, members);
  return countClasses(
    members
      .filter(({ label }) => label !== dataset.negatives)
      .map(({ label, groupKey, split, splitGiven }) => ({
        label,
        split: splitGiven ? split : (moves.get(groupKey) ?? split),
      })),
  );
}
