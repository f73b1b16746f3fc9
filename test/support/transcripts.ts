// What a person sees who types a command: kept in files that a reader of the repository can look at, and compared with what is printed.
// UPDATE_TRANSCRIPTS=1 writes the files anew; the difference shows in the next commit.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

const directory = resolve('test/cli/transcripts');

export interface Typed {
  /** As after `taxon`. */
  readonly args: readonly string[];
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What stands for text that is another one in each run: of the same length where columns depend on it. */
const variableParts: ReadonlyArray<readonly [RegExp, string]> = [
  [/taxon_[\w-]{43}/g, `taxon_${'x'.repeat(43)}`],
  [/taxon_[\w-]{6}(?![\w-])/g, 'taxon_xxxxxx'],
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/g, '00000000-0000-4000-8000-000000000000'],
  [/\b[\da-f]{64}\b/g, '0'.repeat(64)],
  [/\b20\d\d-\d\d-\d\d([T ])\d\d:\d\d(:\d\d\.\d{3}Z)?/g, '2026-01-01$100:00$2'],
  [/(?<=2026-01-01T00:00):\d\d\.\d{3}Z/g, ':00.000Z'],
  [/\b\d+\.\d (?=MB\b)/g, '0.0 '],
  [/\b127\.0\.0\.1:\d+/g, '127.0.0.1:3000'],
];

/** Figures that differ by processor in their last digits, by how it compresses images, or by the time of day. */
const measured = new Set(['probability', 'temperature', 'embedding', 'requestsToday', 'bytes']);
/** What other tests look into. */
const opaque = new Set([
  ...['seconds', 'logLoss', 'calibrationError', 'temperatureFit', 'calibration', 'fit', 'provenance'],
  ...['preprocessing', 'libraries', 'deviceName', 'threads', 'precisions', 'novelty', 'isGoodEnough'],
]);

const settled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(settled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, settlePart(name, part)]));
};

const settlePart = (name: string, part: unknown): unknown => {
  if (measured.has(name)) return Array.isArray(part) ? [0] : 0;
  return opaque.has(name) ? '…' : settled(part);
};

/** One JSON document with its figures settled; anything else as it is. */
function settleDocument(text: string): string {
  if (!text.startsWith('{')) return text;
  return `${JSON.stringify(settled(JSON.parse(text)), undefined, 2)}\n`;
}

const block = (text: string, mark: string): string =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => `${mark}${line}\n`)
    .join('');

/** Standard output as it is, standard error behind `! `, and the exit code. */
function transcriptOf({ args, status, stdout, stderr }: Typed): string {
  const shown = args.map((arg) => (/[\s*"]/.test(arg) ? `'${arg}'` : arg)).join(' ');
  const text = `$ taxon ${shown}\n${block(settleDocument(stdout), '')}${block(stderr, '! ')}[exit ${status}]\n`;
  return variableParts.reduce((settledText, [part, stand]) => settledText.replace(part, stand), text);
}

/** For commands that measure: every number that they print is 0, and stands where it is, however long it was. */
export const withoutFigures = (transcript: string): string =>
  transcript
    .split('\n')
    .map((line) => (/^(\$|\[exit)/.test(line) ? line : line.replace(/ *(?<![\w.])\d+(\.\d+)?(?![\w.])/g, ' 0')))
    .join('\n');

/** Compares what was typed with the file of this name; `settle` is for what is another text on each machine. */
export async function assertTranscript(
  name: string,
  typed: readonly Typed[],
  settle = (transcript: string): string => transcript,
): Promise<void> {
  const path = join(directory, `${name}.txt`);
  const actual = settle(typed.map(transcriptOf).join('\n'));
  if (process.env.UPDATE_TRANSCRIPTS === '1') {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, actual);
    return;
  }
  const expected = await readFile(path, 'utf8').catch(() => '');
  assert.equal(actual, expected, `${path} is as it was (UPDATE_TRANSCRIPTS=1 writes it anew)`);
}
