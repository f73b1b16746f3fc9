// How good the features of the bundled Inception-V3 are: linear probes beside a random network and the teacher, on the clothing test images
// and, with --external, on subjects that none of them was asked about.
// Run: node dist/bench/starter.js [folder of other weights.f16.bin …] [--external <class folders>]
// Reads ../shared/starter and ../shared/data/clothing. Embeddings are kept in .cache/starter.
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { inceptionV3EmbeddingSize } from '../src/importing/inceptionV3.js';
import { inceptionPreprocessing } from '../src/image/preprocessing.js';
import { readBackbone } from '../src/models/modelParts.js';
import { createRandom, shuffledIndices } from '../src/training/random.js';
import { embedFolders, splitFolders, type Embedding } from '../scripts/starter/embed.js';
import { fitProbe, joinSets, probeAccuracy, type LabelledSet } from '../scripts/starter/head.js';
import { randomLike } from '../scripts/starter/randomInception.js';
import { readTeacher, teacherEmbeddingSize, teacherPreprocessing } from '../scripts/starter/teacher.js';
import { readTrainedBackbone } from '../scripts/starter/weights.js';

const data = '../shared/data/clothing';
const teacherFolder = '../shared/starter/training';
const places = { cache: '.cache/starter', threads: 2 };
const clothing = { shots: [5, 10, 20, 50], draws: 5 };
/** More draws than for clothing: so few images are left to test on that one draw says little. */
const external = { shots: [5, 10], draws: 20 };

interface Network extends Embedding {
  readonly title: string;
}

type Row = Record<string, string>;
type Splits = Readonly<Record<'train' | 'validation' | 'test', LabelledSet>>;

function takeRows({ features, labels, size, classes }: LabelledSet, rows: readonly number[]): LabelledSet {
  const taken = new Float32Array(rows.length * size);
  rows.forEach((row, i) => taken.set(features.subarray(row * size, (row + 1) * size), i * size));
  return { features: taken, labels: Uint32Array.from(rows, (row) => labels[row]!), size, classes };
}

/** At most `count` rows of each class, drawn by `seed`, and all the other rows. */
function drawShots(set: LabelledSet, count: number, seed: number): { drawn: LabelledSet; rest: LabelledSet } {
  const left = new Array<number>(set.classes).fill(count);
  const drawn: number[] = [];
  const rest: number[] = [];
  for (const row of shuffledIndices(set.labels.length, createRandom(seed)))
    (left[set.labels[row]!]!-- > 0 ? drawn : rest).push(row);
  return { drawn: takeRows(set, drawn), rest: takeRows(set, rest) };
}

/** Accuracy on `test` of a probe of `count` images per class; the whole of `validation` chooses its penalty. */
async function clothingShots({ train, validation, test }: Splits, count: number, seed: number): Promise<number> {
  return probeAccuracy(test, (await fitProbe(drawShots(train, count, seed).drawn, validation)).layer);
}

/** The same on one folder: of the images that are not drawn, every other one chooses the penalty and the rest are tested on. */
async function externalShots(images: LabelledSet, count: number, seed: number): Promise<number> {
  const { drawn, rest } = drawShots(images, count, seed);
  const half = (parity: number): LabelledSet =>
    takeRows(
      rest,
      [...rest.labels.keys()].filter((row) => row % 2 === parity),
    );
  return probeAccuracy(half(1), (await fitProbe(drawn, half(0))).layer);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

async function fewShotRow(
  { shots, draws }: typeof clothing,
  accuracy: (count: number, seed: number) => Promise<number>,
): Promise<Row> {
  const row: Row = {};
  for (const count of shots) {
    let sum = 0;
    for (let seed = 1; seed <= draws; seed++) sum += await accuracy(count, seed);
    row[`${count} a class`] = percent(sum / draws);
  }
  return row;
}

async function measureClothing(network: Network): Promise<Row> {
  const splits = await embedFolders(network, splitFolders(data), places);
  const { train, validation, test } = splits;
  const onTrain = await fitProbe(train, validation);
  const both = joinSets(train, validation);
  return {
    network: network.title,
    train: percent(probeAccuracy(test, onTrain.layer)),
    'train + validation': percent(probeAccuracy(test, (await fitProbe(both, both, onTrain.l2)).layer)),
    ...(await fewShotRow(clothing, (count, seed) => clothingShots(splits, count, seed))),
  };
}

async function measureExternal(network: Network, folder: string): Promise<Row> {
  const { images } = await embedFolders(network, { images: folder }, places);
  return {
    network: network.title,
    ...(await fewShotRow(external, (count, seed) => externalShots(images, count, seed))),
  };
}

async function table(networks: readonly Network[], measure: (network: Network) => Promise<Row>): Promise<void> {
  const rows: Row[] = [];
  for (const network of networks) rows.push(await measure(network));
  console.table(rows);
}

const command = new Command()
  .argument('[weights...]', 'folders of weights.json and weights.f16.bin')
  .option('--external <folder>', 'class folders of images of other subjects')
  .parse();
const { external: externalFolder } = command.opts<{ external?: string }>();
for (const needed of [data, teacherFolder]) {
  if (existsSync(needed)) continue;
  console.log(`SKIPPED: ${needed} is not here`);
  process.exit(0);
}
await mkdir(places.cache, { recursive: true });
const shipped = await readBackbone('models/clothing/1');
const inception = { preprocessing: inceptionPreprocessing, size: inceptionV3EmbeddingSize };
const networks: Network[] = [
  { title: 'random Inception-V3', model: randomLike(shipped, 1), ...inception },
  { title: 'shipped starter', model: shipped, ...inception },
];
for (const folder of command.args)
  networks.push({ title: folder, model: await readTrainedBackbone(folder), ...inception });
networks.push({
  title: 'teacher (MobileNet-V2, 224 px)',
  model: await readTeacher(teacherFolder),
  preprocessing: teacherPreprocessing,
  size: teacherEmbeddingSize,
});
const { metrics } = JSON.parse(await readFile('models/clothing/1/manifest.json', 'utf8')) as {
  metrics: { accuracy: number; images: number };
};
console.log(
  `accuracy on the ${metrics.images} clothing test images of linear probes on embeddings; few-shot: mean of ${clothing.draws} draws`,
);
await table(networks, measureClothing);
console.log(`the shipped head itself, as its manifest says: ${percent(metrics.accuracy)}`);
if (externalFolder) {
  console.log(`accuracy of linear probes on images of ${externalFolder}; few-shot: mean of ${external.draws} draws`);
  await table(networks, (network) => measureExternal(network, externalFolder));
}
