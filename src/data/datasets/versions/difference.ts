// What is different between two states of a dataset: images added, removed, relabelled, moved to another split.
import { z } from 'zod';
import type { Queries } from '../../database/database.js';
import { splitSchema } from '../schemas.js';
import { differenceCountsSchema, type ChangedImage, type Difference, type DifferenceCounts } from './schemas.js';

/**
 * Rows of both states side by side, by the id of the image; one that was deleted and uploaded again under the same label has another id and
 * is the same image. `first` and `second`: SQL of rows, see rowsOfState.
 */
const pairs = (first: string, second: string): string => `
  WITH a AS (${first}), b AS (${second}), again AS (
    SELECT a.id AS first_id, b.id AS second_id FROM a JOIN b USING (sha256, label)
    WHERE a.id NOT IN (SELECT id FROM b) AND b.id NOT IN (SELECT id FROM a)
  ), a_renamed AS (
    SELECT COALESCE(again.second_id, a.id) AS pair, a.* FROM a LEFT JOIN again ON again.first_id = a.id
  ), pairs AS (
    SELECT COALESCE(a.id, b.id) AS id, COALESCE(a.sha256, b.sha256) AS sha256,
      a.label AS before_label, a.split AS before_split, b.label AS after_label, b.split AS after_split
    FROM a_renamed a FULL JOIN b ON b.id = a.pair)`;

const conditions: Readonly<Record<Difference, string>> = {
  added: 'before_label IS NULL',
  removed: 'after_label IS NULL',
  relabelled: 'before_label <> after_label',
  moved: 'before_split <> after_split',
};

const isChanged = Object.values(conditions).join(' OR ');

export async function countDifferences(queries: Queries, first: string, second: string): Promise<DifferenceCounts> {
  const counted = Object.entries(conditions).map(([name, is]) => `count(*) FILTER (WHERE ${is})::int AS ${name}`);
  const [counts] = await queries.query(
    differenceCountsSchema,
    `${pairs(first, second)}
     SELECT ${counted.join(', ')}, count(*) FILTER (WHERE (${isChanged}) IS NOT TRUE)::int AS same FROM pairs`,
  );
  return counts!;
}

const rowSchema = z.object({
  id: z.int(),
  sha256: z.string(),
  beforeLabel: z.string().nullable(),
  beforeSplit: splitSchema.nullable(),
  afterLabel: z.string().nullable(),
  afterSplit: splitSchema.nullable(),
});

export interface DifferencePage {
  readonly images: ChangedImage[];
  /** `after` of the next page; null on the last one. */
  readonly next: number | null;
}

/** By id. `change`: only those; absent: all that are not the same. */
export async function listDifferences(
  queries: Queries,
  [first, second]: readonly [first: string, second: string],
  {
    change,
    after,
    limit,
  }: { readonly change?: Difference | undefined; readonly after: number; readonly limit: number },
): Promise<DifferencePage> {
  const rows = await queries.query(
    rowSchema,
    `${pairs(first, second)}
     SELECT id, sha256, before_label AS "beforeLabel", before_split AS "beforeSplit", after_label AS "afterLabel",
       after_split AS "afterSplit"
     FROM pairs WHERE (${change ? conditions[change] : isChanged}) AND id > $1 ORDER BY id LIMIT $2`,
    [after, limit + 1],
  );
  const images = rows.slice(0, limit).map(({ id, sha256, beforeLabel, beforeSplit, afterLabel, afterSplit }) => ({
    id,
    sha256,
    before: beforeLabel === null ? null : { label: beforeLabel, split: beforeSplit! },
    after: afterLabel === null ? null : { label: afterLabel, split: afterSplit! },
  }));
  return { images, next: rows.length > limit ? images.at(-1)!.id : null };
}
