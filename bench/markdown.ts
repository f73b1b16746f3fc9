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
