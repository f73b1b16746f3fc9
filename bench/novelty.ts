// What tells images of none of the classes, on embeddings of the bundled backbone: three classes of clothing held out, the hostile images
// that can be decoded, and images of nothing. node dist/bench/novelty.js [images a class]; about five minutes the first time.
// AUROC, false positives at 95 % recall, and what is caught where one in a hundred of the known images is given up, by score: those that a
// training chooses from, with and without some negatives, and ViM, the energy, the largest logit and the largest probability of a head fitted on the same images.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { listImages } from '../src/cli/imageFolder.js';
import { createInThread } from '../src/engines/create.js';
import { AppError } from '../src/errors.js';
import { groupBy } from '../src/groupBy.js';
import { createImageDecoder } from '../src/image/decoder.js';
import { defaultUnknownAbove, nearnessTo, noveltyOf, projectUnit } from '../src/models/novelty.js';
import type { NoveltyModel } from '../src/models/noveltyFile.js';
import { manifestFileName, readManifest } from '../src/models/versions.js';
import { drawBlanks } from '../src/image/drawnImages.js';
import { softmax } from '../src/softmax.js';
import { spread } from '../src/spread.js';
import { areaUnderRoc } from '../src/training/evaluation/noveltyCheck.js';
import { fitAndSelectBest } from '../src/training/fit/bestFit.js';
import { headToLayersModel } from '../src/training/fit/headModel.js';
import { l2Candidates, resolveHyperparameters } from '../src/training/fit/hyperparameters.js';
import { chooseNovelty, type NoveltyChoice } from '../src/training/fit/noveltyChoice.js';
import { fitNovelties } from '../src/training/fit/noveltyFit.js';
import type { Rows } from '../src/training/fit/rows.js';
import { runHead } from '../src/training/worker/runHead.js';

const perClass = Number(process.argv[2] ?? 100);
const shared = '../shared/data';
const version = 'models/clothing/1';
const cacheDir = '.cache/novelty';
/** Images of the held-out classes that a user gives as negatives. */
const givenNegatives = [10, 50];
const heldOutClasses = [
  ['shoes', 'hat', 'shorts'],
  ['dress', 'pants', 't-shirt'],
  ['outwear', 'skirt', 'shirt'],
];

const { backbone, preprocessing } = await readManifest(join(version, manifestFileName));
const size = backbone.embeddingSize;
await mkdir(cacheDir, { recursive: true });
await setBackend('wasm');
const engine = await createInThread({ engine: 'onnx', device: 'cpu', threads: 2, cacheDir, warmupBatchSizes: [] });
const decoder = createImageDecoder({
  limits: { maxBytes: 2e7, maxPixels: 5e7, timeoutMs: 600_000 },
  concurrency: 1,
});
await engine.loadBackbone({ id: backbone.id, directory: version, embeddingSize: size, preprocessing });

const embedPixels = async (pixels: Uint8Array): Promise<Float32Array> =>
  (await engine.run({ backboneId: backbone.id, pixels, count: 1, headIds: [] })).embeddings;

/** Kept between runs; undefined: the file cannot be decoded. */
async function embedFile(path: string): Promise<Float32Array | undefined> {
  const bytes = await readFile(path);
  const file = join(cacheDir, `${createHash('sha256').update(bytes).digest('hex')}.f32`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept) return new Float32Array(kept.buffer.slice(kept.byteOffset, kept.byteOffset + kept.length));
  try {
    const embedding = await embedPixels((await decoder.decode(bytes, preprocessing)).pixels);
    await writeFile(file, embedding);
    return embedding;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

async function embedFiles(paths: readonly string[]): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (const path of paths) {
    const embedding = await embedFile(path);
    if (embedding) all.push(embedding);
  }
  return all;
}

const inRows = (rows: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(rows.length * size);
  rows.forEach((row, index) => all.set(row, index * size));
  return all;
};

interface Labelled {
  readonly label: string;
  readonly embedding: Float32Array;
}

const images = await listImages(join(shared, 'clothing'));
const ofSplit = async (split: string, most: number): Promise<Labelled[]> => {
  const own = groupBy(
    images.filter((image) => image.split === split),
    ({ label }) => label,
  );
  const chosen = [...own.values()].flatMap((all) => spread(all, most));
  return Promise.all(chosen.map(async ({ label, path }) => ({ label, embedding: (await embedFile(path))! })));
};
const training = await ofSplit('train', perClass);
const validation = await ofSplit('validation', perClass);
const test = await ofSplit('test', Infinity);
const hostileFiles = (await readdir(join(shared, 'hostile'), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => join(parentPath, name));
const hostile = await embedFiles(hostileFiles);
const blanks: Float32Array[] = [];
for (const pixels of drawBlanks(preprocessing)) blanks.push(await embedPixels(pixels));

type Score = (embeddings: readonly Float32Array[]) => Promise<number[]>;

/** What was fitted for one set of classes. */
interface Known {
  readonly labels: readonly string[];
  /** Higher for what is newer. */
  readonly scores: Readonly<Record<string, Score>>;
  /** Those of them that are shares, with a threshold that a server uses. */
  readonly chosen: Readonly<Record<string, NoveltyChoice>>;
  readonly logitsOf: (embeddings: readonly Float32Array[]) => Promise<Float32Array[]>;
}

const rowsAt = (values: Float32Array, width: number): Float32Array[] =>
  Array.from({ length: values.length / width }, (_, row) => values.subarray(row * width, (row + 1) * width));
const energyOf = (logits: Float32Array): number => -Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));

function fitOn(labels: readonly string[]): Known {
  const isOwn = ({ label }: Labelled): boolean => labels.includes(label);
  const rows = (of: readonly Labelled[]) => ({
    features: inRows(of.filter(isOwn).map(({ embedding }) => embedding)),
    labels: Uint32Array.from(of.filter(isOwn), ({ label }) => labels.indexOf(label)),
  });
  const train = rows(training);
  const task = { ...train, size, parts: Uint8Array.from(train.labels, (_, row) => row % 5), seed: 1 };
  const drawn = { kind: 'drawn', features: inRows(blanks) } as const;
  const foreign = training.filter((one) => !isOwn(one)).map(({ embedding }) => embedding);
  const chosen = Object.fromEntries(
    [0, ...givenNegatives].map((count) => {
      const uploaded = { kind: 'uploaded', features: inRows(spread(foreign, count)) } as const;
      const choice = chooseNovelty({ ...task, kind: 'novelty', negatives: count === 0 ? [drawn] : [drawn, uploaded] })!;
      return [`Taxon, ${count} negatives`, choice];
    }),
  );
  const data = { train, validation: rows(validation), size, classes: labels.length };
  const inTurn = (one: Rows): Uint8Array => Uint8Array.from(one.labels, (_, row) => row % 5);
  const parts = {
    train: inTurn(train),
    unaltered: new Uint8Array(train.labels.length).fill(1),
    validation: inTurn(data.validation),
  };
  const { head } = fitAndSelectBest(
    { data, parts, candidates: l2Candidates(resolveHyperparameters('default')) },
    () => undefined,
  );
  const model = headToLayersModel(head.layers, size);
  const logitsOf = async (embeddings: readonly Float32Array[]): Promise<Float32Array[]> =>
    rowsAt(await runHead(model, inRows(embeddings), embeddings.length), labels.length);
  const byLogits =
    (score: (logits: Float32Array) => number): Score =>
    async (embeddings) =>
      (await logitsOf(embeddings)).map(score);
  const fits = fitNovelties(task)!;
  const byDistance =
    (of: NoveltyModel): Score =>
    async (embeddings) =>
      embeddings.map((embedding) => -nearnessTo(of, embedding));
  const scores = {
    ...Object.fromEntries(
      Object.entries(chosen).map(([name, choice]): [string, Score] => [
        name,
        async (embeddings) => embeddings.map((embedding) => noveltyOf(choice.model, embedding)),
      ]),
    ),
    'nearest neighbours': byDistance(fits.nearest.model),
    'Mahalanobis’ distance': byDistance(fits.mahalanobis.model),
    ViM: scoreByVim(fits.nearest.model, rowsAt(train.features, size), logitsOf),
    energy: byLogits(energyOf),
    'largest logit': byLogits((logits) => -Math.max(...logits)),
    'largest probability': byLogits((logits) => -Math.max(...softmax(logits, 1))),
  };
  return { labels, scores, chosen, logitsOf };
}

/** Wang et al. 2022, "ViM: Out-Of-Distribution with Virtual-logit Matching", on embeddings of unit length with as many directions as the nearest neighbours have. */
function scoreByVim({ basis }: NoveltyModel, train: readonly Float32Array[], logitsOf: Known['logitsOf']): Score {
  const residualOf = (embedding: Float32Array): number =>
    Math.sqrt(Math.max(0, 1 - projectUnit(embedding, basis).reduce((sum, value) => sum + value * value, 0)));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return async (embeddings) => {
    const scale = mean((await logitsOf(train)).map((logits) => Math.max(...logits))) / mean(train.map(residualOf));
    const logits = await logitsOf(embeddings);
    return embeddings.map((embedding, row) => scale * residualOf(embedding) + energyOf(logits[row]!));
  };
}

/** Means over the choices of classes, by score. */
const sums = new Map<string, number[]>();
const given = new Map<string, number[]>();
const add = (to: Map<string, number[]>, name: string, figures: readonly number[]): void => {
  to.set(
    name,
    figures.map((value, i) => value / heldOutClasses.length + (to.get(name)?.[i] ?? 0)),
  );
};
const shareOf = (values: readonly number[], is: (value: number, row: number) => boolean): number =>
  values.filter(is).length / values.length;

for (const out of heldOutClasses) {
  const labels = [...new Set(training.map(({ label }) => label))].filter((label) => !out.includes(label)).sort();
  const known = test.filter(({ label }) => labels.includes(label));
  const others = test.filter(({ label }) => !labels.includes(label)).map(({ embedding }) => embedding);
  const fitted = fitOn(labels);
  for (const [name, score] of Object.entries(fitted.scores)) {
    const ours = (await score(known.map(({ embedding }) => embedding))).sort((a, b) => a - b);
    const [recall95, recall99] = [0.95, 0.99].map((share) => ours[Math.ceil(ours.length * share) - 1]!);
    const figures: number[] = [];
    for (const set of [others, hostile, blanks]) {
      const theirs = await score(set);
      figures.push(
        areaUnderRoc(ours, theirs),
        shareOf(theirs, (value) => value <= recall95!),
        shareOf(theirs, (value) => value > recall99!),
      );
    }
    add(sums, name, figures);
  }
  for (const [name, { model, tried }] of Object.entries(fitted.chosen)) {
    console.log(out.join(', '), name, JSON.stringify(tried));
    const novelties = known.map(({ embedding }) => noveltyOf(model, embedding));
    const logits = await fitted.logitsOf(known.map(({ embedding }) => embedding));
    const isRight = logits.map((row, i) => labels[row.indexOf(Math.max(...row))] === known[i]!.label);
    const isSure = (await fitted.logitsOf(blanks)).map((row) => Math.max(...softmax(row, 1)) >= 0.8);
    const isKnown = blanks.map((embedding) => noveltyOf(model, embedding) <= defaultUnknownAbove);
    const unknownOf = (set: readonly Float32Array[]): number =>
      shareOf(
        set.map((embedding) => noveltyOf(model, embedding)),
        (novelty) => novelty > defaultUnknownAbove,
      );
    add(given, name, [
      shareOf(novelties, (_, i) => isRight[i]!),
      shareOf(novelties, (novelty, i) => isRight[i]! && novelty > defaultUnknownAbove),
      shareOf(novelties, (novelty) => novelty > defaultUnknownAbove),
      unknownOf(others),
      unknownOf(hostile),
      isSure.filter(Boolean).length,
      isSure.filter((sure, i) => sure && isKnown[i]).length,
    ]);
  }
}

const percent = (share: number, digits = 0): string => `${(share * 100).toFixed(digits)} %`;
console.log(
  `${training.length} training images, ${test.length} test images, ${hostile.length} hostile ones that decode, ${blanks.length} of nothing; means of ${heldOutClasses.length} choices of three classes held out`,
);
console.log('AUROC; false positives where 95 % of the known are known; caught where 99 % are');
console.log('| score | held-out classes | hostile | nothing |\n| --- | --- | --- | --- |');
for (const [name, figures] of sums) {
  const cells = [0, 3, 6].map(
    (at) => `${figures[at]!.toFixed(3)}; ${percent(figures[at + 1]!)}; ${percent(figures[at + 2]!)}`,
  );
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
console.log('\nAt the threshold of a server, which knows nothing of the test images');
console.log(
  '| | accuracy | given up | known called unknown | held-out classes caught | hostile caught | of nothing, sure at 0.8 | of these known |\n| --- | --- | --- | --- | --- | --- | --- | --- |',
);
for (const [name, [accuracy, lost, unknown, caught, bad, sure, left]] of given)
  console.log(
    `| ${name} | ${percent(accuracy!, 1)} | ${percent(lost!, 1)} | ${percent(unknown!, 1)} | ${percent(caught!)} | ${percent(bad!)} | ${sure!.toFixed(1)} | ${left!.toFixed(1)} |`,
  );
await Promise.all([engine.close(), decoder.close()]);
