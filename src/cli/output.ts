// What the commands print: for people on a terminal, tables and colours; for programs, one JSON document.
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { Option } from 'commander';

export interface OutputOptions {
  readonly json?: boolean | undefined;
}

export const jsonOption = (): Option => new Option('--json', 'print one JSON document, for programs');

/** Prints `document` where --json was given, else what `describe` says. */
export function show({ json }: OutputOptions, document: unknown, describe: () => string): void {
  if (json === true) printDocument(document);
  else console.log(describe());
}

export const printDocument = (document: unknown): void => console.log(JSON.stringify(document, undefined, 2));

/** Tells a person on standard error, where it is in no program's way. */
export const tell = (text: string): void => console.error(text);

type Style = 'bold' | 'dim' | 'red' | 'green';

/** With colours only where standard output is a terminal, and never with NO_COLOR. */
export const styled = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout });

const borderless = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right'].flatMap((edge) =>
    ['', '-mid', '-left', '-right'].map((corner) => [`${edge}${corner}`, '']),
  ),
);

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Columns under their titles, two spaces apart; without a line at the end. */
export function tableOf(columns: readonly Column[], rows: ReadonlyArray<readonly string[]>): string {
  const table = new Table({
    chars: { ...borderless, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: columns.map(({ align = 'left' }) => align),
  });
  table.push(
    columns.map(({ title }) => styled('bold', title)),
    ...rows.map((row) => [...row]),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** 0.934 as 93.4 %. */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Figures under their names. */
export const factsOf = (facts: ReadonlyArray<readonly [name: string, value: string]>): string => {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${styled('dim', name.padEnd(width))}  ${value}`).join('\n');
};
