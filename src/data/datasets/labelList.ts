// labels.csv: which labels each image of an archive has, in the forms that multi-label datasets come in.
import { basename, extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { AppError } from '../../errors.js';
import { labelsOfText, textOfLabels } from '../../labelText.js';
import { splitSchema, type Split } from './schemas.js';

export const labelListName = 'labels.csv';

/** What the list says of one image. */
export interface ListedLabels {
  /** See labelSets.ts. */
  readonly label: string;
  readonly split?: Split;
}

const imageColumns: ReadonlySet<string> = new Set([
  'filename',
  'file_name',
  'file',
  'image',
  'image_name',
  'name',
  'path',
  'id',
]);
const labelColumns: ReadonlySet<string> = new Set(['labels', 'label', 'tags', 'classes', 'categories']);
/** Of a value in a column that is a class. */
const [isPresent, isAbsent] = [/^(1|1\.0|true|yes)$/i, /^(0|0\.0|-1|false|no|)$/i];

const rowsSchema = z.array(z.array(z.string()));

/**
 * By the names of images as the list has them. Two forms, told by the first line: one column of labels (`filename,labels`), with `|`,
 * `;` or `,` between, in a column `tags` also blanks; or a column for each class, of 0 and 1 (`filename,hat,shirt`). Either may have a
 * column `split`. Throws AppError invalid_archive naming the line.
 */
export function readLabelList(bytes: Buffer): Map<string, ListedLabels> {
  const [header, ...rows] = parseRows(bytes);
  const columns = (header ?? []).map((name) => name.trim());
  const places = columns.map((name) => name.toLowerCase());
  const image = Math.max(
    0,
    places.findIndex((name) => imageColumns.has(name)),
  );
  const split = places.indexOf('split');
  const labels = places.findIndex((name, i) => i !== image && labelColumns.has(name));
  if (columns.length < 2)
    throw refuse(1, 'a first line such as "filename,labels", or "filename" and a column for each class');
  const classes = columns.flatMap((name, i) => (i === image || i === split ? [] : [{ name, i }]));
  return new Map(
    rows.map((row, i) => {
      const line = i + 2;
      const found = labels >= 0 ? listedIn(row[labels] ?? '', places[labels]!) : presentIn(row, classes, line);
      return [row[image]!.trim(), { label: textOfLabels(found), ...splitIn(row, split, line) }];
    }),
  );
}

function parseRows(bytes: Buffer): string[][] {
  try {
    return rowsSchema.parse(parse(bytes, { bom: true, skip_empty_lines: true, relax_column_count_less: true }));
  } catch (cause) {
    throw new AppError('invalid_archive', `${labelListName} cannot be read: ${(cause as Error).message}.`, { cause });
  }
}

const refuse = (line: number, expected: string): AppError =>
  new AppError('invalid_archive', `${labelListName}, line ${line}: expected ${expected}.`);

const listedIn = (text: string, column: string): string[] =>
  labelsOfText(text.replaceAll(column === 'tags' && !/[|;,]/.test(text) ? /\s+/g : /[;,]/g, '|'));

const presentIn = (
  row: readonly string[],
  classes: ReadonlyArray<{ name: string; i: number }>,
  line: number,
): string[] =>
  classes.flatMap(({ name, i }) => {
    const value = (row[i] ?? '').trim();
    if (isPresent.test(value)) return [name];
    if (isAbsent.test(value)) return [];
    throw refuse(line, `0 or 1 in the column "${name}", where there is "${value.slice(0, 100)}"`);
  });

function splitIn(row: readonly string[], column: number, line: number): { split?: Split } {
  const value = column < 0 ? '' : (row[column] ?? '').trim().toLowerCase();
  if (value === '') return {};
  const split = splitSchema.safeParse(value === 'val' ? 'validation' : value);
  if (split.success) return { split: split.data };
  throw refuse(line, 'train, validation or test in the column "split"');
}

/** The line of the image at `path`, relative to the folder of the list: by that, by its file name, or by that without its ending. */
export function findListed(list: ReadonlyMap<string, ListedLabels>, path: string): ListedLabels | undefined {
  const name = basename(path);
  return list.get(path) ?? list.get(name) ?? list.get(name.slice(0, name.length - extname(name).length));
}
