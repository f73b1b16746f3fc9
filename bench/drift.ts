// Which changes of the images the drift figures see, and how often they see one where there is none: clothing, with images as they are, blurred,
// darkened, turned, of one class alone, and others mixed in. node dist/bench/drift.js [draws]; about twenty minutes of two cores the first time.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import sharp from 'sharp';
import { listImages } from '../src/cli/imageFolder.js';
import { createInThread } from '../src/engines/create.js';
import { AppError } from '../src/errors.js';
import { groupBy } from '../src/groupBy.js';
import { createImageDecoder } from '../src/image/decoder.js';
import type { DriftBaseline } from '../src/models/driftBaseline.js';
import { manifestFileName, readManifest } from '../src/models/versions.js';
import { DriftTally, readCounts } from '../src/serving/drift/measures.js';
import { compareWith, driftedFrom } from '../src/serving/drift/stability.js';
import { spread } from '../src/spread.js';
import { fitDrift } from '../src/training/fit/driftFit.js';
import { createRandom, shuffledIndices } from '../src/training/random.js';

const draws = Number(process.argv[2] ?? 40);
const shared = '../shared/data';
const version = 'models/clothing/1';
const cacheDir = '.cache/drift';
const perClass = 100;

const { backbone, preprocessing, labels } = await readManifest(join(version, manifestFileName));
const size = backbone.embeddingSize;
await mkdir(cacheDir, { recursive: true });
await setBackend('wasm');
const cache = { cacheDir: join(tmpdir(), 'taxon-drift-bench'), warmupBatchSizes: [] };
const engine = await createInThread({ engine: 'onnx', device: 'cpu', threads: 2, ...cache });
const decoder = createImageDecoder({
  limits: { maxBytes: 2e7, maxPixels: 5e7, timeoutMs: 600_000 },
  concurrency: 1,
});
await engine.loadBackbone({ id: backbone.id, directory: version, embeddingSize: size, preprocessing });

const alterations = {
  plain: (bytes: Buffer): Promise<Buffer> => Promise.resolve(bytes),
  blurred: (bytes: Buffer): Promise<Buffer> => sharp(bytes).blur(3).png().toBuffer(),
  darkened: (bytes: Buffer): Promise<Buffer> => sharp(bytes).linear(0.4, 0).png().toBuffer(),
  turned: (bytes: Buffer): Promise<Buffer> => sharp(bytes).rotate(90).png().toBuffer(),
};

interface Embedded {
  readonly label: string;
  readonly embedding: Float32Array;
}
interface Source {
  readonly path: string;
  readonly label: string;
}

/** Kept between runs; files that cannot be decoded are left out. */
async function embed(sources: readonly Source[], alteration: keyof typeof alterations = 'plain'): Promise<Embedded[]> {
  const all: Embedded[] = [];
  for (const { path, label } of sources) {
    const bytes = await readFile(path);
    const file = join(cacheDir, `${createHash('sha256').update(bytes).digest('hex')}-${alteration}.f32`);
    const kept = await readFile(file).catch(() => undefined);
    if (kept) {
      const values = kept.buffer.slice(kept.byteOffset, kept.byteOffset + kept.length);
      all.push({ label, embedding: new Float32Array(values) });
      continue;
    }
    try {
      const { pixels } = await decoder.decode(await alterations[alteration](bytes), preprocessing);
      const { embeddings } = await engine.run({ backboneId: backbone.id, pixels, count: 1, headIds: [] });
      await writeFile(file, embeddings);
      all.push({ label, embedding: embeddings });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
    }
  }
  return all;
}

const images = await listImages(join(shared, 'clothing'));
const ofSplit = (split: string): Source[] => images.filter((image) => image.split === split);
const ofTraining = groupBy(ofSplit('train'), ({ label }) => label);
const training = await embed([...ofTraining.values()].flatMap((own) => spread(own, perClass)));
const test = await embed([...ofSplit('validation'), ...ofSplit('test')]);
const hostile = (await readdir(join(shared, 'hostile'), { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && !/giant|limit/.test(entry.name))
  .map(({ parentPath, name }) => ({ path: join(parentPath, name), label: 'hostile' }));
const pools: Readonly<Record<string, readonly Embedded[]>> = {
  test,
  hostile: await embed(hostile),
  blurred: await embed(ofSplit('test'), 'blurred'),
  darkened: await embed(ofSplit('test'), 'darkened'),
  turned: await embed(ofSplit('test'), 'turned'),
};
await Promise.all([engine.close(), decoder.close()]);

/** The mix of classes is measured by the true ones: what a perfect head would say. */
function measure(own: readonly Embedded[]): DriftBaseline {
  const features = new Float32Array(own.length * size);
  own.forEach(({ embedding }, row) => features.set(embedding, row * size));
  const parts = Uint8Array.from(own, (_, row) => row % 5);
  const measured = fitDrift({ kind: 'drift', features, size, parts, seed: 1 })!;
  const classes = labels.map((name) => own.filter(({ label }) => label === name).length);
  return { ...measured, id: 'bench', size, classes };
}

const startedAt = process.cpuUsage();
const baseline = measure(training);
const { user, system } = process.cpuUsage(startedAt);

const random = createRandom(5);
const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]!;
/** As many of each class, as in the training; hostile images have none. */
function drawOne(pool: readonly Embedded[]): Embedded {
  const label = pick(labels);
  const own = pool.filter((one) => one.label === label);
  return pick(own.length > 0 ? own : pool);
}

function indexOf(of: DriftBaseline, seen: readonly Embedded[]): number {
  const tally = new DriftTally(of);
  for (const { embedding, label } of seen) {
    const place = labels.indexOf(label);
    tally.add(embedding, place < 0 ? labels.length : place);
  }
  return compareWith(of, readCounts(of, tally.take())).embeddings!;
}

function tell(name: string, count: number, indices: readonly number[]): void {
  const mean = indices.reduce((sum, index) => sum + index, 0) / indices.length;
  const figures = [mean, Math.min(...indices), Math.max(...indices)].map((index) => index.toFixed(3)).join(', ');
  const called = indices.filter((index) => index >= driftedFrom.embeddings).length;
  console.log(`| ${name} | ${count} | ${figures} | ${called} of ${indices.length} |`);
}

console.log(`processor time of the fit: ${((user + system) / 1e6).toFixed(1)} s`);
console.log('| images of a day | number | index: mean, lowest, highest | called drift |\n| --- | --- | --- | --- |');

// No image twice, neither in one day nor in the training: halves of all images, other ones each time.
const plain = [...training, ...test];
const halves = Array.from({ length: draws }, () => {
  const order = Array.from(shuffledIndices(plain.length, random), (row) => plain[row]!);
  const half = order.length >> 1;
  return { own: measure(order.slice(0, half)), others: order.slice(half) };
});
for (const count of [200, 800])
  tell(
    'like the training',
    count,
    halves.map(({ own, others }) => indexOf(own, others.slice(0, count))),
  );
for (const pool of ['blurred', 'darkened', 'turned', 'hostile'])
  for (const share of [1, 0.5, 0.25]) {
    const count = 500;
    const altered = Math.round(count * share);
    const day = (): Embedded[] => Array.from({ length: count }, (_, i) => drawOne(pools[i < altered ? pool : 'test']!));
    tell(
      `${share * 100} % ${pool}`,
      count,
      Array.from({ length: draws }, () => indexOf(baseline, day())),
    );
  }

const tally = new DriftTally(baseline);
const began = process.cpuUsage();
for (let i = 0; i < 5_000; i++) tally.add(test[i % test.length]!.embedding, i % labels.length);
const spent = process.cpuUsage(began);
console.log(
  `${((spent.user + spent.system) / 5_000).toFixed(1)} µs of processor time to count an image, after its answer`,
);
