// States of a dataset that have a name: named, listed, compared, brought back, forgotten. Their images keep their files.
import { z } from 'zod';
import { AppError } from '../../../errors.js';
import type { Database, Queries } from '../../database/database.js';
import { isUniqueViolation } from '../../database/databaseErrors.js';
import { holdImageFiles } from '../../images/garbage.js';
import { touchDataset } from '../datasetImages.js';
import { findDataset } from '../datasets.js';
import { countDifferences, listDifferences, type DifferencePage } from './difference.js';
import {
  datasetVersionSchema,
  type DatasetVersion,
  type Difference,
  type DifferenceCounts,
  type NewDatasetVersion,
} from './schemas.js';
import { findVersion, imageColumns, presentRows, rowsOfState, takeOutOfVersions } from './states.js';

/** Of one dataset. */
const maxVersions = 100;

const columns = `v.name, v.training_id AS training, v.gone, v.created_at AS "createdAt",
  (SELECT count(*) FROM dataset_version_images i WHERE i.version_id = v.id) AS images,
  (SELECT count(DISTINCT label) FROM dataset_version_images i WHERE i.version_id = v.id) AS classes`;

const hashSchema = z.object({ sha256: z.string() });
const hashesOf = (rows: ReadonlyArray<z.infer<typeof hashSchema>>): string[] => rows.map(({ sha256 }) => sha256);

export interface ComparedStates extends DifferencePage {
  readonly counts: DifferenceCounts;
}

export interface Restored {
  /** From the dataset as it was to the version. */
  readonly counts: DifferenceCounts;
  readonly datasetId: number;
}

export class DatasetVersions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Throws AppError `unknown_dataset`, `unknown_training` for one that was not of this dataset or whose images are no longer known,
   * `conflict` when there is one of that name, there are too many, or nothing is in it.
   */
  create(dataset: string, version: NewDatasetVersion): Promise<DatasetVersion> {
    return this.#database.transaction(async (tx) => {
      await holdImageFiles(tx);
      const { id } = await findDataset(tx, dataset, 'lock');
      return create(tx, id, dataset, version);
    });
  }

  /** The newest first. Throws AppError `unknown_dataset`. */
  async list(dataset: string): Promise<DatasetVersion[]> {
    const { id } = await findDataset(this.#database, dataset);
    return this.#database.query(
      datasetVersionSchema,
      `SELECT ${columns} FROM dataset_versions v WHERE dataset_id = $1 ORDER BY v.id DESC`,
      [id],
    );
  }

  /** A page of what is different, with the counts of all. Throws AppError `unknown_dataset`, `unknown_dataset_version`. */
  compare(
    dataset: string,
    [from, to]: readonly [from: string, to: string],
    page: { readonly change?: Difference | undefined; readonly after: number; readonly limit: number },
  ): Promise<ComparedStates> {
    return this.#database.transaction(async (tx) => {
      const { id } = await findDataset(tx, dataset);
      const first = await rowsOfState(tx, id, dataset, from);
      const second = await rowsOfState(tx, id, dataset, to);
      const counts = await countDifferences(tx, first, second);
      return { counts, ...(await listDifferences(tx, [first, second], page)) };
    });
  }

  /**
   * Makes the dataset what the version is, all of it or nothing; `keepAs` names what it was before. What is not in the version is removed
   * as by imageChanges.ts. Throws AppError `unknown_dataset`, `unknown_dataset_version`, and of `keepAs` as create.
   */
  restore(dataset: string, version: string, keepAs?: string): Promise<Restored> {
    return this.#database.transaction(async (tx) => {
      await holdImageFiles(tx);
      const { id: datasetId } = await findDataset(tx, dataset, 'lock');
      const wanted = await rowsOfState(tx, datasetId, dataset, version);
      const counts = await countDifferences(tx, presentRows(datasetId), wanted);
      if (keepAs !== undefined) await create(tx, datasetId, dataset, { name: keepAs });
      await restoreRows(tx, datasetId, wanted);
      await touchDataset(tx, dataset);
      return { counts, datasetId };
    });
  }

  /** Gives the hashes of its images, whose files stay (see collectImages). Throws AppError `unknown_dataset`, `unknown_dataset_version`. */
  remove(dataset: string, version: string): Promise<string[]> {
    return this.#database.transaction(async (tx) => {
      const { id: datasetId } = await findDataset(tx, dataset, 'lock');
      const id = await findVersion(tx, datasetId, dataset, version);
      const sql = 'SELECT DISTINCT sha256 FROM dataset_version_images WHERE version_id = $1';
      const images = await tx.query(hashSchema, sql, [id]);
      await tx.run('DELETE FROM dataset_versions WHERE id = $1', [id]);
      return hashesOf(images);
    });
  }

  /**
   * Deletes an image for good, under whatever label: from the dataset, from what can be brought back to it, and from all of its versions.
   * `imageId`: in any of these. Gives its hash, whose file stays (see collectImages). Throws AppError `unknown_dataset`, `unknown_image`.
   */
  removeImage(dataset: string, imageId: number): Promise<string> {
    return this.#database.transaction(async (tx) => {
      const { id } = await findDataset(tx, dataset, 'lock');
      const ofDataset = 'version_id IN (SELECT id FROM dataset_versions WHERE dataset_id = $1)';
      const [found] = await tx.query(
        hashSchema,
        `SELECT sha256 FROM dataset_images WHERE dataset_id = $1 AND id = $2
         UNION SELECT sha256 FROM removed_images WHERE dataset_id = $1 AND id = $2
         UNION SELECT sha256 FROM dataset_version_images WHERE ${ofDataset} AND id = $2`,
        [id, imageId],
      );
      if (found === undefined)
        throw new AppError(
          'unknown_image',
          `There is no image ${imageId} in the dataset "${dataset}" or its versions.`,
        );
      const { sha256 } = found;
      await tx.run(takeOutOfVersions(`${ofDataset} AND sha256 = $2`), [id, sha256]);
      for (const table of ['dataset_images', 'removed_images'])
        await tx.run(`DELETE FROM ${table} WHERE dataset_id = $1 AND sha256 = $2`, [id, sha256]);
      await touchDataset(tx, dataset);
      return sha256;
    });
  }
}

/** In a transaction that holds image files and has the dataset locked. */
async function create(
  tx: Queries,
  datasetId: number,
  dataset: string,
  { name, training }: NewDatasetVersion,
): Promise<DatasetVersion> {
  const id = await insertVersion(tx, datasetId, dataset, { name, training });
  if (training === undefined) await copyPresent(tx, datasetId, id);
  else await copyTraining(tx, id, dataset, training);
  const [version] = await tx.query(datasetVersionSchema, `SELECT ${columns} FROM dataset_versions v WHERE id = $1`, [
    id,
  ]);
  if (version!.images > 0) return version!;
  throw new AppError('conflict', `The dataset "${dataset}" has no images to keep.`);
}

async function insertVersion(
  tx: Queries,
  datasetId: number,
  dataset: string,
  { name, training }: NewDatasetVersion,
): Promise<number> {
  const [row] = await tx.query(
    z.object({ count: z.int() }),
    'SELECT count(*)::int AS count FROM dataset_versions WHERE dataset_id = $1',
    [datasetId],
  );
  if (row!.count >= maxVersions)
    throw new AppError(
      'conflict',
      `The dataset "${dataset}" has ${row!.count} versions, the most there may be: delete one first.`,
    );
  try {
    const [added] = await tx.query(
      z.object({ id: z.int() }),
      'INSERT INTO dataset_versions (dataset_id, name, training_id) VALUES ($1, $2, $3) RETURNING id',
      [datasetId, name, training ?? null],
    );
    return added!.id;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AppError('conflict', `The dataset "${dataset}" has a version "${name}" already: choose another name.`, {
      cause: error,
    });
  }
}

async function copyPresent(tx: Queries, datasetId: number, versionId: number): Promise<void> {
  await tx.run(
    `INSERT INTO dataset_version_images (version_id, ${imageColumns})
     SELECT $2::bigint, ${imageColumns} FROM dataset_images WHERE dataset_id = $1`,
    [datasetId, versionId],
  );
}

/** Names and dates of images that the dataset no longer has are lost; those whose files are gone count as gone. */
async function copyTraining(tx: Queries, versionId: number, dataset: string, training: string): Promise<void> {
  const copied = await tx.run(
    `INSERT INTO dataset_version_images (version_id, ${imageColumns})
     SELECT $1::bigint, t.image_id, t.sha256, f.dhash, t.group_key, t.label, t.split,
       COALESCE(d.split_given, r.split_given, false), true, COALESCE(d.file_names, r.file_names, '{}'),
       COALESCE(d.created_at, r.created_at, f.created_at)
     FROM training_images t JOIN trainings ON trainings.id = t.training_id AND trainings.dataset = $3
       JOIN images f ON f.sha256 = t.sha256
       LEFT JOIN dataset_images d ON d.id = t.image_id LEFT JOIN removed_images r ON r.id = t.image_id
     WHERE t.training_id = $2`,
    [versionId, training, dataset],
  );
  if (copied === 0)
    throw new AppError(
      'unknown_training',
      `There is no training ${training} on the dataset "${dataset}" whose images are still known.`,
    );
  await tx.run(
    `UPDATE dataset_versions SET gone = (SELECT count(*) FROM training_images WHERE training_id = $2)::int - $3::int
     WHERE id = $1`,
    [versionId, training, copied],
  );
}

/** `wanted`: SQL of the rows that the dataset is to have. */
async function restoreRows(tx: Queries, datasetId: number, wanted: string): Promise<void> {
  await tx.run(
    `WITH wanted AS (${wanted}), left_out AS (
       DELETE FROM dataset_images WHERE dataset_id = $1 AND id NOT IN (SELECT id FROM wanted)
       RETURNING dataset_id, ${imageColumns})
     INSERT INTO removed_images (dataset_id, ${imageColumns}) SELECT * FROM left_out`,
    [datasetId],
  );
  await tx.run(`DELETE FROM removed_images WHERE dataset_id = $1 AND id IN (SELECT id FROM (${wanted}) AS wanted)`, [
    datasetId,
  ]);
  // Taken out before they come back: under their labels of then, two of one image may be in each other's way.
  await tx.run(
    `DELETE FROM dataset_images i USING (${wanted}) AS w
     WHERE i.dataset_id = $1 AND i.id = w.id
       AND (i.label, i.split, i.split_given, i.group_key) IS DISTINCT FROM (w.label, w.split, w.split_given, w.group_key)`,
    [datasetId],
  );
  await tx.run(
    `INSERT INTO dataset_images (dataset_id, ${imageColumns}) OVERRIDING SYSTEM VALUE
     SELECT $1::bigint, w.id, w.sha256, w.dhash, w.group_key, w.label, w.split, w.split_given,
       -- A version may have learnt from it since, or been measured on it.
       w.split_settled OR EXISTS (SELECT FROM training_images t WHERE t.image_id = w.id), w.file_names, w.created_at
     FROM (${wanted}) AS w WHERE NOT EXISTS (SELECT FROM dataset_images i WHERE i.id = w.id)`,
    [datasetId],
  );
}
