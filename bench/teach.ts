// What teaching in one call is worth beside a training on the same images: a new classifier from a few images of each class, and three classes
// taught beside a version that was trained on the other seven.
// Run: node dist/bench/teach.js; two minutes on two cores, and some more the first time, for the embeddings.
// Reads ../shared/data/clothing and, for the features, the MobileNet-V2 of ../shared/starter, which never met these images.
// BENCH_SHARED: another place of ../shared. BENCH_CACHE: where embeddings are kept (default .cache/calibration, which bench/calibration.ts
// fills too). BENCH_SEEDS: the draws (default 1 to 5).
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { embedFolders, splitFolders } from '../scripts/starter/embed.js';
import { fitProbe } from '../scripts/starter/head.js';
import { readTeacher, teacherEmbeddingSize, teacherPreprocessing } from '../scripts/starter/teacher.js';
import type { NoveltyModel } from '../src/models/noveltyFile.js';
import { blendTaught } from '../src/serving/taughtHead.js';
import { softmax } from '../src/softmax.js';
import { fitTaught } from '../src/training/teaching/fitTaught.js';
import { chooseRows } from '../src/training/teaching/lessonRows.js';
import { runTrainer } from '../test/support/runTrainer.js';
import {
  accuracyOf,
  classMeans,
  drawRows,
  measureTaught,
  nearestImage,
  placeOfLargest,
  rowsOf,
  setOf,
  type Classify,
  type Labelled,
} from './teach/rows.js';

const shared = process.env['BENCH_SHARED'] ?? '../shared';
const cache = process.env['BENCH_CACHE'] ?? '.cache/calibration';
const seeds = (process.env['BENCH_SEEDS'] ?? '1,2,3,4,5').split(',').map(Number);
/** Of each class that a version was trained on. */
const trainedImages = 60;
const newClasses = [
  ['shoes', 'hat', 'shorts'],
  ['dress', 'pants', 't-shirt'],
  ['outwear', 'skirt', 'shirt'],
];

await mkdir(cache, { recursive: true });
const network = {
  model: await readTeacher(join(shared, 'starter/training')),
  preprocessing: teacherPreprocessing,
  size: teacherEmbeddingSize,
};
const sets = await embedFolders(network, splitFolders(join(shared, 'data/clothing')), { cache, threads: 2 });
const { names } = sets.train;
const training = rowsOf(sets.train);
const validation = rowsOf(sets.validation);
const test = rowsOf(sets.test);
const all = names.map((_, label) => label);

/** A trained head; it has validation images beside its own, as many as the settings of a dataset set aside, though a real one has to do without them. */
async function trainHead(train: readonly Labelled[], classes: readonly number[], seed: number) {
  const perClass = Math.max(1, Math.round((0.15 * train.length) / classes.length));
  const aside = drawRows(validation.filter(({ label }) => classes.includes(label)), perClass, seed); // prettier-ignore
  const { layer } = await fitProbe(setOf(train, classes), setOf(aside, classes));
  const count = classes.length;
  return (embedding: Float32Array): Float64Array => {
    const logits = Float32Array.from({ length: count }, (_, label) =>
      embedding.reduce((sum, value, i) => sum + value * layer.kernel[i * count + label]!, layer.bias[label]!),
    );
    return softmax(logits);
  };
}

/** In percent, with the standard error of the mean. */
function cell(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return `${(100 * mean).toFixed(1)} ± ${(100 * Math.sqrt(variance / values.length)).toFixed(1)}`;
}

class Table {
  readonly #rows = new Map<string, number[][]>();

  constructor(private readonly columns: readonly string[]) {}

  add(row: string, figures: readonly number[]): void {
    const known = this.#rows.get(row) ?? figures.map(() => []);
    this.#rows.set(row, known);
    figures.forEach((figure, i) => known[i]!.push(figure));
  }

  print(): void {
    console.log(`| ${this.columns.join(' | ')} |\n|${' --- |'.repeat(this.columns.length)}`);
    for (const [row, figures] of this.#rows) console.log(`| ${row} | ${figures.map(cell).join(' | ')} |`);
  }
}

async function compareAlone(): Promise<void> {
  const table = new Table(['images a class', 'taught', 'trained head', 'class means', 'nearest image']);
  for (const count of [1, 2, 5, 10, 20])
    for (const seed of seeds) {
      const train = drawRows(training, count, seed);
      const head = await trainHead(train, all, seed);
      table.add(String(count), [
        measureTaught(setOf(train, all), setOf(test, all)),
        accuracyOf((embedding) => placeOfLargest(head(embedding)), test),
        accuracyOf(classMeans(train), test),
        accuracyOf(nearestImage(train), test),
      ]);
    }
  console.log(`A new classifier: accuracy in percent on ${test.length} test images of ${names.length} classes`);
  table.print();
}

/** Taught `added` beside a version of the classes `own`; `novelty`: the images that it was trained on are not at hand. */
function teachBeside(
  own: readonly number[],
  head: (embedding: Float32Array) => Float64Array,
  learnt: readonly Labelled[],
  added: readonly Labelled[],
  novelty?: NoveltyModel,
): Classify {
  const until = new Date(0);
  const images = [...added, ...learnt].map(({ label }, id) => ({
    id,
    sha256: '',
    label: String(label),
    createdAt: id < added.length ? new Date(1) : until,
  }));
  const chosen = chooseRows(novelty ? images.slice(0, added.length) : images, until);
  const rows = [...chosen.fresh, ...chosen.learnt].map(({ id }) => [...added, ...learnt][id]!);
  const labels = [...own, ...new Set(added.map(({ label }) => label))];
  const taughtLabels = labels.filter((label) => rows.some((row) => row.label === label));
  const fit = fitTaught({ ...setOf(rows, taughtLabels), taught: chosen.fresh.length, own: novelty });
  const taughtHead = {
    manifest: { labels: labels.map(String) } as Parameters<typeof blendTaught>[0]['manifest'],
    base: { name: '', version: 1, headId: '' },
    trained: own.length,
    scores: fit,
    places: taughtLabels.map((label) => labels.indexOf(label)),
    gate: fit.gate && { basis: novelty!.basis, scores: fit.gate },
    trust: 0,
    taught: [],
    similarities: fit.similarities,
  };
  return (embedding) => labels[placeOfLargest(blendTaught(taughtHead, head(embedding), embedding))]!;
}

async function compareBeside(): Promise<void> {
  const table = new Table([
    'images a new class',
    'taught',
    'trained again',
    'taught: old classes',
    'trained again: old',
    'version alone: old',
    'taught: new classes',
    'trained again: new',
    'taught, without the images of the version',
  ]);
  for (const count of [2, 5, 10])
    for (const seed of seeds)
      for (const out of newClasses) {
        const isNew = ({ label }: Labelled): boolean => out.includes(names[label]!);
        const own = all.filter((label) => !out.includes(names[label]!));
        const learnt = drawRows(training.filter((row) => !isNew(row)), trainedImages, seed); // prettier-ignore
        const added = drawRows(training.filter(isNew), count, seed);
        const version = await trainHead(learnt, own, seed);
        const again = await trainHead([...learnt, ...added], all, seed);
        const { features, labels, size } = setOf(learnt, own);
        const parts = Uint8Array.from(labels, (_, row) => row % 5);
        const task = { kind: 'novelty', features, labels, size, parts, negatives: [], seed } as const;
        const novelty = (await runTrainer(task))!.model;
        const trainedAgain: Classify = (embedding) => placeOfLargest(again(embedding));
        const taught = teachBeside(own, version, learnt, added);
        const [ofOld, ofNew] = [test.filter((row) => !isNew(row)), test.filter(isNew)];
        table.add(String(count), [
          accuracyOf(taught, test),
          accuracyOf(trainedAgain, test),
          accuracyOf(taught, ofOld),
          accuracyOf(trainedAgain, ofOld),
          accuracyOf((embedding) => own[placeOfLargest(version(embedding))]!, ofOld),
          accuracyOf(taught, ofNew),
          accuracyOf(trainedAgain, ofNew),
          accuracyOf(teachBeside(own, version, learnt, added, novelty), test),
        ]);
      }
  console.log(
    `\nThree classes beside a version of ${names.length - 3} classes and ${trainedImages} images of each, for each of ${newClasses.length} choices of three`,
  );
  table.print();
}

await compareAlone();
await compareBeside();
