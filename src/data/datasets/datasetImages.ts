// The labelled images of datasets: list, find, relabel, move, remove.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database, Parameter, Queries } from '../database/database.js';
import { isUniqueViolation } from '../database/databaseErrors.js';
import { findDataset, type DatasetRow } from './datasets.js';
import { labelArray, storedLabel, storedLabels } from './labelSets.js';
import { datasetImageSchema, type DatasetImage, type Split } from './schemas.js';

/** Columns of datasetImageSchema, from dataset_images `i` joined with images `f`. */
export const imageColumns = `i.id, i.sha256, i.label,
  ${labelArray('(SELECT task FROM datasets d WHERE d.id = i.dataset_id)', 'i.label')} AS labels, i.split, i.split_given AS "splitGiven", i.group_key AS "group",
  i.file_names AS "fileNames", f.width, f.height, f.bytes, f.format, f.attribution, i.created_at AS "createdAt"`;

export interface ImageFilter {
  readonly ids?: readonly number[] | undefined;
  readonly label?: string | undefined;
  readonly split?: Split | undefined;
  /** Part of a name that the image was uploaded under, in upper or lower case. */
  readonly fileName?: string | undefined;
  /** Id of an image; only those that look the same, itself included. */
  readonly similarTo?: number | undefined;
  /** Only images with others that look the same. */
  readonly duplicates?: boolean | undefined;
  /** Only images that are there under several labels. */
  readonly conflicts?: boolean | undefined;
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface ImagePage {
  readonly images: DatasetImage[];
  /** `after` of the next page; null on the last one. */
  readonly next: number | null;
}

/** What a version says of the images, and what to make of it. */
export interface PredictedFilter extends ImageFilter {
  /** See openPredictionSet. */
  readonly setId: number;
  readonly predicted?: string | undefined;
  readonly mistakes?: boolean | undefined;
  readonly minProbability?: number | undefined;
  readonly maxProbability?: number | undefined;
  /** doubt: the images whose labels the version doubts most come first. */
  readonly order: 'arrival' | 'doubt';
}

const predictedImageSchema = datasetImageSchema.extend({
  predicted: z.string().nullable(),
  probability: z.number().nullable(),
});
/** Both null: the image cannot be decoded, or has arrived since the predictions were made. */
export type PredictedImage = z.infer<typeof predictedImageSchema>;

export interface PredictedPage {
  readonly images: PredictedImage[];
  readonly next: number | null;
}

export interface ImageChange {
  readonly label?: string | undefined;
  /** Goes before `label`. */
  readonly labels?: readonly string[] | undefined;
  readonly split?: Split | undefined;
}

export class DatasetImages {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In order of arrival. Throws AppError `unknown_dataset`. */
  list(dataset: string, filter: ImageFilter): Promise<ImagePage> {
    return this.#page(datasetImageSchema, dataset, filter);
  }

  /** With what a version says of them. Throws AppError `unknown_dataset`. */
  listPredicted(dataset: string, filter: PredictedFilter): Promise<PredictedPage> {
    return this.#page(predictedImageSchema, dataset, filter);
  }

  /** Images that match, whatever page they are on. Throws AppError `unknown_dataset`. */
  async count(dataset: string, filter: ImageFilter | PredictedFilter): Promise<number> {
    const { from, where } = sourceOf(await findDataset(this.#database, dataset), filter);
    const sql = `SELECT count(*) AS count FROM ${from} WHERE ${where.sql}`;
    const [row] = await this.#database.query(z.object({ count: z.int() }), sql, where.values);
    return row!.count;
  }

  async #page<T extends object>(
    schema: z.ZodType<T>,
    dataset: string,
    filter: ImageFilter | PredictedFilter,
  ): Promise<{ images: T[]; next: number | null }> {
    const { from, where, columns, rank } = sourceOf(await findDataset(this.#database, dataset), filter);
    const { after = 0, limit } = filter;
    where.add(`${rank} > ${where.value(after)}`);
    // One more than the page has, if there is one more.
    const rows = await this.#database.query(
      z.intersection(schema, z.object({ rank: z.int() })),
      // The page is found before its files are looked up: joined first, all of the dataset would be.
      `SELECT ${imageColumns}${columns}, rank FROM (
         SELECT i.*${columns}, ${rank} AS rank FROM ${from} WHERE ${where.sql} ORDER BY rank LIMIT ${where.value(limit + 1)}
       ) AS i JOIN images f USING (sha256) ORDER BY rank`,
      where.values,
    );
    const images = rows.slice(0, limit);
    return { images, next: rows.length > limit ? images.at(-1)!.rank : null };
  }

  /** Throws AppError `unknown_dataset`, `unknown_image`. */
  async get(dataset: string, imageId: number): Promise<DatasetImage> {
    return getImage(this.#database, dataset, imageId);
  }

  /** Gives an image another label, another split or both. Throws AppError `unknown_dataset`, `unknown_image`, `conflict`. */
  async change(dataset: string, imageId: number, { label, labels, split }: ImageChange): Promise<DatasetImage> {
    return this.#database.transaction(async (tx) => {
      const row = await findDataset(tx, dataset, 'lock');
      await getImage(tx, dataset, imageId);
      const given = labels ? storedLabels(row, labels) : label === undefined ? null : storedLabel(row, label);
      await changeRow(tx, [imageId, given, split ?? null]);
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

/** Conditions of a query, with the values of its parameters. */
class Conditions {
  readonly values: Parameter[] = [];
  readonly #conditions: string[] = [];

  get sql(): string {
    return this.#conditions.join(' AND ');
  }

  /** Its place in the text of the query. */
  value(value: Parameter): string {
    return `$${this.values.push(value)}`;
  }

  add(condition: string): void {
    this.#conditions.push(condition);
  }
}

/** SQL: the label, given as SQL, is among those of an image. */
const isLabel = ({ task }: DatasetRow, label: string): string =>
  task === 'multi-label' ? `${label} = ANY (${labelArray("'multi-label'", 'i.label')})` : `${label} = i.label`;

function conditionsOf(
  row: DatasetRow,
  { ids, label, split, fileName, similarTo, duplicates, conflicts }: ImageFilter,
): Conditions {
  const where = new Conditions();
  const dataset = where.value(row.id);
  where.add(`i.dataset_id = ${dataset}`);
  if (ids !== undefined) where.add(`i.id = ANY (${where.value(ids)}::bigint[])`);
  if (label !== undefined) where.add(isLabel(row, `${where.value(label)}::text`));
  if (split !== undefined) where.add(`i.split = ${where.value(split)}`);
  if (fileName !== undefined)
    where.add(
      `EXISTS (SELECT FROM unnest(i.file_names) AS name WHERE position(lower(${where.value(fileName)}) IN lower(name)) > 0)`,
    );
  if (similarTo !== undefined)
    where.add(
      `i.group_key = (SELECT group_key FROM dataset_images WHERE dataset_id = ${dataset} AND id = ${where.value(similarTo)})`,
    );
  const others = `SELECT FROM dataset_images o WHERE o.dataset_id = ${dataset}`;
  if (duplicates === true) where.add(`EXISTS (${others} AND o.group_key = i.group_key AND o.id <> i.id)`);
  if (conflicts === true) where.add(`EXISTS (${others} AND o.sha256 = i.sha256 AND o.label <> i.label)`);
  return where;
}

interface Source {
  readonly from: string;
  readonly where: Conditions;
  /** Beside imageColumns. */
  readonly columns: string;
  /** What the images are ordered by. */
  readonly rank: string;
}

function sourceOf(row: DatasetRow, filter: ImageFilter | PredictedFilter): Source {
  const where = conditionsOf(row, filter);
  const plain = { from: 'dataset_images i', where, columns: '', rank: 'i.id' };
  if (!('setId' in filter)) return plain;
  const set = where.value(filter.setId);
  addPredictedConditions(row, where, filter);
  return {
    where,
    // Of negatives no class is right, so that nothing that is said of them is a mistake.
    from: `${plain.from} LEFT JOIN image_predictions p ON p.set_id = ${set} AND p.sha256 = i.sha256
      AND i.label IS DISTINCT FROM (SELECT negatives FROM datasets WHERE id = i.dataset_id)`,
    columns: ', predicted, probability',
    rank: filter.order === 'doubt' ? doubtRank(row) : plain.rank,
  };
}

function addPredictedConditions(
  row: DatasetRow,
  where: Conditions,
  { predicted, mistakes, minProbability, maxProbability }: PredictedFilter,
): void {
  if (predicted !== undefined) where.add(`p.predicted = ${where.value(predicted)}`);
  if (mistakes === true) where.add(`NOT ${isLabel(row, 'p.predicted')}`);
  if (minProbability !== undefined) where.add(`p.probability >= ${where.value(minProbability)}`);
  if (maxProbability !== undefined) where.add(`p.probability <= ${where.value(maxProbability)}`);
}

/**
 * A place in the order of doubt as one number, which says where a page ends whatever changes before the next: how much the label is
 * doubted in 2^20 steps, from a confident contradiction (0) over an unsure agreement to a confident one, then what has no prediction;
 * and of equals the id, below 2^33.
 */
const doubtRank = (row: DatasetRow): string =>
  `(round(CASE WHEN p.predicted IS NULL THEN 1048575 WHEN NOT ${isLabel(row, 'p.predicted')} THEN (1 - p.probability) * 524287
  ELSE 524287 + p.probability * 524287 END)::bigint * 8589934592 + i.id)`;

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
