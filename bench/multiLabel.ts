// How good multi-label heads are on composed images of clothes (see better/composed.ts), and what a fit of one costs the processor.
// node dist/bench/multiLabel.js [--sizes 60,120,240] [--write]
// Each seed draws the images to learn from, and five sixths of those to measure on. --write: the table goes into docs/multi-label.md.
// BENCH_SHARED: another place of ../shared; BENCH_SEEDS: the draws (default 1,2,3,4,5).
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Split } from '../scripts/starter/embed.js';
import type { SnapshotItem } from '../src/data/datasets/schemas.js';
import { headToLayersModel } from '../src/training/fit/headModel.js';
import { l2Candidates, resolveHyperparameters } from '../src/training/fit/hyperparameters.js';
import { divideSetsIntoParts, partitionSets } from '../src/training/multiLabel/setPartition.js';
import { createRandom, shuffledIndices } from '../src/training/random.js';
import { Trainer } from '../src/training/worker/trainer.js';
import { labelsOfFolder, loadComposed } from './better/composed.js';
import { takeRows } from './better/draws.js';
import { sharedFolder } from './better/sets.js';
import { format, mean } from './better/statistics.js';
import { markdownTable, replaceSection, type Row } from './markdown.js';

const measuredShare = 5 / 6;

const { values: options } = parseArgs({
  options: { sizes: { type: 'string', default: '60,120,240' }, write: { type: 'boolean', default: false } },
});
if (!existsSync(sharedFolder)) {
  console.log(`SKIPPED: ${sharedFolder} is not here`);
  process.exit(0);
}
const seeds = (process.env['BENCH_SEEDS'] ?? '1,2,3,4,5').split(',').map(Number);
const { train: toLearn, test: toMeasure } = await loadComposed();
const labelsOf = ({ names, labels }: Split, row: number): string[] => labelsOfFolder(names[labels[row]!]!);
const classes = [...new Set(toLearn.names.flatMap(labelsOfFolder))].sort();

/** [rows, classes] */
const truthOf = (split: Split, rows: readonly number[]): Uint8Array =>
  Uint8Array.from(
    rows.flatMap((row) => {
      const own = labelsOf(split, row);
      return classes.map((label) => Number(own.includes(label)));
    }),
  );

const setsOf = (split: Split, rows: readonly number[]) => ({
  features: takeRows(split, rows).features,
  truth: truthOf(split, rows),
});

interface Outcome {
  readonly map: number;
  /** Of scores that say nothing: how frequent a label is, in the mean. */
  readonly chance: number;
  readonly exact: number;
  readonly seconds: number;
}

/** A head as the server fits it on `count` images whose splits are not given. Seconds are of the processor. */
async function measure(trainer: Trainer, count: number, seed: number): Promise<Outcome> {
  const drawn = [...shuffledIndices(toLearn.labels.length, createRandom(seed))].slice(0, count);
  const items = drawn.map((row): SnapshotItem => {
    const name = toLearn.images[row]!.path;
    return { imageId: row, sha256: name, groupKey: name, label: labelsOf(toLearn, row).join('|'), split: 'train' };
  });
  const { train, validation } = partitionSets(items);
  const divided = divideSetsIntoParts([...train, ...validation]);
  const partsOf = (of: readonly SnapshotItem[]): Uint8Array => Uint8Array.from(of, (item) => divided.get(item)!);
  const rowsOf = (of: readonly SnapshotItem[]): number[] => of.map(({ imageId }) => imageId);
  const before = process.cpuUsage();
  const { layer, thresholds } = await trainer.run({
    kind: 'fitSets',
    train: setsOf(toLearn, rowsOf(train)),
    validation: setsOf(toLearn, rowsOf(validation)),
    parts: { train: partsOf(train), unaltered: new Uint8Array(train.length).fill(1), validation: partsOf(validation) },
    size: toLearn.size,
    classes: classes.length,
    candidates: l2Candidates(resolveHyperparameters('default')),
    learnsFromValidation: true,
  });
  const { user, system } = process.cpuUsage(before);
  const measured = [...shuffledIndices(toMeasure.labels.length, createRandom(seed))];
  const rows = measured.slice(0, Math.round(measuredShare * measured.length));
  const heldOut = { ...setsOf(toMeasure, rows), images: rows.map((row) => ({ image: String(row), imageId: row })) };
  const head = { model: headToLayersModel([layer], toLearn.size), labels: classes };
  const figures = await trainer.run({ kind: 'evaluateSets', head, thresholds, heldOut, seed });
  return {
    map: figures.meanAveragePrecision,
    chance: mean([...heldOut.truth]),
    exact: figures.exactMatch,
    seconds: (user + system) / 1e6,
  };
}

const trainer = new Trainer();
const table: Row[] = [];
for (const size of options.sizes.split(',').map(Number)) {
  const outcomes: Outcome[] = [];
  for (const seed of seeds) outcomes.push(await measure(trainer, size, seed));
  table.push({
    images: size,
    'mean average precision, %': format(outcomes.map(({ map }) => map)),
    'by chance': format(outcomes.map(({ chance }) => chance)),
    'all labels right, %': format(outcomes.map(({ exact }) => exact)),
    'seconds of processor a fit': mean(outcomes.map(({ seconds }) => seconds)).toFixed(1),
  });
  console.log(JSON.stringify(table.at(-1)));
}
await trainer.close();
console.log(markdownTable(table));
if (options.write) {
  const file = 'docs/multi-label.md';
  await writeFile(file, replaceSection(await readFile(file, 'utf8'), 'multi-label', `\n${markdownTable(table)}\n`));
}
