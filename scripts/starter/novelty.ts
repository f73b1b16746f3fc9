// Writes novelty.json of the bundled classifier: what tells images of its classes from all others. About 100 of its training images a
// class are embedded, which takes minutes: node dist/scripts/starter/novelty.js ../shared/data/clothing models/clothing/1
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { listImages, type FolderImage } from '../../src/cli/imageFolder.js';
import { createInThread } from '../../src/engines/create.js';
import { groupBy } from '../../src/groupBy.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { writeNovelty } from '../../src/models/noveltyFile.js';
import { manifestFileName, readManifest, replaceMetrics } from '../../src/models/versions.js';
import { drawBlanks } from '../../src/serving/drawnImages.js';
import { spread } from '../../src/spread.js';
import { checkNovelty, noveltyMetric } from '../../src/training/evaluation/noveltyCheck.js';
import { fitNovelty } from '../../src/training/fit/noveltyFit.js';

const [data, directory] = process.argv.slice(2);
if (data === undefined || directory === undefined)
  throw new Error('name the folder of the images and the directory of the version');

const perClass = 100;
const { backbone, preprocessing, labels } = await readManifest(join(directory, manifestFileName));
const engine = await createInThread({
  engine: 'onnx',
  device: 'cpu',
  threads: 2,
  cacheDir: join(tmpdir(), 'taxon-starter'),
  warmupBatchSizes: [],
});
const decoder = createImageDecoder({
  limits: { maxBytes: 2e7, maxPixels: 1e8, timeoutMs: 600_000 },
  concurrency: 1,
});
await engine.loadBackbone({ id: backbone.id, directory, embeddingSize: backbone.embeddingSize, preprocessing });

const embed = async (pixels: Uint8Array): Promise<Float32Array> =>
  (await engine.run({ backboneId: backbone.id, pixels, count: 1, headIds: [] })).embeddings;

async function embedImages(images: readonly FolderImage[]): Promise<Float32Array> {
  const all = new Float32Array(images.length * backbone.embeddingSize);
  for (const [row, { path }] of images.entries()) {
    const { pixels } = await decoder.decode(await readFile(path), preprocessing);
    all.set(await embed(pixels), row * backbone.embeddingSize);
  }
  return all;
}

/** The same images in the same order whatever the disk gives. */
const byName = (a: FolderImage, b: FolderImage): number => hashOf(a.path).localeCompare(hashOf(b.path));
const hashOf = (path: string): string => createHash('sha256').update(path.split('/').slice(-2).join('/')).digest('hex');

const images = (await listImages(data)).sort(byName);
const training = images.filter(({ split }) => split === 'train');
const chosen = [...groupBy(training, ({ label }) => label).values()].flatMap((own) => spread(own, perClass));
const features = await embedImages(chosen);
await setBackend('wasm');
const model = fitNovelty({
  features,
  size: backbone.embeddingSize,
  labels: Uint32Array.from(chosen, ({ label }) => labels.indexOf(label)),
  parts: Uint8Array.from(chosen, (_, row) => row % 5),
  seed: 1,
})!;
await writeNovelty(directory, model);
const heldOut = await embedImages(images.filter(({ split }) => split === 'test'));
const blanks = [...drawBlanks(preprocessing)];
const drawn = new Float32Array(blanks.length * backbone.embeddingSize);
for (const [row, pixels] of blanks.entries()) drawn.set(await embed(pixels), row * backbone.embeddingSize);
const check = checkNovelty(model, heldOut, [{ kind: 'drawn', features: drawn }]);
console.log(check);
const { metrics } = await readManifest(join(directory, manifestFileName));
await replaceMetrics({}, directory, { ...metrics, [noveltyMetric]: check });
await Promise.all([engine.close(), decoder.close()]);
