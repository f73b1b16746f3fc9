// The labelled images of datasets: list, find, relabel, move, remove.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database, Parameter, Queries } from '../database/database.js';
import { isUniqueViolation } from '../database/databaseErrors.js';
import { findDataset } from './datasets.js';
import { datasetImageSchema, type DatasetImage, type Split } from './schemas.js';

/** Columns of datasetImageSchema, from dataset_images `i` joined with images `f`. */
export const imageColumns = `i.id, i.sha256, i.label, i.split, i.split_given AS "splitGiven", i.file_names AS "fileNames",
  f.width, f.height, f.bytes, f.format, i.created_at AS "createdAt"`;

export interface ImageFilter {
  readonly ids?: readonly number[] | undefined;
  readonly label?: string | undefined;
  readonly split?: Split | undefined;
  /** Only images with a greater id: the last id of the page before. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface ImagePage {
  readonly images: DatasetImage[];
  /** `after` of the next page; null on the last one. */
  readonly next: number | null;
}

export interface ImageChange {
  readonly label?: string | undefined;
  readonly split?: Split | undefined;
}

export class DatasetImages {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In order of arrival. Throws AppError `unknown_dataset`. */
  async list(dataset: string, { ids, label, split, after = 0, limit }: ImageFilter): Promise<ImagePage> {
    const { id } = await findDataset(this.#database, dataset);
    const found = await this.#database.query(
      datasetImageSchema,
      `SELECT ${imageColumns} FROM dataset_images i JOIN images f USING (sha256)
       WHERE i.dataset_id = $1 AND i.id > $2 AND ($3::text IS NULL OR i.label = $3) AND ($4::text IS NULL OR i.split = $4)
         AND ($5::bigint[] IS NULL OR i.id = ANY ($5))
       ORDER BY i.id LIMIT $6`,
      [id, after, label ?? null, split ?? null, ids ?? null, limit + 1],
    );
    const images = found.slice(0, limit);
    return { images, next: found.length > limit ? images.at(-1)!.id : null };
  }

  /** Throws AppError `unknown_dataset`, `unknown_image`. */
  async get(dataset: string, imageId: number): Promise<DatasetImage> {
    return getImage(this.#database, dataset, imageId);
  }

  /** Gives an image another label, another split or both. Throws AppError `unknown_dataset`, `unknown_image`, `conflict`. */
  async change(dataset: string, imageId: number, { label, split }: ImageChange): Promise<DatasetImage> {
    return this.#database.transaction(async (tx) => {
      await findDataset(tx, dataset, 'lock');
      await getImage(tx, dataset, imageId);
      await changeRow(tx, [imageId, label ?? null, split ?? null]);
      await touchDataset(tx, dataset);
      return getImage(tx, dataset, imageId);
    });
  }

  /** Gives the hash of the image, whose file stays (see collectImages). Throws AppError `unknown_dataset`, `unknown_image`. */
  async remove(dataset: string, imageId: number): Promise<string> {
    return this.#database.transaction(async (tx) => {
      const { id } = await findDataset(tx, dataset, 'lock');
      const [removed] = await tx.query(
        z.object({ sha256: z.string() }),
        'DELETE FROM dataset_images WHERE dataset_id = $1 AND id = $2 RETURNING sha256',
        [id, imageId],
      );
      if (!removed) unknownImage(dataset, imageId);
      await touchDataset(tx, dataset);
      return removed.sha256;
    });
  }
}

export async function touchDataset(tx: Queries, name: string): Promise<void> {
  await tx.run('UPDATE datasets SET changed_at = now() WHERE name = $1', [name]);
}

async function changeRow(tx: Queries, parameters: readonly Parameter[]): Promise<void> {
  try {
    await tx.run(
      `UPDATE dataset_images SET label = COALESCE($2, label), split = COALESCE($3, split), split_given = split_given OR $3 IS NOT NULL
       WHERE id = $1`,
      parameters,
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AppError(
      'conflict',
      'The same image is in the dataset under that label already; delete one of the two.',
      { cause: error },
    );
  }
}

async function getImage(queries: Queries, dataset: string, imageId: number): Promise<DatasetImage> {
  const { id } = await findDataset(queries, dataset);
  const [image] = await queries.query(
    datasetImageSchema,
    `SELECT ${imageColumns} FROM dataset_images i JOIN images f USING (sha256) WHERE i.dataset_id = $1 AND i.id = $2`,
    [id, imageId],
  );
  return image ?? unknownImage(dataset, imageId);
}

function unknownImage(dataset: string, imageId: number): never {
  throw new AppError('unknown_image', `There is no image ${imageId} in the dataset "${dataset}".`);
}
