// How the time for one image grows with its dataset: partitioning a snapshot, and adding images. Only decoding is faked: files,
// hashes, near duplicates and rows are handled as in every upload. Run: node dist/bench/datasetScale.js [images], 20,000 by default.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pMap from 'p-map';
import { pino } from 'pino';
import { z } from 'zod';
import { openDatabase } from '../src/data/database/openDatabase.js';
import type { Database } from '../src/data/database/database.js';
import { addImage, type AddImageDeps } from '../src/data/datasets/addImage.js';
import { Datasets } from '../src/data/datasets/datasets.js';
import { NearDuplicates } from '../src/data/datasets/nearDuplicates.js';
import type { SnapshotItem } from '../src/data/datasets/schemas.js';
import { ImageStore, sha256Of } from '../src/data/images/imageStore.js';
import { nearDuplicateBits } from '../src/data/images/perceptualHash.js';
import type { TimedImage, Geometry, ImageDecoder } from '../src/image/decoder.js';
import { partitionSnapshot } from '../src/training/partition.js';
import { createRandom } from '../src/training/random.js';

const most = Number(process.argv[2] ?? 20_000);
/** As many as are added from an archive at the same time. */
const concurrency = 4;
const patches = 6;

/** An image of 6 × 6 soft patches that depends on the seed alone; every tenth is nearly the one before. */
function drawPixels(seed: number, { width, height }: Geometry): Uint8Array {
  const random = createRandom(seed % 10 === 9 ? seed - 1 : seed);
  const grid = Float64Array.from({ length: (patches + 1) ** 2 }, () => random.next() * 255);
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [(x / width) * patches, (y / height) * patches];
      const at = Math.floor(v) * (patches + 1) + Math.floor(u);
      const across = (from: number): number => grid[from]! + (u % 1) * (grid[from + 1]! - grid[from]!);
      const grey =
        across(at) + (v % 1) * (across(at + patches + 1) - across(at)) + (seed % 10 === 9 && x === y ? 5 : 0);
      pixels.fill(grey, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  return pixels;
}

const jpegMagic = [0xff, 0xd8, 0xff, 0xe0];
const fileOf = (seed: number): Buffer => Buffer.from([...jpegMagic, ...Buffer.from(String(seed))]);

const decoder: ImageDecoder = {
  decode: async (bytes, geometry): Promise<TimedImage> => {
    const seed = Number(Buffer.from(bytes.subarray(jpegMagic.length)).toString());
    return { width: 640, height: 480, pixels: drawPixels(seed, geometry), decodeMs: 0 };
  },
  close: async () => undefined,
};

const milliseconds = (value: number): string => `${value.toFixed(3).padStart(9)} ms`;

function printPartition(count: number): void {
  const items = Array.from({ length: count }, (_, i): SnapshotItem => {
    const sha256 = sha256Of(Buffer.from(String(i)));
    return { imageId: i, sha256, label: i % 2 === 0 ? 'a' : 'b', split: 'train', groupKey: sha256 };
  });
  const startedAt = performance.now();
  partitionSnapshot(items);
  const took = performance.now() - startedAt;
  console.log(
    `partition ${count.toLocaleString('en').padStart(9)} images: ${milliseconds(took)}, ${milliseconds(took / count)} an image`,
  );
}

/** What a search that compares with every row takes: how near duplicates were found before. */
async function measureScan(database: Database): Promise<number> {
  const startedAt = performance.now();
  await database.query(
    z.object({ id: z.int() }),
    `SELECT id FROM dataset_images WHERE bit_count(dhash # (SELECT dhash FROM dataset_images ORDER BY id LIMIT 1)) <= $1
     ORDER BY bit_count(dhash # (SELECT dhash FROM dataset_images ORDER BY id LIMIT 1)), id LIMIT 1`,
    [nearDuplicateBits],
  );
  return performance.now() - startedAt;
}

interface Cost {
  readonly elapsedMs: number;
  /** Of all threads, the embedded database's too: it does not depend on what else runs. */
  readonly processorMs: number;
}

/** What one image costs on average. */
async function importUpTo(deps: AddImageDeps, from: number, to: number): Promise<Cost> {
  const [startedAt, usedBefore] = [performance.now(), process.cpuUsage()];
  const seeds = Array.from({ length: to - from }, (_, i) => from + i);
  await pMap(seeds, (seed) => addImage(deps, 'd', { bytes: fileOf(seed), label: `class-${seed % 2}` }), {
    concurrency,
  });
  const { user, system } = process.cpuUsage(usedBefore);
  return {
    elapsedMs: (performance.now() - startedAt) / (to - from),
    processorMs: (user + system) / 1000 / (to - from),
  };
}

for (const count of [10_000, 20_000, 50_000, 100_000]) printPartition(count);

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-bench-'));
const database = await openDatabase({
  dataDir,
  databaseUrl: process.env['DATABASE_URL'],
  logger: pino({ level: 'warn' }),
});
try {
  await new Datasets(database).put('d');
  const images = await ImageStore.open(join(dataDir, 'images'));
  const deps = { database, images, decoder, nearDuplicates: new NearDuplicates() };
  const step = Math.ceil(most / 10);
  for (let from = 0; from < most; from += step) {
    const { elapsedMs, processorMs } = await importUpTo(deps, from, from + step);
    const range = `${from.toLocaleString('en')} to ${(from + step).toLocaleString('en')}`.padStart(20);
    console.log(
      `import ${range}: ${milliseconds(processorMs)} of processor and ${milliseconds(elapsedMs)} in all an image; one scan of the table: ${milliseconds(await measureScan(database))}`,
    );
  }
} finally {
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
}
