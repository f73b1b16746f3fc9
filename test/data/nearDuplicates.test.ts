import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { addImage } from '../../src/data/datasets/addImage.js';
import { HashIndex } from '../../src/data/datasets/hashIndex.js';
import { NearDuplicates } from '../../src/data/datasets/nearDuplicates.js';
import type { Database, Queries } from '../../src/data/database/database.js';
import { sha256Of } from '../../src/data/images/imageStore.js';
import { nearDuplicateBits } from '../../src/data/images/perceptualHash.js';
import { createRandom } from '../../src/training/random.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { newBench } from '../support/datasets.js';
import { hashFamilies, randomHash, turnBits } from '../support/randomHashes.js';
import { seededImage } from '../support/seededImages.js';

interface Held {
  readonly id: number;
  readonly hash: string;
}

function differences(a: string, b: string): number {
  let count = 0;
  for (let i = 0; i < a.length; i++) if (a.charCodeAt(i) !== b.charCodeAt(i)) count += 1;
  return count;
}

/** What the index promises, by comparing with every hash. */
function nearestByScan(held: readonly Held[], hash: string): { id: number; distance: number } | undefined {
  const near = held.map(({ id, hash: other }) => ({ id, distance: differences(hash, other) }));
  return near
    .filter(({ distance }) => distance <= nearDuplicateBits)
    .sort((a, b) => a.distance - b.distance || a.id - b.id)[0];
}

describe('the index of hashes', () => {
  for (const density of [0.5, 0.15, 0.02])
    test(`finds exactly what a scan finds among hashes with ${density * 100} % ones, deleted ones left out`, () => {
      for (let seed = 1; seed <= 3; seed++) {
        const index = new HashIndex(nearDuplicateBits);
        const random = createRandom(seed);
        const held: Held[] = [];
        let id = 0;
        // Relatives at up to 60 bits: many lie about the limit of 32.
        for (const hash of hashFamilies(seed, 400, density, 60)) {
          const found = index.nearest(hash);
          const expected = nearestByScan(held, hash);
          assert.deepEqual(found && { id: found.id, distance: found.distance }, expected);
          if (found && random.next() < 0.2) {
            index.remove(found);
            held.splice(
              held.findIndex((other) => other.id === found.id),
              1,
            );
          }
          id += 1 + random.below(3);
          index.add(id, hash);
          held.push({ id, hash });
        }
      }
    });

  test('finds a hash at exactly the radius wherever its bits differ, and none a bit further', () => {
    const random = createRandom(7);
    for (let round = 0; round < 300; round++) {
      const index = new HashIndex(nearDuplicateBits);
      const hash = randomHash(random, 0.3);
      index.add(1, hash);
      assert.equal(index.nearest(turnBits(random, hash, nearDuplicateBits))?.distance, nearDuplicateBits);
      assert.equal(index.nearest(turnBits(random, hash, nearDuplicateBits + 1)), undefined);
    }
  });

  test('compares a handful of hashes in a search, of eight thousand as of one thousand', () => {
    const comparisonsAt = (count: number): number => {
      const random = createRandom(3);
      const index = new HashIndex(nearDuplicateBits);
      for (let id = 1; id <= count; id++) index.add(id, randomHash(random, 0.4));
      for (let search = 0; search < 100; search++) index.nearest(randomHash(random, 0.4));
      return index.comparisons / 100;
    };
    const [few, many] = [comparisonsAt(1_000), comparisonsAt(8_000)];
    assert.ok(few < 5 && many < 5, `${few} of 1,000 and ${many} of 8,000 hashes were compared in a search`);
  });

  test('compares once with a hash that many images share', () => {
    const index = new HashIndex(nearDuplicateBits);
    const blank = '0'.repeat(512);
    for (let id = 1; id <= 1_000; id++) index.add(id, blank);
    assert.equal(index.size, 1);
    assert.deepEqual(index.nearest(blank), { id: 1, distance: 0, entry: 0 });
    assert.equal(index.nearest(`1${blank.slice(1)}`)?.id, 1);
    assert.equal(index.comparisons, 1);
  });
});

const countsSchema = z.object({ read: z.int() });

/** Rows of dataset_images that this connection has read lately, by an index or without. */
async function rowsRead(tx: Queries): Promise<number> {
  const sql = `SELECT (seq_tup_read + COALESCE(idx_tup_fetch, 0))::int AS read
    FROM pg_stat_xact_user_tables WHERE relname = 'dataset_images'`;
  return (await tx.query(countsSchema, sql))[0]!.read;
}

/** Notes how many rows of dataset_images each transaction reads. */
function countingReads(database: Database, reads: number[]): Database {
  const transaction: Database['transaction'] = (work) =>
    database.transaction(async (tx) => {
      const before = await rowsRead(tx);
      const result = await work(tx);
      reads.push((await rowsRead(tx)) - before);
      return result;
    });
  return new Proxy(database, {
    get: (target, name) => {
      if (name === 'transaction') return transaction;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Rows as addImage makes them, without files: one for each hash, in the dataset "d". */
async function insertHashes(queries: Queries, hashes: readonly string[], firstId = 0): Promise<void> {
  const names = hashes.map((_, i) => sha256Of(Buffer.from(`${firstId + i}`)));
  await queries.run(
    `INSERT INTO images (sha256, bytes, width, height, format, dhash)
     SELECT sha256, 1, 1, 1, 'png', dhash::bit(512) FROM unnest($1::text[], $2::text[]) AS row (sha256, dhash)`,
    [names, hashes],
  );
  await queries.run(
    `INSERT INTO dataset_images (dataset_id, sha256, dhash, group_key, label, split, split_given, file_names)
     SELECT (SELECT id FROM datasets WHERE name = 'd'), sha256, dhash::bit(512), sha256, 'a', 'train', false, '{}'
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS row (sha256, dhash, place) ORDER BY place`,
    [names, hashes],
  );
}

await onBothDatabases('The near duplicates of a dataset', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('are the same that a scan of the table finds, also when another process adds and deletes', async (t) => {
    const { database } = await newBench(t, await newDatabase());
    const nearDuplicates = new NearDuplicates();
    const hashes = hashFamilies(11, 300, 0.15, 60);
    const [{ id: datasetId }] = (await database.query(
      z.object({ id: z.int() }),
      "SELECT id FROM datasets WHERE name = 'd'",
    )) as [{ id: number }];
    const scan = (sha256: string, dhash: string) =>
      database.query(
        z.object({ id: z.int() }),
        `SELECT id FROM dataset_images WHERE dataset_id = $1 AND bit_count(dhash # $2::bit(512)) <= $4
         ORDER BY sha256 = $3 DESC, bit_count(dhash # $2::bit(512)), id LIMIT 1`,
        [datasetId, dhash, sha256, nearDuplicateBits],
      );
    for (let first = 0; first < hashes.length; first += 50) {
      await insertHashes(database, hashes.slice(first, first + 50), first);
      for (const dhash of hashes.slice(first, first + 100).filter((_, i) => i % 3 === 0)) {
        const sha256 = sha256Of(Buffer.from(dhash));
        const found = await database.transaction((tx) => nearDuplicates.find(tx, datasetId, sha256, dhash));
        const [expected] = await scan(sha256, dhash);
        assert.equal(found?.id, expected?.id);
        if (expected) await database.run('DELETE FROM dataset_images WHERE id = $1', [expected.id]);
      }
    }
    await database.run('DELETE FROM dataset_images');
    const dhash = hashes[0]!;
    const none = await database.transaction((tx) =>
      nearDuplicates.find(tx, datasetId, sha256Of(Buffer.from('x')), dhash),
    );
    assert.equal(none, undefined);
  });

  test('cost an upload a few rows, not the whole dataset', async (t) => {
    const bench = await newBench(t, await newDatabase());
    const random = createRandom(5);
    const hashes = Array.from({ length: 3_000 }, () => randomHash(random, 0.4));
    await insertHashes(bench.database, hashes);
    await bench.database.run('ANALYZE dataset_images');
    const reads: number[] = [];
    const deps = { ...bench, database: countingReads(bench.database, reads) };
    for (let seed = 0; seed < 5; seed++)
      await addImage(deps, 'd', { bytes: await seededImage(seed), label: 'a', fileName: `${seed}.jpg` });
    assert.equal(reads.length, 5);
    assert.ok(Math.max(...reads) < 50, `${reads.join(', ')} rows of 3,000 were read for each upload`);
  });
});
