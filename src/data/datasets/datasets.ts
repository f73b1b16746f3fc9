// The catalogue of datasets: create, find, list, delete. Their images are in datasetImages.ts.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database, Queries } from '../database/database.js';
import { labelArray } from './labelSets.js';
import { datasetOptionsSchema, datasetSchema, taskSchema, type Dataset, type DatasetOptions } from './schemas.js';

const columns = `d.name, d.task, d.split_seed AS "splitSeed", d.validation_share AS "validationShare", d.test_share AS "testShare", d.negatives,
  d.created_at AS "createdAt", d.changed_at AS "changedAt",
  (SELECT count(*) FROM dataset_images i WHERE i.dataset_id = d.id) AS images,
  (SELECT count(DISTINCT own.label) FROM dataset_images i, unnest(${labelArray('d.task', 'i.label')}) AS own (label)
   WHERE i.dataset_id = d.id AND i.label IS DISTINCT FROM d.negatives) AS classes`;

export class Datasets {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Makes the dataset, or changes its options; without any, an existing one stays as it is. Images that are there keep
   * their split: options hold for images added later. Throws AppError `conflict` when it is there with another task.
   */
  async put(name: string, options?: DatasetOptions): Promise<{ created: boolean; dataset: Dataset }> {
    const { splitSeed, validationShare, testShare, task } = options ?? datasetOptionsSchema.parse({});
    const [row] = await this.#database.query(
      z.object({ created: z.boolean() }),
      `INSERT INTO datasets AS d (name, split_seed, validation_share, test_share, task) VALUES ($1, $2, $3, $4, COALESCE($6, 'single-label'))
       ON CONFLICT (name) DO UPDATE SET split_seed = $2, validation_share = $3, test_share = $4
         WHERE $5 AND d.task = COALESCE($6, d.task)
       RETURNING xmax = 0 AS created`,
      [name, splitSeed, validationShare, testShare, options !== undefined, task ?? null],
    );
    const dataset = await this.get(name);
    if (task !== undefined && dataset.task !== task)
      throw new AppError(
        'conflict',
        `The dataset "${name}" is ${dataset.task}, which cannot be changed; make another.`,
      );
    return { created: row?.created ?? false, dataset };
  }

  /** Has the images of this label count as those of none of the classes; null: none do. Throws AppError `unknown_dataset`, `conflict`. */
  async setNegatives(name: string, label: string | null): Promise<Dataset> {
    const { id, task } = await findDataset(this.#database, name);
    if (task === 'multi-label' && label !== null)
      throw new AppError('conflict', `The dataset "${name}" is multi-label, where no label is of none of the classes.`);
    await this.#database.run('UPDATE datasets SET negatives = $2, changed_at = now() WHERE id = $1', [id, label]);
    return this.get(name);
  }

  /** Throws AppError `unknown_dataset`. */
  async get(name: string): Promise<Dataset> {
    const [dataset] = await this.#database.query(datasetSchema, `SELECT ${columns} FROM datasets d WHERE d.name = $1`, [
      name,
    ]);
    return dataset ?? unknownDataset(name);
  }

  /** By name. */
  list(): Promise<Dataset[]> {
    return this.#database.query(datasetSchema, `SELECT ${columns} FROM datasets d ORDER BY d.name`);
  }

  /** Gives the hashes of its images and those of its versions, whose files stay (see collectImages). Throws AppError `unknown_dataset`. */
  async remove(name: string): Promise<string[]> {
    return this.#database.transaction(async (tx) => {
      const { id } = await findDataset(tx, name, 'lock');
      const images = await tx.query(
        z.object({ sha256: z.string() }),
        `SELECT sha256 FROM dataset_images WHERE dataset_id = $1
         UNION SELECT sha256 FROM removed_images WHERE dataset_id = $1
         UNION SELECT i.sha256 FROM dataset_version_images i JOIN dataset_versions v ON v.id = i.version_id
         WHERE v.dataset_id = $1`,
        [id],
      );
      await tx.run('DELETE FROM datasets WHERE id = $1', [id]);
      return images.map(({ sha256 }) => sha256);
    });
  }
}

const datasetRowSchema = z.object({
  id: z.int(),
  name: z.string(),
  task: taskSchema,
  splitSeed: z.int(),
  validationShare: z.number(),
  testShare: z.number(),
  negatives: z.string().nullable(),
});
export type DatasetRow = z.infer<typeof datasetRowSchema>;

/**
 * A dataset's row; with `lock`, held until the transaction ends, so that additions and changes of one dataset follow one
 * another. Throws AppError `unknown_dataset`.
 */
export async function findDataset(queries: Queries, name: string, lock: 'lock' | 'free' = 'free'): Promise<DatasetRow> {
  const [row] = await queries.query(
    datasetRowSchema,
    `SELECT id, name, task, split_seed AS "splitSeed", validation_share AS "validationShare", test_share AS "testShare", negatives
     FROM datasets WHERE name = $1 ${lock === 'lock' ? 'FOR UPDATE' : ''}`,
    [name],
  );
  return row ?? unknownDataset(name);
}

export function unknownDataset(name: string): never {
  throw new AppError(
    'unknown_dataset',
    `There is no dataset "${name}". Create it with PUT /v1/admin/datasets/${name}.`,
  );
}
