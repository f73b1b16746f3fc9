// How many wrong labels the list of doubted images has at its top: of each set of bench/better.ts one label in twenty is given to another class, drawn
// by the seed. node dist/bench/labelErrors.js [sets, with commas between them] [--write]; BENCH_SEEDS: the draws (default 1,2,3,4,5).
// Seconds are of the processor. What the sets' own labels have of errors counts as found in vain.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { l2Candidates, resolveHyperparameters } from '../src/training/fit/hyperparameters.js';
import { createRandom, shuffledIndices } from '../src/training/random.js';
import { Trainer } from '../src/training/worker/trainer.js';
import { loadSets, takeRows, type EmbeddedSet } from './better/draws.js';
import { sharedFolder } from './better/sets.js';
import { format, mean } from './better/statistics.js';
import { markdownTable, replaceSection, type Row } from './markdown.js';

const flippedShare = 0.05;
const topShare = 0.1;

const { values: options, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
if (!existsSync(sharedFolder)) {
  console.log(`SKIPPED: ${sharedFolder} is not here`);
  process.exit(0);
}
const seeds = (process.env['BENCH_SEEDS'] ?? '1,2,3,4,5').split(',').map(Number);

interface Flipped {
  readonly labels: Uint32Array;
  readonly flipped: ReadonlySet<number>;
}

function flipLabels({ labels, classes }: EmbeddedSet, seed: number): Flipped {
  const random = createRandom(seed);
  const order = shuffledIndices(labels.length, random);
  const flipped = new Set(order.subarray(0, Math.round(flippedShare * labels.length)));
  const wrong = labels.map((label, row) =>
    flipped.has(row) ? (label + 1 + random.below(classes - 1)) % classes : label,
  );
  return { labels: wrong, flipped };
}

interface Opinion {
  readonly row: number;
  readonly seems: number;
  readonly probability: number;
}

/** As GET …/images?order=doubt: confident contradictions, unsure agreement, confident agreement. */
const doubtOf = (labels: Uint32Array, { row, seems, probability }: Opinion): number =>
  seems === labels[row] ? -probability : probability;

interface Found {
  /** Shares of the flipped labels: at the top of the list, and at the top with the label that they had. */
  readonly top: number;
  readonly named: number;
}

function count(set: EmbeddedSet, { labels, flipped }: Flipped, opinions: readonly Opinion[]): Found {
  const sorted = [...opinions].sort((a, b) => doubtOf(labels, b) - doubtOf(labels, a));
  const top = sorted.slice(0, Math.round(topShare * labels.length)).filter(({ row }) => flipped.has(row));
  const named = top.filter(({ row, seems }) => seems === set.labels[row]);
  return { top: top.length / flipped.size, named: named.length / flipped.size };
}

/** Seconds are of the processor. */
async function measure(trainer: Trainer, set: EmbeddedSet, seed: number): Promise<Found & { seconds: number }> {
  const flipped = flipLabels(set, seed);
  const { size, classes } = set;
  const rows = [...flipped.labels.keys()];
  const { features } = takeRows(set, rows);
  // Every image of a class in turn goes to the next part, in an order that has nothing to do with the images.
  const seen = new Uint32Array(classes);
  const parts = new Uint8Array(rows.length);
  for (const row of shuffledIndices(rows.length, createRandom(seed + 1)))
    parts[row] = seen[flipped.labels[row]!]!++ % 5;
  const data = {
    train: { features, labels: flipped.labels },
    validation: { features: new Float32Array(0), labels: new Uint32Array(0) },
    size,
    classes,
  };
  const unaltered = parts.map(() => 1);
  const input = { data, parts: { train: parts, unaltered, validation: new Uint8Array(0) } };
  const groups = Uint32Array.from(rows);
  const processor = process.cpuUsage();
  const candidates = l2Candidates(resolveHyperparameters('default'));
  const found = (await trainer.run({ kind: 'labelErrors', ...input, candidates, groups }))!;
  const { user, system } = process.cpuUsage(processor);
  const ours = found.rows.map((row, i) => ({ row, seems: found.labels[i]!, probability: found.certainties[i]! }));
  return { ...count(set, flipped, ours), seconds: (user + system) / 1e6 };
}

const trainer = new Trainer();
const table: Row[] = [];
for (const set of await loadSets(positionals[0]?.split(','))) {
  const outcomes = [];
  for (const seed of seeds) outcomes.push(await measure(trainer, set, seed));
  table.push({
    set: set.name,
    images: set.labels.length,
    'flips in the first 10 %': format(outcomes.map(({ top }) => top)),
    'with their true label': format(outcomes.map(({ named }) => named)),
    seconds: mean(outcomes.map(({ seconds }) => seconds)).toFixed(1),
  });
  console.log(JSON.stringify(table.at(-1)));
}
await trainer.close();
console.log(markdownTable(table));
if (options.write) {
  const file = 'docs/retraining.md';
  await writeFile(file, replaceSection(await readFile(file, 'utf8'), 'label-errors', `\n${markdownTable(table)}\n`));
}
