// What bf16 and int8 cost in accuracy: node dist/bench/precision.js [folder] [images for the ranges]
// The bundled version on the folder's test images (train/, validation/, test/ with class folders), on each engine that is here, with
// the ranges of int8 chosen in each way. One table; the speeds in it are of this run, one image at a time.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { listImages, type FolderImage } from '../src/cli/imageFolder.js';
import { createInThread } from '../src/engines/create.js';
import { engineNames, loadedIdOf, type Engine, type ReducedPrecision } from '../src/engines/engine.js';
import { createImageDecoder } from '../src/image/decoder.js';
import { loadHead } from '../src/models/loadHead.js';
import { readVersion } from '../src/models/versions.js';
import { rangeMethods } from '../src/quantization/histogram.js';
import { describeCheck } from '../src/serving/precisionChecks.js';
import { spread } from '../src/spread.js';
import { measureActivationRanges } from '../src/training/backboneRanges.js';
import { checkPrecisions } from '../src/training/checkPrecisions.js';

const folder = process.argv[2] ?? '../shared/data/clothing';
const measured = Number(process.argv[3] ?? 100);
const threads = availableParallelism();
const cacheDir = await mkdtemp(join(tmpdir(), 'taxon-precision-'));
const { directory, manifest } = await readVersion('models/clothing/1');
const { preprocessing, labels } = manifest;
const backbone = { ...manifest.backbone, directory, preprocessing };
const { model: head } = await loadHead(directory, manifest);
const decoder = createImageDecoder({
  limits: { maxBytes: 2 ** 25, maxPixels: 60_000_000, timeoutMs: 60_000 },
  concurrency: threads,
});
const images = await listImages(folder);

async function* decode(chosen: readonly FolderImage[]) {
  for (const { path, label } of chosen) {
    const signal = AbortSignal.timeout(60_000);
    yield { pixels: (await decoder.decode(await readFile(path), preprocessing, signal, 'request')).pixels, label };
  }
}

async function* pixelsOf(chosen: readonly FolderImage[]): AsyncGenerator<Uint8Array> {
  for await (const { pixels } of decode(chosen)) yield pixels;
}

/** Milliseconds of one image, the median of twenty. */
async function timeOne(engine: Engine, reduced?: ReducedPrecision): Promise<number> {
  const artifact = { ...backbone, ...(reduced && { reduced }) };
  await engine.loadBackbone(artifact);
  const times: number[] = [];
  for (let i = 0; i < 23; i++) {
    const pixels = new Uint8Array(preprocessing.height * preprocessing.width * 3).fill(90);
    const { inferenceMs } = await engine.run({ backboneId: loadedIdOf(artifact), pixels, count: 1, headIds: [] });
    if (i >= 3) times.push(inferenceMs);
  }
  await engine.unloadBackbone(loadedIdOf(artifact));
  return times.sort((a, b) => a - b)[10]!;
}

const train = spread(
  images.filter(({ split }) => split === 'train'),
  measured,
);
const test = images.filter(({ split }) => split === 'test');
console.log(`${test.length} test images of ${folder}; ranges of int8 from ${train.length} training images`);
try {
  for (const name of engineNames) {
    let engine: Engine;
    try {
      engine = await createInThread({ engine: name, device: 'cpu', threads, cacheDir, warmupBatchSizes: [] });
    } catch (error) {
      console.log(`${name}: not here: ${(error as Error).message}`);
      continue;
    }
    const precisions: [string, ReducedPrecision][] = [];
    if (engine.info.precisions.includes('bf16')) precisions.push(['bf16', { precision: 'bf16' }]);
    if (engine.info.precisions.includes('int8'))
      for (const method of rangeMethods) {
        const ranges = await measureActivationRanges(backbone, cacheDir, pixelsOf(train), { threads, method });
        precisions.push([`int8, ${method}`, { precision: 'int8', ranges }]);
      }
    const checks = await checkPrecisions(
      engine,
      { backbone, head, labels },
      precisions.map(([, reduced]) => reduced),
      decode(test),
    );
    console.log(`${name}: fp32 ${(await timeOne(engine)).toFixed(1)} ms`);
    for (const [i, [label, reduced]] of precisions.entries())
      console.log(`${name}: ${label} ${(await timeOne(engine, reduced)).toFixed(1)} ms: ${describeCheck(checks[i]!)}`);
    await engine.close();
  }
} finally {
  await decoder.close();
  await rm(cacheDir, { recursive: true, force: true });
}
