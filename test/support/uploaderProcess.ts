// A process that does nothing but upload images, until it is killed: node uploaderProcess.js <dataDir> <firstSeed> [databaseUrl].
// Writes a line of JSON for each image that was acknowledged.
import { openStorage } from '../../src/data/storage.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { silent } from './databases.js';
import { storageLimits } from './storageLimits.js';
import { seededImage } from './seededImages.js';

const [dataDir, firstSeed, databaseUrl] = process.argv.slice(2);
const decoder = createImageDecoder({
  limits: { maxBytes: 1_000_000, maxPixels: 1_000_000, timeoutMs: 60_000 },
  concurrency: 2,
});
const storage = await openStorage({
  dataDir: dataDir!,
  databaseUrl,
  decoder,
  logger: silent,
  ...storageLimits,
});
await storage.datasets.put('d', { splitSeed: 1, validationShare: 0.15, testShare: 0.15 });

let seed = Number(firstSeed);

async function uploadForever(): Promise<never> {
  for (;;) {
    const result = await storage.addFile('d', `${seed}.jpg`, {
      bytes: await seededImage(seed++),
      label: `class-${seed % 3}`,
    });
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}

await Promise.all([uploadForever(), uploadForever(), uploadForever()]);
