import assert from 'node:assert/strict';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { DirectoryStore } from '../../src/files/directoryStore.js';
import type { Database } from '../../src/data/database/database.js';
import { takeSnapshot } from '../../src/data/datasets/snapshot.js';
import { cleanEmbeddings, embeddingPath } from '../../src/data/embeddingFiles.js';
import { sha256Of } from '../../src/data/images/imageStore.js';
import { openStorage, type Storage } from '../../src/data/storage.js';
import { claimNext } from '../../src/data/trainings/claims.js';
import { TrainingClaim } from '../../src/data/trainings/trainingClaim.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { EmbeddingCache } from '../../src/training/embedding/embeddingCache.js';
import { newDirectory, onBothDatabases, shareDatabase, silent } from '../support/databases.js';
import { newBench } from '../support/datasets.js';
import { seededImage } from '../support/seededImages.js';
import { storageLimits } from '../support/storageLimits.js';

const trainingId = '6f9b7e1c-7a53-4b64-9d4c-2f1b8b1f0a11';

/** An unfinished training that has frozen the dataset "d". */
async function beginTraining(database: Database): Promise<void> {
  await database.run(`INSERT INTO trainings (id, classifier, dataset, request, seed) VALUES ($1, 'c', 'd', '{}', 1)`, [
    trainingId,
  ]);
  const { training, claim } = (await claimNext(database, 'me'))!;
  await takeSnapshot(database, new TrainingClaim(database, training, claim), 'd');
}

const size = 4;
const values = new Float32Array(size);
/** Length of a file: the values and their checksum. */
const fileBytes = size * 4 + 4;

/** Names of the files under `directory`, whatever folder they are in. */
const namesUnder = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

await onBothDatabases('The clean-up', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('removes the embeddings of images that no dataset has, and keeps those of an unfinished training', async (t) => {
    const { add, database, datasetImages, directory } = await newBench(t, await newDatabase());
    const [kept, trained, gone] = [
      await add({ bytes: await seededImage(1), label: 'a' }),
      await add({ bytes: await seededImage(2), label: 'b' }),
      sha256Of(Buffer.from('never there')),
    ];
    const root = join(directory, 'embeddings');
    for (const backbone of ['one', 'two'])
      for (const image of [kept.sha256, trained.sha256, gone])
        await new EmbeddingCache(new DirectoryStore(root), backbone, size).write({ image, view: '0'.repeat(16) }, values);
    await writeFile(join(dirname(embeddingPath(join(root, 'one'), gone, '0')), 'litter.tmp'), 'x');
    await beginTraining(database);
    await datasetImages.remove('d', trained.id);
    const clean = (): Promise<number> => cleanEmbeddings({ queries: database, files: new DirectoryStore(root), maxBytes: 1_000_000 });
    assert.equal(await clean(), 3);
    const left = await namesUnder(root);
    assert.equal(left.filter((name) => name.startsWith(kept.sha256)).length, 2);
    assert.equal(left.filter((name) => name.startsWith(trained.sha256)).length, 2);
    assert.equal(left.length, 4);
    await database.run("UPDATE trainings SET state = 'succeeded'");
    assert.equal(await clean(), 2);
    assert.equal((await namesUnder(root)).length, 2);
  });

  test('holds the embeddings to their size: those not read for the longest time go, those in training stay', async (t) => {
    const { add, database, directory } = await newBench(t, await newDatabase());
    const root = join(directory, 'embeddings');
    const cache = new EmbeddingCache(new DirectoryStore(root), 'one', size);
    const images: string[] = [];
    for (let seed = 0; seed < 6; seed++)
      images.push((await add({ bytes: await seededImage(seed), label: 'a' })).sha256);
    const view = '0'.repeat(16);
    for (const [day, image] of images.entries()) {
      await cache.write({ image, view }, values);
      await utimes(embeddingPath(join(root, 'one'), image, view), 0, (day + 1) * 86_400);
    }
    await cache.read({ image: images[0]!, view });
    const clean = (maxBytes: number): Promise<number> =>
      cleanEmbeddings({ queries: database, files: new DirectoryStore(root), maxBytes });
    assert.equal(await clean(6 * fileBytes), 0);
    assert.equal(await clean(3 * fileBytes), 3);
    const named = (indices: readonly number[]): string[] => indices.map((i) => `${images[i]!}-${view}.f32`).sort();
    assert.deepEqual(await namesUnder(root), named([0, 4, 5]));
    await beginTraining(database);
    assert.equal(await clean(0), 0);
    await database.run("UPDATE trainings SET state = 'failed'");
    assert.equal(await clean(fileBytes), 2);
    assert.deepEqual(await namesUnder(root), named([0]));
  });

  const open = async (
    dataDir: string,
    options: { databaseUrl?: string },
  ): Promise<{ storage: Storage; close: () => Promise<void> }> => {
    const decoder = createImageDecoder({
      limits: { maxBytes: 1_000_000, maxPixels: 1_000_000, timeoutMs: 60_000 },
      concurrency: 2,
    });
    const storage = await openStorage({ dataDir, ...options, decoder, logger: silent, ...storageLimits });
    return {
      storage,
      close: async () => {
        await storage.close();
        await decoder.close();
      },
    };
  };

  test('has nothing left to do for images and thumbnails: they go when the last dataset drops the image', async (t) => {
    const dataDir = await newDirectory(t);
    const { storage, close } = await open(dataDir, await kind.prepare(dataDir));
    t.after(close);
    const size = { width: 96, height: 80 };
    for (const dataset of ['d', 'e']) {
      await storage.datasets.put(dataset);
      for (const seed of [1, 2])
        await storage.addFile(dataset, `${seed}.jpg`, { bytes: await seededImage(seed), label: 'a' });
    }
    const { images } = await storage.datasetImages.list('d', { limit: 10 });
    for (const { sha256 } of images) await storage.thumbnails.get(sha256, size);
    const [first, second] = images.map(({ sha256 }) => sha256);
    const there = async (): Promise<unknown> => ({
      images: await namesUnder(join(dataDir, 'images')),
      thumbnails: await namesUnder(join(dataDir, 'thumbnails')),
    });
    const only = (...sha256s: string[]) => ({
      images: [...sha256s].sort(),
      thumbnails: sha256s.map((sha256) => `${sha256}.webp`).sort(),
    });
    await storage.removeImage('d', images[0]!.id);
    assert.deepEqual(await there(), only(first!, second!));
    await storage.removeDataset('e');
    assert.deepEqual(await there(), only(second!));
    await storage.removeImage('d', images[1]!.id);
    assert.deepEqual(await there(), only());
    // Left by versions that did not remove them, and by a process that ends halfway.
    const orphan = join(dataDir, 'thumbnails', 'ab', `${'ab'.repeat(32)}.webp`);
    await mkdir(dirname(orphan), { recursive: true });
    await writeFile(orphan, 'x');
    assert.deepEqual(await storage.cleanUp(), {
      captures: 0,
      corrections: 0,
      removals: 0,
      predictions: 0,
      requests: 0,
      deliveries: 0,
      images: 0,
      thumbnails: 1,
      embeddings: 0,
      unfinished: 0,
    });
    assert.deepEqual(await there(), only());
  });

  test('removes what ended processes left unfinished, those of 0.1 too, and nothing that may be in work', async (t) => {
    const dataDir = await newDirectory(t);
    const { storage, close } = await open(dataDir, await kind.prepare(dataDir));
    t.after(close);
    const uuid = '00000000-0000-0000-0000-000000000000';
    const old = [`uploads/host-1.7.1700000000000.${uuid}`, `images/temporary/host-1.7.1700000000000.${uuid}`];
    const elsewhere = `uploads/.unfinished-0123456789ab.1.1.${uuid}`;
    const inWork = `uploads/host-2.7.1700000000000.${uuid}`;
    await mkdir(join(dataDir, 'images', 'temporary'), { recursive: true });
    for (const path of [...old, elsewhere, inWork]) await writeFile(join(dataDir, path), 'half');
    for (const path of [...old, elsewhere]) await utimes(join(dataDir, path), 1000, 1000);
    assert.equal((await storage.cleanUp()).unfinished, 3);
    assert.deepEqual(await readdir(join(dataDir, 'uploads')), [basename(inWork)]);
    assert.deepEqual(await readdir(join(dataDir, 'images', 'temporary')), []);
  });
});
