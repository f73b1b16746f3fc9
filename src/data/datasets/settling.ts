// The splits of a dataset as a training finds them: settled in the database when it begins, and in memory before it is accepted.
import { z } from 'zod';
import type { Queries } from '../database/database.js';
import { findDataset, type DatasetRow } from './datasets.js';
import { splitSchema, type Split } from './schemas.js';
import { settleSplits, type SplitMember } from './split.js';
import { settleLabelSets } from './splitLabelSets.js';
import { countClasses, type ClassCount } from './statistics.js';
import { present } from './versions/schemas.js';
import { presentRows, rowsOfState } from './versions/states.js';

const memberSchema = z.object({
  sha256: z.string(),
  groupKey: z.string(),
  label: z.string(),
  split: splitSchema,
  splitGiven: z.boolean(),
  splitSettled: z.boolean(),
});

/** `rows`: SQL of a state of the dataset, see rowsOfState. */
const readMembers = (queries: Queries, rows: string): Promise<SplitMember[]> =>
  queries.query(
    memberSchema,
    `SELECT sha256, group_key AS "groupKey", label, split, split_given AS "splitGiven", split_settled AS "splitSettled"
     FROM (${rows}) AS state ORDER BY label, id`,
  );

const settle = (dataset: DatasetRow, members: readonly SplitMember[]): Map<string, Split> =>
  dataset.task === 'multi-label' ? settleLabelSets(dataset, members) : settleSplits(dataset, members);

/** Gives the images of a dataset the splits that they keep. `tx` must hold the dataset's lock. */
export async function settleDataset(tx: Queries, dataset: DatasetRow): Promise<void> {
  const moves = await findMoves(tx, dataset, presentRows(dataset.id));
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

/** The split of each group of near duplicates that a training on a state of the dataset moves, by its key. `rows`: see rowsOfState. */
export const findMoves = async (queries: Queries, dataset: DatasetRow, rows: string): Promise<Map<string, Split>> =>
  settle(dataset, await readMembers(queries, rows));

/**
 * The classes as a training that began now would find them, on the dataset as it is or on a version of it, without the negatives. Changes nothing. Throws AppError
 * `unknown_dataset`, `unknown_dataset_version`.
 */
export async function countSettledClasses(
  queries: Queries,
  name: string,
  version: string = present,
): Promise<ClassCount[]> {
  const dataset = await findDataset(queries, name);
  const members = await readMembers(queries, await rowsOfState(queries, dataset.id, name, version));
  const moves = settle(dataset, members);
  return countClasses(
    members
      .filter(({ label }) => label !== dataset.negatives)
      .map(({ label, groupKey, split, splitGiven }) => ({
        label,
        split: splitGiven ? split : (moves.get(groupKey) ?? split),
      })),
    dataset.task,
  );
}
