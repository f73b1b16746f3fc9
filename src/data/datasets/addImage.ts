// Takes one image into a dataset: proved readable, stored durably, labelled, put into the same split as its duplicates.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import { textOfLabels } from '../../labelText.js';
import type { ImageDecoder } from '../../image/decoder.js';
import type { Database, Queries } from '../database/database.js';
import { holdImageFiles } from '../images/garbage.js';
import type { ImageStore } from '../images/imageStore.js';
import { inspectImage, type ImageDescription } from '../images/inspectImage.js';
import { imageColumns } from './datasetImages.js';
import { findDataset, type DatasetRow } from './datasets.js';
import { storedLabel } from './labelSets.js';
import type { NearDuplicates, Relative } from './nearDuplicates.js';
import { datasetImageSchema, type AddedImage, type DatasetImage, type NewImage } from './schemas.js';
import { drawSplit } from './split.js';

export interface AddImageDeps {
  readonly database: Database;
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  readonly nearDuplicates: NearDuplicates;
}

export interface AddImageOptions {
  readonly signal?: AbortSignal | undefined;
  /** Awaited when the image is ready to be added: images that are read at the same time are then added in a given order. Never rejects. */
  readonly turn?: Promise<unknown> | undefined;
}

/** The same bytes keep at most this many names. */
const maxFileNames = 20;

/**
 * Durable when it resolves. Throws AppError `unknown_dataset`, `conflict` (see storedLabel), `storage_full`, `database_unavailable` and what ImageDecoder
 * throws; an image that cannot be read is remembered in the dataset's statistics when it has a file name.
 */
export async function addImage(
  deps: AddImageDeps,
  dataset: string,
  given: NewImage,
  { signal, turn }: AddImageOptions = {},
): Promise<AddedImage> {
  const found = await findDataset(deps.database, dataset);
  const { id } = found;
  const image = { ...given, label: storedLabel(found, given.label) };
  const description = await describe(deps, id, image, signal);
  const { sha256 } = await deps.images.put(image.bytes);
  await deps.nearDuplicates.prepare(deps.database, id);
  await turn;
  return deps.database.transaction(async (tx) => {
    await holdImageFiles(tx);
    // It may have been collected as garbage before the hold.
    if (!(await deps.images.has(sha256))) await deps.images.put(image.bytes);
    const row = await findDataset(tx, dataset, 'lock');
    return insertImage(tx, deps.nearDuplicates, row, image, { ...description, sha256 });
  });
}

async function describe(
  deps: AddImageDeps,
  datasetId: number,
  image: NewImage,
  signal?: AbortSignal,
): Promise<ImageDescription> {
  try {
    // Gives way to requests and is never refused: an upload may take long, and has few images in memory at a time.
    return await inspectImage(deps.decoder, image.bytes, signal, 'background');
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await remember(deps.database, datasetId, image, error);
    throw error;
  }
}

async function remember(
  database: Database,
  datasetId: number,
  { fileName, label }: NewImage,
  error: AppError,
): Promise<void> {
  if (fileName === undefined) return;
  await database.run(
    `INSERT INTO rejected_images (dataset_id, file_name, label, code, detail) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (dataset_id, label, file_name) DO UPDATE SET code = $4, detail = $5, created_at = now()`,
    [datasetId, fileName, label, error.code, error.detail],
  );
}

type Described = ImageDescription & { readonly sha256: string };

async function insertImage(
  tx: Queries,
  nearDuplicates: NearDuplicates,
  dataset: DatasetRow,
  image: NewImage,
  described: Described,
): Promise<AddedImage> {
  await forget(tx, dataset.id, image);
  await insertFile(tx, image, described);
  const label = await joinLabels(tx, dataset, image, described.sha256);
  const same = await addName(tx, dataset.id, { ...image, label }, described.sha256);
  if (same) {
    await gatherGroup(tx, same.id, image);
    return { ...same, outcome: 'duplicate', nearDuplicateOf: null };
  }
  const relative = await nearDuplicates.find(tx, dataset.id, described.sha256, described.dhash);
  const added = await insertRow(tx, dataset, image, described, relative);
  if (relative) await gatherGroup(tx, added.id, image);
  return { ...added, outcome: 'added', nearDuplicateOf: relative?.id ?? null };
}

/** The file that was broken before has now arrived intact. */
async function forget(tx: Queries, datasetId: number, { fileName, label }: NewImage): Promise<void> {
  if (fileName === undefined) return;
  await tx.run('DELETE FROM rejected_images WHERE dataset_id = $1 AND label = $2 AND file_name = $3', [
    datasetId,
    label,
    fileName,
  ]);
}

/** The label under which the bytes are to be looked for: in a multi-label dataset they are there once, and get the labels of both. */
async function joinLabels(tx: Queries, { id, task }: DatasetRow, { label }: NewImage, sha256: string): Promise<string> {
  if (task === 'single-label') return label;
  const [known] = await tx.query(
    z.object({ label: z.string() }),
    'SELECT label FROM dataset_images WHERE dataset_id = $1 AND sha256 = $2',
    [id, sha256],
  );
  if (known === undefined) return label;
  const joined = textOfLabels([known.label, label]);
  if (joined === known.label) return joined;
  await tx.run('UPDATE dataset_images SET label = $3 WHERE dataset_id = $1 AND sha256 = $2', [id, sha256, joined]);
  await tx.run('UPDATE datasets SET changed_at = now() WHERE id = $1', [id]);
  return joined;
}

/** The same bytes under the same label: one more name, and the split if one is asked for now and no training has used the image. */
async function addName(
  tx: Queries,
  datasetId: number,
  image: NewImage,
  sha256: string,
): Promise<DatasetImage | undefined> {
  const [row] = await tx.query(
    datasetImageSchema,
    `UPDATE dataset_images i SET
       file_names = CASE WHEN $4::text IS NULL OR $4 = ANY (file_names) OR cardinality(file_names) >= $5 THEN file_names ELSE array_append(file_names, $4) END,
       split = CASE WHEN split_given OR split_settled THEN split ELSE COALESCE($6, split) END,
       split_given = split_given OR ($6::text IS NOT NULL AND NOT split_settled)
     FROM images f WHERE f.sha256 = i.sha256 AND i.dataset_id = $1 AND i.sha256 = $2 AND i.label = $3
     RETURNING ${imageColumns}`,
    [datasetId, sha256, image.label, image.fileName ?? null, maxFileNames, image.split ?? null],
  );
  return row;
}

/** Those of its near duplicates that were drawn, and that no training has used, follow an image into the split that was asked for. */
async function gatherGroup(tx: Queries, imageId: number, { split }: NewImage): Promise<void> {
  if (split === undefined) return;
  await tx.run(
    `UPDATE dataset_images AS i SET split = given.split FROM dataset_images AS given
     WHERE given.id = $1 AND given.split_given AND i.dataset_id = given.dataset_id AND i.group_key = given.group_key
       AND NOT i.split_given AND NOT i.split_settled`,
    [imageId],
  );
}

/** What is said now of who made it goes before what was said earlier. */
async function insertFile(tx: Queries, { bytes, attribution }: NewImage, described: Described): Promise<void> {
  const { sha256, width, height, format, dhash } = described;
  await tx.run(
    `INSERT INTO images AS f (sha256, bytes, width, height, format, dhash, attribution) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb)
     ON CONFLICT (sha256) DO UPDATE SET attribution = EXCLUDED.attribution
     WHERE EXCLUDED.attribution IS NOT NULL AND f.attribution IS DISTINCT FROM EXCLUDED.attribution`,
    [sha256, bytes.byteLength, width, height, format, dhash, attribution ? JSON.stringify(attribution) : null],
  );
}

async function insertRow(
  tx: Queries,
  dataset: DatasetRow,
  image: NewImage,
  { sha256, dhash }: Described,
  relative: Relative | undefined,
): Promise<DatasetImage> {
  const groupKey = relative?.groupKey ?? sha256;
  const split = image.split ?? relative?.split ?? drawSplit(dataset, groupKey);
  const names = image.fileName === undefined ? [] : [image.fileName];
  const [row] = await tx.query(
    datasetImageSchema,
    `WITH i AS (
       INSERT INTO dataset_images (dataset_id, sha256, dhash, group_key, label, split, split_given, file_names)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *
     ), changed AS (UPDATE datasets SET changed_at = now() WHERE id = $1)
     SELECT ${imageColumns} FROM i JOIN images f USING (sha256)`,
    [dataset.id, sha256, dhash, groupKey, image.label, split, image.split !== undefined, names],
  );
  return row!;
}
