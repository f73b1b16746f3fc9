// `npm run test:faults`: runs every test of a fault or an attack, one after the other, and prints one table of what became of the requests.
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { run } from 'node:test';
import { countsIn } from './tally.js';

const tests = 'dist/test/faults';
/** Faults that have tests elsewhere. */
const others = ['dist/test/data/powerCut.test.js', 'dist/test/process/retrainCrash.test.js'];
const perFileMs = 600_000;

const testFiles = async (folder: string): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => `${folder}/${name}`);

const files = [...(await testFiles(`${tests}/slow`)), ...others, ...(await testFiles(tests))];
const rows: NonNullable<ReturnType<typeof countsIn>>[] = [];
const failures: string[] = [];
const skipped: string[] = [];

const events = run({ files, concurrency: 1, timeout: perFileMs });
events.on('test:diagnostic', ({ message }) => {
  const row = countsIn(message);
  if (row === undefined) return;
  rows.push(row);
  console.log(`${row.row}: done`);
});
events.on('test:pass', ({ name, skip }) => {
  if (skip) skipped.push(name);
});
events.on('test:fail', ({ name, details }) => {
  const cause = (details.error as { cause?: unknown }).cause;
  const failure = `${name}: ${cause instanceof Error ? cause.message : String(cause)}`;
  // At once as well as at the end, which a run that is stopped does not see.
  console.log(`FAILED: ${failure}`);
  failures.push(failure);
});
events.on('test:stderr', ({ message }) => process.stderr.write(message));
await once(events.resume(), 'end');

const width = Math.max(...rows.map(({ row }) => row.length));
const line = (row: string, ...cells: readonly (string | number)[]): string =>
  `${row.padEnd(width)} ${cells.map((cell) => String(cell).padStart(9)).join('')}`;
console.log(`\n${line('fault or attack', 'tried', 'answered', 'refused', 'lost')}`);
for (const { row, tried, answered, refused, lost } of rows) console.log(line(row, tried, answered, refused, lost));
const sum = (of: 'tried' | 'answered' | 'refused' | 'lost'): number => rows.reduce((total, row) => total + row[of], 0);
console.log(line('all', sum('tried'), sum('answered'), sum('refused'), sum('lost')));
for (const name of skipped) console.log(`SKIPPED: ${name}`);
for (const failure of failures) console.error(`FAILED: ${failure}`);
process.exitCode = failures.length === 0 && sum('lost') === 0 ? 0 : 1;
