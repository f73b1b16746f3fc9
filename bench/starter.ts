// What the features of the bundled Inception-V3 are worth: linear probes on the clothing test photos, beside a random network and the teacher.
// Run: node dist/bench/starter.js [folder of other weights.f16.bin …]; reads ../shared/starter and ../shared/data/clothing. Embeddings are kept in .cache/starter.
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { inceptionV3EmbeddingSize } from '../src/models/inceptionV3.js';
import { inceptionPreprocessing } from '../src/models/manifest.js';
import { readBackbone } from '../src/models/modelParts.js';
import { createRandom, shuffledIndices } from '../src/training/random.js';
import { embedSplits, type Embedding } from '../scripts/starter/embed.js';
import { fitProbe, joinSets, probeAccuracy, type LabelledSet } from '../scripts/starter/head.js';
import { randomLike } from '../scripts/starter/randomInception.js';
import { readTeacher, teacherEmbeddingSize, teacherPreprocessing } from '../scripts/starter/teacher.js';
import { readTrainedBackbone } from '../scripts/starter/weights.js';

const data = '../shared/data/clothing';
const teacherFolder = '../shared/starter/training';
const cache = '.cache/starter';
const draws = 5;
const shots = [5, 10, 20, 50];

interface Network extends Embedding {
  readonly title: string;
}

type Splits = Readonly<Record<'train' | 'validation' | 'test', LabelledSet>>;

/** At most `count` rows of each class, drawn by `seed`. */
function drawShots({ features, labels, size, classes }: LabelledSet, count: number, seed: number): LabelledSet {
  const left = new Array<number>(classes).fill(count);
  const picked = [...shuffledIndices(labels.length, createRandom(seed))].filter((row) => left[labels[row]!]!-- > 0);
  const drawn = new Float32Array(picked.length * size);
  picked.forEach((row, i) => drawn.set(features.subarray(row * size, (row + 1) * size), i * size));
  return { features: drawn, labels: Uint32Array.from(picked, (row) => labels[row]!), size, classes };
}

async function fewShot({ train, validation, test }: Splits, count: number): Promise<number> {
  let sum = 0;
  for (let seed = 1; seed <= draws; seed++) sum += probeAccuracy(test, (await fitProbe(drawShots(train, count, seed), validation)).layer);
  return sum / draws;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

async function measure(network: Network): Promise<Record<string, string>> {
  const splits = await embedSplits(network, { data, cache, threads: 2 });
  const { train, validation, test } = splits;
  const onTrain = await fitProbe(train, validation);
  const both = joinSets(train, validation);
  const row: Record<string, string> = {
    network: network.title,
    train: percent(probeAccuracy(test, onTrain.layer)),
    'train + validation': percent(probeAccuracy(test, (await fitProbe(both, both, onTrain.l2)).layer)),
  };
  for (const count of shots) row[`${count} a class`] = percent(await fewShot(splits, count));
  return row;
}

for (const needed of [data, teacherFolder]) {
  if (existsSync(needed)) continue;
  console.log(`SKIPPED: ${needed} is not here`);
  process.exit(0);
}
await mkdir(cache, { recursive: true });
const shipped = await readBackbone('models/clothing/1');
const inception = { preprocessing: inceptionPreprocessing, size: inceptionV3EmbeddingSize };
const networks: Network[] = [
  { title: 'random Inception-V3', model: randomLike(shipped, 1), ...inception },
  { title: 'shipped starter', model: shipped, ...inception },
];
for (const folder of process.argv.slice(2)) networks.push({ title: folder, model: await readTrainedBackbone(folder), ...inception });
networks.push({ title: 'teacher (MobileNet-V2, 224 px)', model: await readTeacher(teacherFolder), preprocessing: teacherPreprocessing, size: teacherEmbeddingSize });
const { metrics } = JSON.parse(await readFile('models/clothing/1/manifest.json', 'utf8')) as { metrics: { accuracy: number; images: number } };
const rows: Record<string, string>[] = [];
for (const network of networks) rows.push(await measure(network));
console.log(`accuracy on the ${metrics.images} clothing test photos of linear probes on embeddings; few-shot: mean of ${draws} draws`);
console.table(rows);
console.log(`the shipped head itself, as its manifest says: ${percent(metrics.accuracy)}`);
