// Every engine that runs here on the same version and images: time by batch size, then how far their probabilities lie apart.
// node dist/bench/engines.js --model models/<name>/<version> [--images folder] [--count 200] [--device cpu] [--batches 1,8]
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Device, Engine, EngineName } from '../src/engines/engine.js';
import { startWorkerEngine } from '../src/engines/workerEngine.js';
import { createImageDecoder } from '../src/image/decoder.js';
import { loadHead } from '../src/models/loadHead.js';
import { readVersion, type Version } from '../src/models/versions.js';
import { softmax } from '../src/softmax.js';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    images: { type: 'string', default: '../shared/data/clothing/test' },
    count: { type: 'string', default: '200' },
    device: { type: 'string', default: 'cpu' },
    batches: { type: 'string', default: '1,8' },
    rounds: { type: 'string', default: '10' },
  },
});
if (options.model === undefined) throw new Error('--model models/<name>/<version> is missing');
const device = options.device as Device;
const version = await readVersion(options.model);
const { preprocessing, backbone, temperature, labels } = version.manifest;
const cacheDir = await mkdtemp(join(tmpdir(), 'taxon-bench-'));

async function decodeImages(folder: string, count: number): Promise<Uint8Array[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).sort();
  const step = Math.max(1, Math.floor(names.length / count));
  const decoder = createImageDecoder({
    limits: { maxBytes: 2 ** 26, maxPixels: 1e8, timeoutMs: 60_000 },
    concurrency: 1,
  });
  const images: Uint8Array[] = [];
  for (let i = 0; i < count && i * step < names.length; i++)
    images.push((await decoder.decode(await readFile(join(folder, names[i * step]!)), preprocessing)).pixels);
  await decoder.close();
  return images;
}

async function start(engine: EngineName, { directory, manifest }: Version): Promise<Engine> {
  const given = { engine, device, threads: availableParallelism(), cacheDir, warmupBatchSizes: [1] };
  const started = await startWorkerEngine([given], { logger: pino({ level: 'silent' }) });
  await started.loadBackbone({ id: backbone.id, directory, embeddingSize: backbone.embeddingSize, preprocessing });
  await started.loadHead({ id: 'head', backboneId: backbone.id, ...(await loadHead(directory, manifest)) });
  return started;
}

const concatenate = (images: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(images));

/** Median milliseconds of a batch. */
async function timeBatch(engine: Engine, images: readonly Uint8Array[], size: number, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const batch = Array.from({ length: size }, (_, i) => images[i % images.length]!);
    const { inferenceMs } = await engine.run({
      backboneId: backbone.id,
      pixels: concatenate(batch),
      count: size,
      headIds: ['head'],
    });
    if (round >= 0) times.push(inferenceMs);
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

async function classify(engine: Engine, images: readonly Uint8Array[]): Promise<Float64Array[]> {
  const all: Float64Array[] = [];
  for (const image of images) {
    const { logits } = await engine.run({
      backboneId: backbone.id,
      pixels: image.slice(),
      count: 1,
      headIds: ['head'],
    });
    all.push(softmax(logits.get('head')!, temperature));
  }
  return all;
}

const best = (probabilities: Float64Array): number => probabilities.indexOf(Math.max(...probabilities));

function report(name: string, found: readonly Float64Array[], reference: readonly Float64Array[]): void {
  let largest = 0;
  let same = 0;
  for (const [i, probabilities] of found.entries()) {
    for (const [c, value] of probabilities.entries()) largest = Math.max(largest, Math.abs(value - reference[i]![c]!));
    if (best(probabilities) === best(reference[i]!)) same += 1;
  }
  console.log(
    `${name}: largest difference of a probability ${largest.toExponential(1)}, same first of ${labels.length} classes on ${same} of ${found.length} images`,
  );
}

const images = await decodeImages(options.images, Number(options.count));
let reference: Float64Array[] | undefined;
for (const name of ['onnx', 'tfjs'] as const) {
  const engine = await start(name, version).catch((error: unknown) =>
    console.log(`${name}: not here: ${String(error)}`),
  );
  if (!engine) continue;
  console.log(`${name} on ${engine.info.deviceName}, ${JSON.stringify(engine.info.libraries)}`);
  for (const size of options.batches.split(',').map(Number)) {
    const ms = await timeBatch(engine, images, size, Number(options.rounds));
    console.log(
      `  batch ${size}: ${ms.toFixed(1)} ms, ${(ms / size).toFixed(1)} ms an image, ${((1000 * size) / ms).toFixed(1)} images/s`,
    );
  }
  const found = await classify(engine, images);
  if (reference) report(`${name} against the first`, found, reference);
  reference ??= found;
  await engine.close();
}
await rm(cacheDir, { recursive: true, force: true });
