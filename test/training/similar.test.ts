import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { embeddingPath } from '../../src/data/embeddingFiles.js';
import { compareRows } from '../../src/training/similar/compareRows.js';
import { EmbeddingIndex, normalise } from '../../src/training/similar/embeddingIndex.js';
import { SimilarImages, type SimilarImagesDeps } from '../../src/training/similar/similarImages.js';
import { viewKey } from '../../src/training/embedding/augmentation.js';
import { encodeEmbedding } from '../../src/training/embedding/embeddingFile.js';
import type { EmbeddingTarget } from '../../src/training/embedding/embedder.js';
import { createRandom } from '../../src/training/random.js';
import { plain } from '../../src/training/stages.js';
import { freshFolder } from '../support/folder.js';

const size = 10;

/** Random rows of length 1. */
function rowsOf(count: number): Float32Array {
  const random = createRandom(5);
  const rows = new Float32Array(count * size);
  for (let row = 0; row < count; row++)
    normalise(
      Float32Array.from({ length: size }, () => random.next() - 0.3),
      rows.subarray(row * size, (row + 1) * size),
    );
  return rows;
}

describe('the nearest rows', () => {
  it('are those that sorting all cosines finds', async () => {
    const vectors = rowsOf(300);
    const query = vectors.slice(70 * size, 71 * size);
    const all = Array.from({ length: 300 }, (_, row) => ({
      row,
      similarity: query.reduce((sum, value, i) => sum + value * vectors[row * size + i]!, 0),
    }));
    const expected = all.toSorted((a, b) => b.similarity - a.similarity).slice(0, 7);
    const found = await compareRows(vectors, query, 7);
    assert.deepEqual(
      found.map(({ row }) => row),
      expected.map(({ row }) => row),
    );
    assert.equal(found[0]!.row, 70);
    assert.ok(found.every(({ similarity }, i) => Math.abs(similarity - expected[i]!.similarity) < 1e-6));
    assert.equal((await compareRows(vectors, query, 400)).length, 300);
    assert.deepEqual(await compareRows(new Float32Array(0), query, 3), []);
  });

  it('stay what they are when a vector is longer, or nothing', () => {
    const target = new Float32Array(3);
    normalise(Float32Array.of(3, 0, 4), target);
    assert.deepEqual(
      [...target].map((value) => Math.round(value * 10)),
      [6, 0, 8],
    );
    normalise(new Float32Array(3), target);
    assert.deepEqual([...target], [0, 0, 0]);
  });
});

describe('an index of embeddings', () => {
  const embeddings = new Map([
    ['a', [2, 0]],
    ['b', [1, 1]],
    ['c', [0, 5]],
  ]);
  const reads: string[] = [];
  const read = (sha256: string, target: Float32Array): boolean => {
    reads.push(sha256);
    target.set(embeddings.get(sha256) ?? []);
    return embeddings.has(sha256);
  };
  const imagesOf = (...hashes: readonly string[]) => hashes.map((sha256) => ({ id: sha256.charCodeAt(0), sha256 }));
  const found = async (index: EmbeddingIndex, ...query: readonly number[]): Promise<string> =>
    (await index.nearest(Float32Array.from(query), 9)).map(({ id }) => String.fromCharCode(id)).join('');

  it('has the images that have an embedding, and follows the dataset', async () => {
    const index = new EmbeddingIndex(2);
    await index.update(imagesOf('a', 'x', 'c'), read);
    assert.deepEqual([index.count, await found(index, 3, 1), await found(index, 0, 0.1)], [2, 'ac', 'ca']);
    await index.update(imagesOf('c', 'b'), read);
    assert.deepEqual([index.count, await found(index, 1, 1)], [2, 'bc']);
    await index.update(imagesOf('a', 'b', 'c'), read);
    assert.deepEqual([index.count, await found(index, 3, 1)], [3, 'abc']);
    assert.deepEqual(reads, ['a', 'x', 'c', 'b', 'a'], 'what is there is not read again');
    await index.update([], read);
    assert.deepEqual([index.count, await found(index, 3, 1)], [0, '']);
  });

  it('gives the right image while others are taken out', async () => {
    const index = new EmbeddingIndex(2);
    await index.update(imagesOf('a', 'b', 'c'), read);
    const searching = found(index, 0, 1);
    await index.update(imagesOf('c'), read);
    assert.equal(await searching, 'c');
  });
});

describe('similar images', () => {
  const hash = 'a'.repeat(64);
  const { signal } = new AbortController();
  const target = { backbone: { id: 'fp32', embeddingSize: 4 }, backboneId: 'int8' } as EmbeddingTarget;

  /** Datasets of one image, by their id, with an embedding in `folders`. */
  async function openBench(t: TestContext, maxBytes: number) {
    const root = await freshFolder(t);
    const state = { now: 0, changedAt: 1, limits: [] as unknown[] };
    const database = {
      query: async (_schema: unknown, sql: string, parameters: readonly unknown[]) => {
        if (sql.includes('FROM datasets WHERE'))
          return [{ id: Number(parameters[0]), changedAt: new Date(state.changedAt) }];
        if (!sql.includes('LIMIT $2) AS newest')) return [{ id: 1, label: 'one' }];
        state.limits.push(parameters[1]);
        return [{ images: 1, ids: '1', hashes: hash }];
      },
    };
    const embedder = {
      folderOf: ({ backboneId }: EmbeddingTarget) => backboneId,
      cacheOf: ({ backboneId }: EmbeddingTarget) => ({ directory: join(root, backboneId) }),
    };
    const store = async (folder: string, bytes: Uint8Array = encodeEmbedding(Float32Array.of(1, 2, 3, 4))) => {
      const path = embeddingPath(join(root, folder), hash, viewKey(plain));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, bytes);
    };
    const deps = { database, embedder, trainings: {}, maxBytes, now: () => state.now };
    const similar = new SimilarImages(deps as unknown as SimilarImagesDeps);
    t.after(() => similar.close());
    return { state, similar, store };
  }

  it('read a dataset once for all that ask at the same time, and again when it has changed', async (t) => {
    const { state, similar, store } = await openBench(t, 1000);
    await store('int8');
    const opened = await Promise.all([1, 2, 3].map(() => similar.open('1', target, signal)));
    assert.deepEqual([opened[0]!.searched, state.limits], [1, [62]], '1000 bytes hold 62 embeddings of 16');
    await similar.open('1', target, signal);
    assert.equal(state.limits.length, 1);
    state.changedAt = 2;
    await similar.open('1', target, signal);
    assert.equal(state.limits.length, 2);
  });

  it('take the embeddings of fp32 where there are none of the precision that answers, and no damaged ones', async (t) => {
    const { state, similar, store } = await openBench(t, 1000);
    await store('int8', Buffer.alloc(20, 1));
    await assert.rejects(similar.open('1', target, signal), { code: 'conflict' });
    await store('fp32');
    state.changedAt = 2;
    assert.equal((await similar.open('1', target, signal)).searched, 1);
  });

  it('forget the dataset that was not searched for the longest time when there is no more room', async (t) => {
    const { state, similar, store } = await openBench(t, 40);
    await store('int8');
    for (const dataset of ['1', '2', '1', '3', '1', '2']) await similar.open(dataset, target, signal);
    assert.equal(state.limits.length, 4, '1 and 2, 3 in place of 2, and 2 again');
  });

  it('are found in a dataset that made room for another since it was opened', async (t) => {
    const { state, similar, store } = await openBench(t, 16);
    await store('int8');
    const first = await similar.open('1', target, signal);
    await similar.open('2', target, signal);
    const [found] = await first.nearest(Float32Array.of(2, 4, 6, 8), 3, signal);
    assert.deepEqual([found!.image.label, Math.round(found!.similarity * 1e6)], ['one', 1e6]);
    assert.equal(state.limits.length, 3);
  });

  it('look for embeddings again after a while where some were missing', async (t) => {
    const { state, similar, store } = await openBench(t, 1000);
    await assert.rejects(similar.open('1', target, signal), { code: 'conflict' });
    await store('int8');
    await assert.rejects(similar.open('1', target, signal), { code: 'conflict' });
    state.now = 30_000;
    assert.equal((await similar.open('1', target, signal)).searched, 1);
  });
});
