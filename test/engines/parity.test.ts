// The bundled classifier on every engine: the same answer for the same image, whichever serves.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { startWorkerEngine } from '../../src/engines/workerEngine.js';
import type { EngineName } from '../../src/engines/engine.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { loadHead } from '../../src/models/loadHead.js';
import { bundledModels } from '../support/bundledModels.js';
import { listVersions, type Version } from '../../src/models/versions.js';
import { softmax } from '../../src/softmax.js';
import { maxDifference } from '../support/reference.js';
import { seededImage } from '../support/seededImages.js';
import { withoutAddon, withoutOpenvino } from './addon.js';

async function classify(
  engineName: EngineName,
  { directory, manifest }: Version,
  images: readonly Uint8Array[],
): Promise<Float64Array[]> {
  const { backbone, preprocessing, temperature } = manifest;
  const options = {
    engine: engineName,
    device: 'cpu',
    threads: 2,
    cacheDir: 'dist/test-cache',
    warmupBatchSizes: [],
  } as const;
  const engine = await startWorkerEngine([options], { logger: pino({ level: 'silent' }) });
  await engine.loadBackbone({ ...backbone, directory, preprocessing });
  await engine.loadHead({ id: 'head', backboneId: backbone.id, ...(await loadHead(directory, manifest)) });
  const all: Float64Array[] = [];
  for (const pixels of images) {
    const { logits } = await engine.run({
      backboneId: backbone.id,
      // A copy that may be given away: slice() of sharp's Buffer is the same memory, which Node 22 and later refuse to transfer.
      pixels: new Uint8Array(pixels),
      count: 1,
      headIds: ['head'],
    });
    all.push(softmax(logits.get('head')!, temperature));
  }
  await engine.close();
  return all;
}

const others = [
  { engine: 'tfjs', skip: withoutAddon, tolerance: 1e-3 },
  { engine: 'openvino', skip: withoutOpenvino, tolerance: 1e-4 },
] as const;

describe('the same classifier as on onnx', async () => {
  const version = (await listVersions({ own: bundledModels })).versions.find(
    ({ manifest }) => manifest.layout === 'full',
  );
  const missing = version ? false : 'SKIPPED: there is no bundled classifier';
  const decodeImages = async (): Promise<Uint8Array[]> => {
    const decoder = createImageDecoder({
      limits: { maxBytes: 2 ** 26, maxPixels: 1e8, timeoutMs: 60_000 },
      concurrency: 1,
    });
    const decoded = await Promise.all(
      [1, 2, 3, 4].map(async (seed) => decoder.decode(await seededImage(seed), version!.manifest.preprocessing)),
    );
    await decoder.close();
    return decoded.map((image) => image.pixels);
  };

  for (const { engine, skip, tolerance } of others)
    it(
      `gives the same probabilities to ${tolerance} and the same first class on ${engine}`,
      { skip: skip || missing },
      async () => {
        const images = await decodeImages();
        const expected = await classify('onnx', version!, images);
        const found = await classify(engine, version!, images);
        for (const [i, probabilities] of expected.entries()) {
          assert.ok(maxDifference(probabilities, found[i]!) < tolerance);
          assert.equal(probabilities.indexOf(Math.max(...probabilities)), found[i]!.indexOf(Math.max(...found[i]!)));
        }
      },
    );
});
