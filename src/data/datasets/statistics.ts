// What a dataset holds and what is wrong with it: counts, sizes, duplicates, contradictions, files that could not be read.
import { z } from 'zod';
import type { Database, Queries } from '../database/database.js';
import { groupBy } from '../../groupBy.js';
import { datasetSchema, splitSchema, type Split, type Task } from './schemas.js';
import { Datasets, findDataset, type DatasetRow } from './datasets.js';
import { labelArray, labelsOf } from './labelSets.js';

/** Lists in the statistics hold at most this many entries; the counts beside them are complete. */
const maxListed = 100;

const classCountSchema = z
  .object({
    label: z.string(),
    train: z.int(),
    validation: z.int(),
    test: z.int(),
    total: z.int(),
  })
  .meta({ id: 'ClassCount' });
/** Labelled images of one class, by split. */
export type ClassCount = z.infer<typeof classCountSchema>;

const sizesSchema = z
  .object({
    bytes: z.int().meta({ description: 'All files together' }),
    minWidth: z.int().nullable(),
    maxWidth: z.int().nullable(),
    medianWidth: z.number().nullable(),
    minHeight: z.int().nullable(),
    maxHeight: z.int().nullable(),
    medianHeight: z.number().nullable(),
  })
  .meta({ id: 'ImageSizes' });

const memberSchema = z
  .object({ id: z.int(), label: z.string(), split: splitSchema, fileNames: z.array(z.string()) })
  .meta({ id: 'GroupedImage' });
const groupSchema = z.array(memberSchema);
const imageGroupsSchema = z.object({ count: z.int(), groups: z.array(groupSchema) }).meta({ id: 'ImageGroups' });
const groupsSchema = (description: string) => imageGroupsSchema.meta({ description });

const unreadableSchema = z
  .object({ fileName: z.string(), label: z.string(), code: z.string(), detail: z.string() })
  .meta({ id: 'UnreadableFile' });

export const datasetStatisticsSchema = datasetSchema
  .omit({ classes: true })
  .extend({
    classes: z.array(classCountSchema).meta({ description: 'By name, the negatives last' }),
    formats: z.record(z.string(), z.int()),
    sizes: sizesSchema,
    exactDuplicates: groupsSchema('The same bytes under several file names; kept once'),
    nearDuplicates: groupsSchema('Images that look the same, by perceptual hash'),
    leaks: groupsSchema('Duplicates, exact or near, in more than one split, because their splits were given'),
    conflictingLabels: groupsSchema('The same image under several labels'),
    unreadable: z.object({ count: z.int(), files: z.array(unreadableSchema) }).meta({ id: 'UnreadableFiles' }),
  })
  .meta({ id: 'DatasetStatistics' });
export type DatasetStatistics = z.infer<typeof datasetStatisticsSchema>;

/** Throws AppError `unknown_dataset`. */
export async function datasetStatistics(database: Database, name: string): Promise<DatasetStatistics> {
  const row = await findDataset(database, name);
  const { id } = row;
  const [dataset, classes, formats, sizes, unreadable] = await Promise.all([
    new Datasets(database).get(name),
    countClassesOf(database, row),
    countFormats(database, id),
    measureSizes(database, id),
    listUnreadable(database, id),
  ]);
  const exactDuplicates = await groups(database, id, 'i.id::text', 'max(cardinality(file_names)) > 1');
  const nearDuplicates = await groups(database, id, 'group_key', 'count(DISTINCT sha256) > 1');
  const leaks = await groups(database, id, 'group_key', 'count(DISTINCT split) > 1');
  const conflictingLabels = await groups(database, id, 'sha256', 'count(*) > 1');
  return { ...dataset, classes, formats, sizes, exactDuplicates, nearDuplicates, leaks, conflictingLabels, unreadable };
}

/** In the order in which the classes appear. An image of several labels counts for each. */
export const countClasses = (
  images: Iterable<{ readonly label: string; readonly split: Split }>,
  task: Task = 'single-label',
): ClassCount[] =>
  [
    ...groupBy(
      [...images].flatMap(({ label, split }) => labelsOf(task, label).map((one) => ({ label: one, split }))),
      ({ label }) => label,
    ),
  ].map(([label, own]) => {
    const count = (wanted: Split): number => own.filter(({ split }) => split === wanted).length;
    return { label, train: count('train'), validation: count('validation'), test: count('test'), total: own.length };
  });

function countClassesOf(queries: Queries, { id, task, negatives }: DatasetRow): Promise<ClassCount[]> {
  return queries.query(
    classCountSchema,
    `SELECT own.label, count(*) FILTER (WHERE split = 'train') AS train, count(*) FILTER (WHERE split = 'validation') AS validation,
       count(*) FILTER (WHERE split = 'test') AS test, count(*) AS total
     FROM dataset_images i, unnest(${labelArray('$2', 'i.label')}) AS own (label)
     WHERE dataset_id = $1 GROUP BY own.label ORDER BY own.label IS NOT DISTINCT FROM $3, own.label`,
    [id, task, negatives],
  );
}

async function countFormats(queries: Queries, datasetId: number): Promise<Record<string, number>> {
  const rows = await queries.query(
    z.object({ format: z.string(), images: z.int() }),
    'SELECT format, count(*) AS images FROM dataset_images i JOIN images f USING (sha256) WHERE dataset_id = $1 GROUP BY format ORDER BY format',
    [datasetId],
  );
  return Object.fromEntries(rows.map(({ format, images }) => [format, images]));
}

async function measureSizes(queries: Queries, datasetId: number): Promise<z.infer<typeof sizesSchema>> {
  const [sizes] = await queries.query(
    sizesSchema,
    `SELECT COALESCE(sum(bytes), 0)::bigint AS bytes, min(width) AS "minWidth", max(width) AS "maxWidth",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY width) AS "medianWidth", min(height) AS "minHeight", max(height) AS "maxHeight",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY height) AS "medianHeight"
     FROM images f WHERE EXISTS (SELECT FROM dataset_images i WHERE i.dataset_id = $1 AND i.sha256 = f.sha256)`,
    [datasetId],
  );
  return sizes!;
}

async function listUnreadable(queries: Queries, datasetId: number): Promise<DatasetStatistics['unreadable']> {
  const [total] = await queries.query(
    z.object({ count: z.int() }),
    'SELECT count(*) AS count FROM rejected_images WHERE dataset_id = $1',
    [datasetId],
  );
  const files = await queries.query(
    unreadableSchema,
    'SELECT file_name AS "fileName", label, code, detail FROM rejected_images WHERE dataset_id = $1 ORDER BY id DESC LIMIT $2',
    [datasetId, maxListed],
  );
  return { count: total!.count, files };
}

/** Images that share `key`, where `condition` holds for them together. Both are SQL of this file, never a user's. */
async function groups(
  queries: Queries,
  datasetId: number,
  key: string,
  condition: string,
): Promise<{ count: number; groups: Group[] }> {
  const rows = await queries.query(
    z.object({ count: z.int(), members: groupSchema }),
    `SELECT count(*) OVER () AS count, members FROM (
       SELECT min(id) AS first, jsonb_agg(jsonb_build_object('id', id, 'label', label, 'split', split, 'fileNames', file_names) ORDER BY id) AS members
       FROM dataset_images i WHERE dataset_id = $1 GROUP BY ${key} HAVING ${condition}
     ) AS grouped ORDER BY first LIMIT $2`,
    [datasetId, maxListed],
  );
  return { count: rows[0]?.count ?? 0, groups: rows.map(({ members }) => members) };
}

type Group = z.infer<typeof groupSchema>;
