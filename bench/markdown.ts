// Tables of measurements in Markdown, and their place in the documentation.

export type Row = Readonly<Record<string, string | number>>;

/** A Markdown table; the columns are the keys of the first row. */
export function markdownTable(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => row[column] ?? ''))),
  ].join('\n');
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** The rows of the first table in `text`, as markdownTable writes it; none where there is none. */
export function readMarkdownTable(text: string): Row[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  if (start < 0) return [];
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  const [header, , ...rows] = rest.slice(0, end < 0 ? undefined : end).map(cellsOf);
  return rows.map((cells) => Object.fromEntries(header!.map((column, i) => [column, cells[i] ?? ''])));
}

/**
 * Rows of `known` with the cells of the rows of `measured` that have the same `keys`, and those that are new behind. All have the `columns`, and the word
 * `missing` where neither has a value.
 */
export function mergeRows(
  known: readonly Row[],
  measured: readonly Row[],
  keys: readonly string[],
  columns: readonly string[],
  missing: string,
): Row[] {
  const nameOf = (row: Row): string => keys.map((key) => row[key]).join('|');
  const merged = new Map(known.map((row) => [nameOf(row), row]));
  const isGiven = ([, value]: [string, string | number]): boolean => value !== '';
  for (const row of measured) {
    const given = Object.fromEntries(Object.entries(row).filter(isGiven));
    merged.set(nameOf(row), { ...merged.get(nameOf(row)), ...given });
  }
  const cellOf = (row: Row, column: string): string | number => {
    const value = row[column] ?? '';
    return value === '' ? missing : value;
  };
  return [...merged.values()].map((row) => Object.fromEntries(columns.map((column) => [column, cellOf(row, column)])));
}

/** What `text` has between `<!-- name -->` and `<!-- /name -->`; empty where the lines are not there. */
export const readSection = (text: string, name: string): string =>
  text.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0] ?? '';

/**
 * `text` with `content` between `<!-- name -->` and `<!-- /name -->`, in place of what was there. Throws when the two lines are not
 * there once each, in this order.
 */
export function replaceSection(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const parts = text.split(start);
  const rest = parts[1]?.split(end);
  if (parts.length !== 2 || rest?.length !== 2)
    throw new Error(`the lines ${start} and ${end} must be there once each`);
  return `${parts[0]}${start}\n${content}\n${end}${rest[1]}`;
}
