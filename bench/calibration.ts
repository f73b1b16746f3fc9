// How honest the probabilities of retrained heads are: log-loss and expected calibration error on images that were not used to fit
// them, without a temperature, with one of greatest likelihood on the validation images alone, and with ours. Beside them, what could be
// had: the error that is chance, and that with a temperature fitted on as many images that the head never met.
// Run: node dist/bench/calibration.js [class folders…]
// Reads ../shared/data/clothing and, for the features, the MobileNet-V2 of ../shared/starter, which never met these images: the bundled
// backbone learnt from clothing's own training images. scripts/digit-images.py makes class folders of another kind.
// BENCH_SHARED: another place of ../shared. BENCH_CACHE: where embeddings are kept (default .cache/calibration). BENCH_SIZES: images per class (default 15,60,200).
// BENCH_SEEDS: the splits (default 1 to 10).
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { embedFolders, splitFolders, type Split as Folder } from '../scripts/starter/embed.js';
import { joinSets, type LabelledSet } from '../scripts/starter/head.js';
import { readTeacher, teacherEmbeddingSize, teacherPreprocessing } from '../scripts/starter/teacher.js';
import { splitOptionsSchema, type SnapshotItem } from '../src/data/datasets/schemas.js';
import { drawSplit, settleSplits } from '../src/data/datasets/split.js';
import { alwaysTaught, divideIntoParts } from '../src/training/calibrationParts.js';
import { measureCalibration } from '../src/training/evaluation/calibration.js';
import { accuracyOf, negativeLogLikelihood } from '../src/training/evaluation/scores.js';
import { fitTemperature, type UnseenLogits } from '../src/training/evaluation/temperature.js';
import { headToLayersModel } from '../src/training/fit/headModel.js';
import { l2Candidates, resolveHyperparameters } from '../src/training/fit/hyperparameters.js';
import { createRandom, shuffledIndices } from '../src/training/random.js';
import { Trainer } from '../src/training/worker/trainer.js';

const shared = process.env['BENCH_SHARED'] ?? '../shared';
const clothing = join(shared, 'data/clothing');
const teacherFolder = join(shared, 'starter/training');
const numbersOf = (variable: string, otherwise: string): number[] =>
  (process.env[variable] ?? otherwise).split(',').map(Number);
const seeds = numbersOf('BENCH_SEEDS', '1,2,3,4,5,6,7,8,9,10');
const sizes = numbersOf('BENCH_SIZES', '15,60,200');
/** Draws of the images for the temperature of fresh images, and the largest share of the measured ones: the others measure it. */
const freshDraws = 10;
const freshShare = 0.1;
/** Of each class, this share at least is left to measure on. */
const leastUnseen = 0.2;

function takeRows({ features, labels, size, classes }: LabelledSet, rows: readonly number[]): LabelledSet {
  const taken = new Float32Array(new SharedArrayBuffer(rows.length * size * Float32Array.BYTES_PER_ELEMENT));
  rows.forEach((row, i) => taken.set(features.subarray(row * size, (row + 1) * size), i * size));
  return { features: taken, labels: Uint32Array.from(rows, (row) => labels[row]!), size, classes };
}

/** At most `count` images of each class as a dataset, drawn by `seed`, and all others. */
function drawDataset(
  { labels, classes }: LabelledSet,
  count: number,
  seed: number,
): { own: number[]; unseen: number[] } {
  const left = Array.from({ length: classes }, (_, label) =>
    Math.min(count, Math.floor((1 - leastUnseen) * labels.filter((value) => value === label).length)),
  );
  const [own, unseen]: [number[], number[]] = [[], []];
  for (const row of shuffledIndices(labels.length, createRandom(seed)))
    (left[labels[row]!]!-- > 0 ? own : unseen).push(row);
  return { own, unseen };
}

/** The rows as a dataset that the server has settled. */
function settle(set: LabelledSet, rows: readonly number[]): SnapshotItem[] {
  const options = splitOptionsSchema.parse({});
  const members = rows.map((row) => {
    const sha256 = createHash('sha256').update(String(row)).digest('hex');
    const split = drawSplit(options, sha256);
    const label = String(set.labels[row]);
    return { imageId: row, sha256, groupKey: sha256, label, split, splitGiven: false, splitSettled: false };
  });
  const moves = settleSplits(options, members);
  return members.map((member) => ({ ...member, split: moves.get(member.groupKey) ?? member.split }));
}

/** Guo et al. 2017 on the validation images, between 0.05 and 20: the usual way. */
function mostLikelyTemperature(logits: Float32Array, labels: Uint32Array, classes: number): number {
  const temperatures = Array.from({ length: 240 }, (_, i) => 0.05 * 400 ** (i / 239));
  const losses = temperatures.map((temperature) => negativeLogLikelihood(logits, labels, classes, temperature));
  return temperatures[losses.indexOf(Math.min(...losses))]!;
}

/** Mean error where the temperature is fitted on `count` of the measured images, and measured on the others; NaN where these are too few. */
function errorWithFresh({ logits, truth, classes }: UnseenLogits, count: number, seed: number): number {
  if (count > freshShare * truth.length) return NaN;
  const random = createRandom(seed);
  const errors = Array.from({ length: freshDraws }, () => {
    const order = shuffledIndices(truth.length, random);
    const take = (rows: Uint32Array): UnseenLogits => ({
      logits: Float32Array.from([...rows].flatMap((row) => [...logits.subarray(row * classes, (row + 1) * classes)])),
      truth: rows.map((row) => truth[row]!),
      classes,
    });
    const others = take(order.subarray(count));
    const temperature = fitTemperature(take(order.subarray(0, count)));
    return measureCalibration(others.logits, others.truth, classes, temperature, random).expectedError;
  });
  return mean(errors);
}

interface Figures {
  readonly temperature: number;
  readonly logLoss: number;
  readonly error: number;
  /** Of the error. */
  readonly chance: number;
}
interface Outcome {
  readonly images: number;
  readonly unseen: number;
  readonly accuracy: number;
  readonly none: Figures;
  readonly validation: Figures;
  readonly ours: Figures;
  readonly freshError: number;
}

async function measure(trainer: Trainer, set: LabelledSet, count: number, seed: number): Promise<Outcome> {
  const { own, unseen } = drawDataset(set, count, seed);
  const items = settle(set, own);
  const rowsIn = (split: string): number[] =>
    items.filter((item) => item.split === split).map(({ imageId }) => imageId);
  const [train, validation] = [takeRows(set, rowsIn('train')), takeRows(set, rowsIn('validation'))];
  const divided = divideIntoParts(items.filter(({ split }) => split !== 'test'));
  const partsIn = (split: string): Uint8Array =>
    Uint8Array.from(
      items.filter((item) => item.split === split),
      (item) => divided.get(item) ?? alwaysTaught,
    );
  const { size, classes } = set;
  const { head, calibration } = await trainer.run({
    kind: 'fit',
    data: { train, validation, size, classes },
    candidates: l2Candidates(resolveHyperparameters('default')),
    parts: {
      train: partsIn('train'),
      unaltered: new Uint8Array(train.labels.length).fill(1),
      validation: partsIn('validation'),
    },
  });
  const model = headToLayersModel(head.layers, size);
  const logitsOf = ({ features, labels }: LabelledSet): Promise<Float32Array> =>
    trainer.run({ kind: 'predict', model, features, count: labels.length });
  const measured = takeRows(set, [...rowsIn('test'), ...unseen]);
  const logits = await logitsOf(measured);
  const at = (temperature: number): Figures => {
    const random = createRandom(seed);
    const calibration = measureCalibration(logits, measured.labels, classes, temperature, random);
    const { negativeLogLikelihood: logLoss, expectedError: error, chanceError: chance } = calibration;
    return { temperature, logLoss, error, chance };
  };
  return {
    images: own.length,
    unseen: measured.labels.length,
    accuracy: accuracyOf(logits, measured.labels, classes),
    none: at(1),
    validation: at(mostLikelyTemperature(await logitsOf(validation), validation.labels, classes)),
    ours: at(calibration.temperature),
    freshError: errorWithFresh({ logits, truth: measured.labels, classes }, calibration.images, seed),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const percent = (share: number): string => (100 * share).toFixed(1);

function summarise(title: string, outcomes: readonly Outcome[]): Record<string, string | number> {
  const columns = (['none', 'validation', 'ours'] as const).flatMap((method): [string, string | number][] => {
    const figures = outcomes.map((outcome) => outcome[method]);
    const errors = figures.map(({ error }) => 100 * error);
    return [
      [`log-loss ${method}`, mean(figures.map(({ logLoss }) => logLoss)).toFixed(3)],
      [`error ${method}`, `${mean(errors).toFixed(1)} (${Math.max(...errors).toFixed(1)})`],
      [`worse ${method}`, outcomes.filter((outcome) => outcome[method].logLoss > outcome.none.logLoss + 1e-9).length],
    ];
  });
  return {
    set: title,
    images: Math.round(mean(outcomes.map(({ images }) => images))),
    unseen: Math.round(mean(outcomes.map(({ unseen }) => unseen))),
    accuracy: `${(100 * mean(outcomes.map(({ accuracy }) => accuracy))).toFixed(1)} %`,
    ...Object.fromEntries(columns.filter(([name]) => name !== 'worse none')),
    'error by chance': percent(mean(outcomes.map(({ ours }) => ours.chance))),
    'error with fresh images': percent(mean(outcomes.map(({ freshError }) => freshError))),
    temperatures: outcomes.map(({ ours }) => ours.temperature.toFixed(2)).join(' '),
  };
}

async function measureSet(
  trainer: Trainer,
  name: string,
  set: LabelledSet,
): Promise<Record<string, string | number>[]> {
  const rows: Record<string, string | number>[] = [];
  for (const count of sizes) {
    const outcomes: Outcome[] = [];
    for (const seed of seeds) outcomes.push(await measure(trainer, set, count, seed));
    rows.push(summarise(`${name}, ${count} a class`, outcomes));
    console.log(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

for (const needed of [clothing, teacherFolder]) {
  if (existsSync(needed)) continue;
  console.log(`SKIPPED: ${needed} is not here`);
  process.exit(0);
}
const cache = process.env['BENCH_CACHE'] ?? '.cache/calibration';
await mkdir(cache, { recursive: true });
const network = {
  model: await readTeacher(teacherFolder),
  preprocessing: teacherPreprocessing,
  size: teacherEmbeddingSize,
};
const embed = <Name extends string>(folders: Record<Name, string>): Promise<Record<Name, Folder>> =>
  embedFolders(network, folders, { cache, threads: 2 });
const { train, validation, test } = await embed(splitFolders(clothing));
const sets: [string, LabelledSet][] = [['clothing', joinSets(joinSets(train, validation), test)]];
for (const folder of process.argv.slice(2)) sets.push([basename(folder), (await embed({ folder })).folder]);

const trainer = new Trainer();
const table: Record<string, string | number>[] = [];
for (const [name, set] of sets) table.push(...(await measureSet(trainer, name, set)));
await trainer.close();
console.log(
  `means of ${seeds.length} splits, the worst in brackets; error: expected calibration error in points; ` +
    'worse: splits whose log-loss is above that without a temperature',
);
console.table(table);
