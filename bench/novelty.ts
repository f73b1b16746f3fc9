// What tells images of none of the classes, on embeddings of the bundled backbone: three classes of clothing held out, the hostile images
// that can be decoded, and images of nothing. node dist/bench/novelty.js [images a class]; about five minutes the first time.
// AUROC, and what is caught where one in a hundred of the known images is given up, by score: the nearest neighbours that Taxon uses, and the
// largest probability, the largest logit and the energy of a head fitted on the same images.
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
import { noveltyOf } from '../src/models/novelty.js';
import { manifestFileName, readManifest } from '../src/models/versions.js';
import { drawBlanks } from '../src/serving/drawnImages.js';
import { softmax } from '../src/softmax.js';
import { spread } from '../src/spread.js';
import { areaUnderRoc } from '../src/training/evaluation/noveltyCheck.js';
import { fitAndSelectBest } from '../src/training/fit/bestFit.js';
import { headToLayersModel } from '../src/training/fit/headModel.js';
import { l2Candidates, resolveHyperparameters } from '../src/training/fit/hyperparameters.js';
import { fitNovelty } from '../src/training/fit/noveltyFit.js';
import type { Rows } from '../src/training/fit/rows.js';
import { runHead } from '../src/training/worker/runHead.js';

const perClass = Number(process.argv[2] ?? 100);
const shared = '../shared/data';
const version = 'models/clothing/1';
const cacheDir = '.cache/novelty';
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

/** Scores of one set of classes, each higher for what is newer. */
function scoresOf(labels: readonly string[], isOwn: (label: string) => boolean): Record<string, Score> {
  const own = (of: readonly Labelled[]): Labelled[] => of.filter(({ label }) => isOwn(label));
  const rows = (of: readonly Labelled[]) => ({
    features: inRows(own(of).map(({ embedding }) => embedding)),
    labels: Uint32Array.from(own(of), ({ label }) => labels.indexOf(label)),
  });
  const train = rows(training);
  const novelty = fitNovelty({
    ...train,
    size,
    parts: Uint8Array.from(train.labels, (_, row) => row % 5),
    seed: 1,
  })!;
  const data = { train, validation: rows(validation), size, classes: labels.length };
  const inTurn = (rows: Rows): Uint8Array => Uint8Array.from(rows.labels, (_, row) => row % 5);
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
  const byLogits =
    (score: (logits: Float32Array) => number): Score =>
    async (embeddings) => {
      const logits = await runHead(model, inRows(embeddings), embeddings.length);
      return embeddings.map((_, row) => score(logits.subarray(row * labels.length, (row + 1) * labels.length)));
    };
  return {
    'nearest neighbours': async (embeddings) => embeddings.map((embedding) => noveltyOf(novelty, embedding)),
    'largest probability': byLogits((logits) => -Math.max(...softmax(logits, 1))),
    'largest logit': byLogits((logits) => -Math.max(...logits)),
    energy: byLogits((logits) => -Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0))),
  };
}

const sums = new Map<string, number[]>();
let rounds = 0;
for (const out of heldOutClasses) {
  const labels = [...new Set(training.map(({ label }) => label))].filter((label) => !out.includes(label)).sort();
  const isKnown = (label: string): boolean => labels.includes(label);
  const embeddingsOf = (is: (label: string) => boolean): Float32Array[] =>
    test.filter(({ label }) => is(label)).map(({ embedding }) => embedding);
  const known = embeddingsOf(isKnown);
  const unknown = [embeddingsOf((label) => !isKnown(label)), hostile, blanks];
  for (const [name, score] of Object.entries(scoresOf(labels, isKnown))) {
    const ours = (await score(known)).sort((a, b) => a - b);
    const bound = ours[Math.ceil(ours.length * 0.99) - 1]!;
    const figures: number[] = [];
    for (const set of unknown) {
      const theirs = await score(set);
      figures.push(areaUnderRoc(ours, theirs), theirs.filter((value) => value > bound).length / theirs.length);
    }
    // At the bound that a server uses, which knows nothing of the test images.
    figures.push(name === 'nearest neighbours' ? ours.filter((value) => value > 0.99).length / ours.length : NaN);
    sums.set(
      name,
      figures.map((value, i) => value + (sums.get(name)?.[i] ?? 0)),
    );
  }
  rounds++;
}

console.log(
  `${training.length} training images, ${test.length} test images, ${hostile.length} hostile ones that decode, ${blanks.length} of nothing; means of ${rounds} choices of three classes held out`,
);
console.log(
  '| score | held-out classes: AUROC, caught | hostile | nothing | known images above 0.99 |\n| --- | --- | --- | --- | --- |',
);
for (const [name, all] of sums) {
  const [a, b, c, d, e, f, g] = all.map((value) => value / rounds) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const cell = (auroc: number, caught: number): string => `${auroc.toFixed(3)}, ${(caught * 100).toFixed(0)} %`;
  console.log(
    `| ${name} | ${cell(a, b)} | ${cell(c, d)} | ${cell(e, f)} | ${Number.isNaN(g) ? '' : `${(g * 100).toFixed(1)} %`} |`,
  );
}
await Promise.all([engine.close(), decoder.close()]);
