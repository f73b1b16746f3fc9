// Where the images of a state of a dataset are: in the dataset itself, or in one of its versions.
import { z } from 'zod';
import { AppError } from '../../../errors.js';
import type { Queries } from '../../database/database.js';
import { present } from './schemas.js';

/** What a row of dataset_images and one of dataset_version_images both have. */
export const imageColumns =
  'id, sha256, dhash, group_key, label, split, split_given, split_settled, file_names, created_at';

/** The id of a version. Throws AppError `unknown_dataset_version`. */
export async function findVersion(queries: Queries, datasetId: number, dataset: string, name: string): Promise<number> {
  const [row] = await queries.query(
    z.object({ id: z.int() }),
    'SELECT id FROM dataset_versions WHERE dataset_id = $1 AND name = $2',
    [datasetId, name],
  );
  if (row === undefined)
    throw new AppError('unknown_dataset_version', `The dataset "${dataset}" has no version "${name}".`);
  return row.id;
}

/** SQL of the rows that a dataset has now. */
export const presentRows = (datasetId: number): string =>
  `SELECT ${imageColumns} FROM dataset_images WHERE dataset_id = ${datasetId}`;

/** SQL of the rows of a state, `present` or a version by its name. Its only value is a number of ours. Throws AppError `unknown_dataset_version`. */
export async function rowsOfState(
  queries: Queries,
  datasetId: number,
  dataset: string,
  state: string,
): Promise<string> {
  if (state === present) return presentRows(datasetId);
  const id = await findVersion(queries, datasetId, dataset, state);
  return `SELECT ${imageColumns} FROM dataset_version_images WHERE version_id = ${id}`;
}

/** SQL that takes the images which meet `condition` out of versions of datasets, for good: those versions count them as gone. */
export const takeOutOfVersions = (condition: string): string =>
  `WITH gone AS (DELETE FROM dataset_version_images WHERE ${condition} RETURNING version_id)
   UPDATE dataset_versions v SET gone = gone + lost.count
   FROM (SELECT version_id, count(*)::int AS count FROM gone GROUP BY version_id) AS lost
   WHERE v.id = lost.version_id`;
