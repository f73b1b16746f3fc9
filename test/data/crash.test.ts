import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fileResultSchema, type FileResult } from '../../src/data/datasets/importArchive.js';
import { sha256Of } from '../../src/data/images/imageStore.js';
import { openStorage, type Storage } from '../../src/data/storage.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { createRandom, type Random } from '../../src/training/random.js';
import { newDirectory, onBothDatabases, silent } from '../support/databases.js';
import { storageLimits } from '../support/storageLimits.js';

/** CI kills 50 times; each takes a start of the embedded database. */
const rounds = Number(process.env.CRASH_ROUNDS ?? 3);
/** When the processes die; the same seed gives the same lives. */
const seed = Number(process.env.CRASH_SEED ?? 1);
const longestLifeMs = 1_500;
const uploader = fileURLToPath(new URL('../support/uploaderProcess.js', import.meta.url));

interface Place {
  readonly dataDir: string;
  readonly databaseUrl?: string;
}

/** Uploads for a random while after the first image, then dies; gives what was acknowledged. */
async function uploadUntilKilled(
  { dataDir, databaseUrl }: Place,
  round: number,
  random: Random,
): Promise<FileResult[]> {
  const child = spawn(
    process.execPath,
    [uploader, dataDir, String(round * 100_000), ...(databaseUrl === undefined ? [] : [databaseUrl])],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const acknowledged: FileResult[] = [];
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => acknowledged.push(fileResultSchema.parse(JSON.parse(line))));
  await once(lines, 'line');
  await delay(random.next() * longestLifeMs);
  const closed = Promise.all([once(child, 'close'), once(lines, 'close')]);
  child.kill('SIGKILL');
  await closed;
  return acknowledged;
}

async function reopen(t: TestContext, place: Place): Promise<Storage> {
  const decoder = createImageDecoder({
    limits: { maxBytes: 1_000_000, maxPixels: 1_000_000, timeoutMs: 60_000 },
    concurrency: 1,
  });
  t.after(() => decoder.close());
  const storage = await openStorage({
    ...place,
    decoder,
    logger: silent,
    ...storageLimits,
  });
  t.after(() => storage.close());
  return storage;
}

async function assertKept(storage: Storage, acknowledged: readonly FileResult[]): Promise<void> {
  for (const result of acknowledged) {
    assert.ok(result.outcome === 'added');
    const kept = await storage.datasetImages.get('d', result.id);
    assert.deepEqual(
      [kept.sha256, kept.label, kept.split, kept.fileNames],
      [result.sha256, result.label, result.split, [result.filename]],
    );
    assert.equal(sha256Of(await storage.images.read(result.sha256)), result.sha256);
  }
}

await onBothDatabases('A process killed while it takes images in', (kind) => {
  test(`loses none that it acknowledged and leaves nothing half done, ${rounds} times`, async (t) => {
    const dataDir = await newDirectory(t);
    const place = { dataDir, ...(await kind.prepare(dataDir)) };
    t.diagnostic(`CRASH_SEED=${seed}`);
    const random = createRandom(seed);
    const acknowledged: FileResult[] = [];
    for (let round = 0; round < rounds; round++) {
      acknowledged.push(...(await uploadUntilKilled(place, round, random)));
      const storage = await reopen(t, place);
      await assertKept(storage, acknowledged);
      assert.deepEqual(
        (await readdir(dataDir, { recursive: true })).filter((path) => path.includes('.unfinished-')),
        [],
      );
      await storage.cleanUp();
      let files = 0;
      for await (const sha256 of storage.images.list()) files += sha256.length > 0 ? 1 : 0;
      assert.equal(files, (await storage.datasets.get('d')).images);
      await storage.close();
    }
    t.diagnostic(`${acknowledged.length} images acknowledged over ${rounds} kills, none lost`);
  });
});
