// searchterms.csv: what is searched for, how many images of it there shall be, and what they become in the dataset.
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { splitOf } from '../../data/datasets/archivePaths.js';
import { labelSchema, type Split } from '../../data/datasets/schemas.js';

export interface SearchRow {
  readonly term: string;
  /** Images that there shall be. */
  readonly asked: number;
  readonly label: string;
  /** Undefined: the dataset draws it. */
  readonly split: Split | undefined;
}

/** Longer queries are cut off by Openverse. */
const maxTermLength = 200;
const maxAsked = 10_000;

const rowSchema = z.object({
  search_term: z.string().trim().min(1, 'what to search for').max(maxTermLength),
  number_imgs: z
    .string()
    .trim()
    .regex(/^[1-9]\d{0,4}$/, `a whole number from 1 to ${maxAsked}`)
    .transform(Number)
    .refine((count) => count <= maxAsked, `at most ${maxAsked}`),
  category: labelSchema,
  set: z
    .string()
    .trim()
    .transform((name, context) => {
      if (name === '') return undefined;
      const split = splitOf(name);
      if (split === undefined) context.addIssue({ code: 'custom', message: 'train, validation or test' });
      return split;
    })
    .optional(),
});

const recordsSchema = z.array(
  z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.int() }) }),
);

/** What tells the rows of a file apart. */
export const keyOf = ({ term, label, split }: Omit<SearchRow, 'asked'>): string => JSON.stringify([term, label, split]);

/**
 * Reads a CSV with the columns `search_term,number_imgs,category,set`, the last of which may be missing or empty. Throws Error that names
 * the file and the line.
 */
export async function readSearchTerms(path: string): Promise<SearchRow[]> {
  const lines = new Map<string, number>();
  const rows = parseRecords(path, await readFile(path)).map(({ record, info }) => {
    const row = readRow(path, info.lines, record);
    const before = lines.get(keyOf(row));
    if (before !== undefined) throw new Error(`${path}, line ${info.lines}: the same search as in line ${before}.`);
    lines.set(keyOf(row), info.lines);
    return row;
  });
  if (rows.length > 0) return rows;
  throw new Error(`${path} has no lines below search_term,number_imgs,category,set.`);
}

function parseRecords(path: string, bytes: Buffer): z.output<typeof recordsSchema> {
  try {
    const columns = (header: string[]): string[] => header.map((name) => name.trim().toLowerCase());
    return recordsSchema.parse(parse(bytes, { bom: true, columns, info: true, skip_empty_lines: true, trim: true }));
  } catch (cause) {
    throw new Error(`${path} cannot be read as CSV: ${(cause as Error).message}`, { cause });
  }
}

function readRow(path: string, line: number, record: Readonly<Record<string, string>>): SearchRow {
  const { success, data, error } = rowSchema.safeParse(record);
  if (!success) {
    const faults = error.issues.map(({ path: [column], message }) => `${String(column)}: ${message}`);
    throw new Error(`${path}, line ${line}: ${faults.join('; ')}.`);
  }
  const { search_term: term, number_imgs: asked, category: label, set: split } = data;
  // It would be read as the folder of a split.
  if (split === undefined && splitOf(label) !== undefined)
    throw new Error(`${path}, line ${line}: a category called ${label} needs a set.`);
  return { term, asked, label, split };
}
