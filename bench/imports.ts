// The table of imports: what other programs wrote, imported by `taxon import` into a running server and asked over HTTP, against what the program itself computes.
//   python bench/oracle/make_imports.py OUT && node dist/bench/imports.js OUT [OUT ...] [--docs]
// Folders as bench/oracle/make_imports.py, make_models.py, make_torch.py and third_party.py write them. Each file is first imported without
// a word on its pixels: it is then either asked for them, or answers right. Prints a table for each folder; --docs also
// writes it into the section of docs/import-table.md that has the folder's name.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { classify, startComparedServer } from './comparedServer.js';
import { importInChild, type ImportOutcome } from './importChild.js';
import { markdownTable, replaceSection, type Row } from './markdown.js';

const expectedSchema = z.object({
  files: z.array(z.string()),
  size: z.int(),
  /** How the original prepared its pixels: a name, or numbers. */
  preprocess: z.string().nullable(),
  mean: z.array(z.number()).optional(),
  std: z.array(z.number()).optional(),
  channels: z.string().optional(),
  /** Which of several outputs is the scores. */
  output: z.string().optional(),
  activation: z.string().optional(),
  /** The largest difference that the model's own precision allows. */
  limit: z.number().default(1e-4),
  images: z.int(),
  probabilities: z.array(z.number()).default([]),
  /** Part of the sentence with which files are refused that cannot be imported. */
  refused: z.string().optional(),
});
type Expected = z.infer<typeof expectedSchema>;

const labelsOf = (classes: number): string[] => Array.from({ length: classes }, (_, i) => `class ${i}`);
const classesOf = ({ probabilities, images }: Expected): number => probabilities.length / images;

/** What a user says of pixels who is asked for them. */
const pixelArguments = ({ preprocess, mean, std, channels }: Expected): string[] => [
  ...(preprocess === null ? [] : ['--preprocess', preprocess]),
  ...(mean ? [`--mean=${mean.join()}`] : []),
  ...(std ? [`--std=${std.join()}`] : []),
  ...(channels === undefined ? [] : ['--channels', channels]),
];

const otherArguments = ({ output, activation }: Expected): string[] => [
  ...(output === undefined ? [] : ['--output', output]),
  ...(activation === undefined ? [] : ['--activation', activation]),
];

const asksForPixels = ({ error }: ImportOutcome): boolean => error?.includes('say it with --preprocess') === true;
/** Only where the file leaves its size open. */
const asksForSize = ({ error }: ImportOutcome): boolean => error?.includes('--size') === true;

interface Imported extends ImportOutcome {
  /** How the pixels were found out. */
  readonly pixels: 'said by the file' | 'asked for';
}

/** As a user goes on: with nothing said, then with what is asked for. */
async function importAsUser(path: string, name: string, expected: Expected, folders: Folders): Promise<Imported> {
  const given = [path, '--name', name, '--labels', folders.labels, ...otherArguments(expected)];
  const once = (more: readonly string[]): Promise<ImportOutcome> => importInChild([...given, ...more], folders);
  const silent = await once([]);
  const pixels = asksForPixels(silent) ? 'asked for' : 'said by the file';
  const said = pixels === 'asked for' ? pixelArguments(expected) : [];
  const outcome = pixels === 'asked for' ? await once(said) : silent;
  return { ...(asksForSize(outcome) ? await once([...said, '--size', String(expected.size)]) : outcome), pixels };
}

interface Folders {
  readonly models: string;
  readonly data: string;
  readonly labels: string;
}

async function pngsOf(folder: string, { size, images }: Expected): Promise<Buffer[]> {
  const pixels = await readFile(join(folder, 'pixels.u8'));
  const raw = { width: size, height: size, channels: 3 } as const;
  const bytes = size * size * 3;
  return Promise.all(
    Array.from({ length: images }, (_, i) =>
      sharp(pixels.subarray(i * bytes, (i + 1) * bytes), { raw })
        .png()
        .toBuffer(),
    ),
  );
}

/** The largest absolute difference of a probability; Infinity where one is missing. */
function difference(found: readonly number[], expected: readonly number[]): number {
  const differences = expected.map((value, i) => Math.abs(value - (found[i] ?? NaN)));
  return differences.every(Number.isFinite) ? Math.max(...differences) : Infinity;
}

async function bytesIn(path: string): Promise<number> {
  const { size } = await stat(path);
  const entries = (await stat(path)).isDirectory() ? await readdir(path, { recursive: true }) : undefined;
  if (!entries) return size;
  const sizes = await Promise.all(entries.map((entry) => stat(join(path, entry))));
  return sizes.reduce((sum, found) => sum + (found.isFile() ? found.size : 0), 0);
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

/** The first sentence, for a cell. */
const inCell = (text: string): string => text.split('\n')[0]!.replaceAll('|', '/').slice(0, 300);

interface Case {
  readonly name: string;
  readonly folder: string;
  readonly expected: Expected;
}

/** One line of the table, and whether it is as it has to be. */
async function tryFile(
  { name, folder, expected }: Case,
  file: string,
  url: string,
  folders: Folders,
): Promise<{ readonly row: Row; readonly isRight: boolean }> {
  const path = join(folder, file);
  const classifier = `${name.toLowerCase()}-${expected.files.indexOf(file)}`;
  const before = await bytesIn(folders.models);
  const outcome = await importAsUser(path, classifier, expected, folders);
  const cells = { model: name, file, MB: megabytes(await bytesIn(path)) };
  const costs = {
    s: outcome.seconds.toFixed(1),
    'CPU s': outcome.cpuSeconds.toFixed(1),
    'RSS MB': Math.round(outcome.peakBytes / 1e6),
  };
  if (outcome.error !== undefined) {
    const isRight = expected.refused !== undefined && outcome.error.includes(expected.refused);
    const row = { ...cells, result: `refused: ${inCell(outcome.error.replaceAll(`${folder}/`, ''))}` };
    return { row: { ...row, difference: '', pixels: '', ...costs, 'MB on disk': '' }, isRight };
  }
  const found: number[] = [];
  for (const png of await pngsOf(folder, expected))
    found.push(...(await classify(url, classifier, labelsOf(classesOf(expected)), png, 'image/png')));
  const largest = difference(found, expected.probabilities);
  const isRight = expected.refused === undefined && largest <= expected.limit;
  return {
    row: {
      ...cells,
      result: isRight ? 'right' : `WRONG, allowed are ${expected.limit}`,
      difference: largest.toExponential(1),
      pixels: outcome.pixels,
      ...costs,
      'MB on disk': megabytes((await bytesIn(folders.models)) - before),
    },
    isRight,
  };
}

async function writeLabels(path: string, expected: Expected): Promise<void> {
  await writeFile(path, labelsOf(classesOf(expected) || 1000).join('\n'));
}

/** All cases, into one server while it runs. */
async function tryAll(cases: readonly Case[], report: (row: Row, isRight: boolean) => void): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-imports-'));
  const folders = { models: join(scratch, 'models'), data: join(scratch, 'data'), labels: join(scratch, 'labels.txt') };
  await mkdir(folders.models);
  const server = await startComparedServer({
    MODELS_DIR: folders.models,
    DATA_DIR: folders.data,
  });
  try {
    for (const one of cases) {
      await writeLabels(folders.labels, one.expected);
      for (const file of one.expected.files) {
        const { row, isRight } = await tryFile(one, file, server.url, folders);
        report(row, isRight);
      }
    }
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function casesIn(root: string): Promise<Case[]> {
  const cases: Case[] = [];
  for (const name of (await readdir(root)).sort()) {
    const folder = join(root, name);
    const text = await readFile(join(folder, 'expected.json'), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    cases.push({ name, folder, expected: expectedSchema.parse(JSON.parse(text)) });
  }
  return cases;
}

const page = 'docs/import-table.md';
const roots = process.argv.slice(2).filter((argument) => argument !== '--docs');
if (roots.length === 0) throw new Error('usage: node dist/bench/imports.js FOLDER... [--docs]');
let [files, wrong] = [0, 0];
for (const root of roots) {
  const rows: Row[] = [];
  await tryAll(await casesIn(root), (row, isRight) => {
    rows.push(row);
    files++;
    if (!isRight) wrong++;
    console.log(Object.values(row).join(' | '));
  });
  const table = markdownTable(rows);
  console.log(`\n${table}\n`);
  if (process.argv.includes('--docs'))
    await writeFile(page, replaceSection(await readFile(page, 'utf8'), basename(root), table));
}
console.log(`${files} files, ${wrong} of them not as they have to be`);
if (wrong > 0) process.exitCode = 1;
