import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildIndex } from '../../src/training/similar/embeddingIndex.js';
import { findNearest, normalise } from '../../src/training/similar/nearest.js';
import { NearestThreads } from '../../src/training/similar/nearestThreads.js';
import { SimilarImages, type SimilarImagesDeps } from '../../src/training/similar/similarImages.js';
import type { EmbeddingTarget } from '../../src/training/embedding/embedder.js';
import { createRandom } from '../../src/training/random.js';

const size = 10;

/** Random rows of length 1, and what their cosines with the first one are. */
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
  it('are those that sorting all cosines finds', () => {
    const vectors = rowsOf(300);
    const query = vectors.slice(70 * size, 71 * size);
    const all = Array.from({ length: 300 }, (_, row) => ({
      row,
      similarity: query.reduce((sum, value, i) => sum + value * vectors[row * size + i]!, 0),
    }));
    const expected = all.toSorted((a, b) => b.similarity - a.similarity).slice(0, 7);
    const found = findNearest({ vectors, query, limit: 7 });
    assert.deepEqual(
      found.map(({ row }) => row),
      expected.map(({ row }) => row),
    );
    assert.equal(found[0]!.row, 70);
    assert.ok(found.every(({ similarity }, i) => Math.abs(similarity - expected[i]!.similarity) < 1e-6));
    assert.equal(findNearest({ vectors, query, limit: 400 }).length, 300);
    assert.deepEqual(findNearest({ vectors: new Float32Array(0), query, limit: 3 }), []);
  });

  it('are the same when several threads look for them', async (t) => {
    const vectors = new Float32Array(new SharedArrayBuffer(5001 * size * Float32Array.BYTES_PER_ELEMENT));
    vectors.set(rowsOf(5001));
    const threads = new NearestThreads(2);
    t.after(() => threads.close());
    for (const row of [0, 2499, 2500, 2501, 5000]) {
      const task = { vectors, query: vectors.slice(row * size, (row + 1) * size), limit: 20 };
      const found = await threads.find(task);
      assert.deepEqual(found, findNearest(task));
      assert.equal(found[0]!.row, row);
    }
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
  const images = ['a', 'b', 'c'].map((sha256, i) => ({ id: i + 1, sha256 }));
  const embeddings = new Map([
    ['a', Float32Array.of(2, 0)],
    ['c', Float32Array.of(0, 5)],
  ]);

  it('has the images that have an embedding, and counts the others', async () => {
    const index = await buildIndex(images, 2, async (sha256) => embeddings.get(sha256));
    assert.deepEqual(
      index.images.map(({ id }) => id),
      [1, 3],
    );
    assert.deepEqual([[...index.vectors], index.missing], [[1, 0, 0, 1], 1]);
    assert.ok(index.vectors.buffer instanceof SharedArrayBuffer, 'a thread must not be sent a copy');
  });

  it('reads only what the one before does not have', async () => {
    const before = await buildIndex(images, 2, async (sha256) => embeddings.get(sha256));
    const read: string[] = [];
    const fewer = [images[2]!, images[1]!];
    const after = await buildIndex(
      fewer,
      2,
      async (sha256) => {
        read.push(sha256);
        return Float32Array.of(0, -1);
      },
      before,
    );
    assert.deepEqual(read, ['b']);
    const rows = after.images.map(({ id }, row) => [id, [...after.vectors.subarray(row * 2, row * 2 + 2)]]);
    assert.deepEqual(new Map(rows as [number, number[]][]), new Map([[3, [0, 1]], [2, [0, -1]]])); // prettier-ignore
  });
});

describe('similar images', () => {
  const target = { backbone: { id: 'b', embeddingSize: 4 }, backboneId: 'b' } as EmbeddingTarget;
  const { signal } = new AbortController();

  /** Datasets whose images are all named `a`, which has an embedding once `isEmbedded`. */
  function openBench(maxBytes: number) {
    const state = { now: 0, changedAt: 1, isEmbedded: true, reads: 0, limits: [] as unknown[] };
    const database = {
      query: async (_schema: unknown, sql: string, parameters: readonly unknown[]) => {
        if (sql.includes('FROM datasets')) return [{ id: Number(parameters[0]), changedAt: new Date(state.changedAt) }];
        state.limits.push(parameters[1]);
        return [{ id: 1, sha256: 'a' }];
      },
    };
    const read = async () => {
      state.reads += 1;
      return state.isEmbedded ? Float32Array.of(1, 2, 3, 4) : undefined;
    };
    const embedder = { folderOf: () => 'b', cacheOf: () => ({ read }) };
    const deps = { database, embedder, trainings: {}, maxBytes, now: () => state.now };
    return { state, similar: new SimilarImages(deps as unknown as SimilarImagesDeps) };
  }

  it('read a dataset once for all that ask at the same time, and again when it has changed', async () => {
    const { state, similar } = openBench(1000);
    const opened = await Promise.all([1, 2, 3].map(() => similar.open('1', target, signal)));
    assert.deepEqual([opened[0]!.searched, state.limits], [1, [62]], '1000 bytes hold 62 embeddings of 16');
    await similar.open('1', target, signal);
    assert.equal(state.limits.length, 1);
    state.changedAt = 2;
    await similar.open('1', target, signal);
    assert.deepEqual([state.limits.length, state.reads], [2, 1], 'what is known is not read again');
  });

  it('forget the dataset that was not searched for the longest time when there is no more room', async () => {
    const { state, similar } = openBench(40);
    for (const dataset of ['1', '2', '1', '3', '1', '2']) await similar.open(dataset, target, signal);
    assert.equal(state.reads, 4, '1 and 2, 3 in place of 2, and 2 again');
  });

  it('look for embeddings again after a while where some were missing', async () => {
    const { state, similar } = openBench(1000);
    state.isEmbedded = false;
    await assert.rejects(similar.open('1', target, signal), { code: 'conflict' });
    state.isEmbedded = true;
    await assert.rejects(similar.open('1', target, signal), { code: 'conflict' });
    state.now = 30_000;
    assert.equal((await similar.open('1', target, signal)).searched, 1);
  });
});
