import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DirectoryStore } from '../../src/files/directoryStore.js';
import { EmbeddingCache } from '../../src/training/embedding/embeddingCache.js';

const key = { image: 'ab'.repeat(32), view: '0123456789abcdef' };
const embedding = Float32Array.from([1.5, -2, 0.1]);

describe('the embedding cache', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'taxon-embeddings-'));
  });
  after(() => rm(root, { recursive: true }));

  const fileOf = async (backbone: string): Promise<string> => {
    const names = await readdir(join(root, backbone), { recursive: true });
    return join(
      root,
      backbone,
      names.find((name) => name.endsWith('.f32'))!,
    );
  };

  it('gives back exactly what was stored, by backbone, image and view', async () => {
    const cache = new EmbeddingCache(new DirectoryStore(root), 'one', 3);
    assert.equal(await cache.read(key), undefined);
    await cache.write(key, embedding);
    assert.deepEqual(await cache.read(key), embedding);
    assert.equal(await cache.read({ ...key, view: '0000000000000000' }), undefined);
    assert.equal(await new EmbeddingCache(new DirectoryStore(root), 'two', 3).read(key), undefined);
  });

  it('takes a damaged file for a missing one', async () => {
    const cache = new EmbeddingCache(new DirectoryStore(root), 'damaged', 3);
    await cache.write(key, embedding);
    const file = await fileOf('damaged');
    const bytes = await readFile(file);
    bytes[2]! ^= 1;
    await writeFile(file, bytes);
    assert.equal(await cache.read(key), undefined);
    await truncate(file, 5);
    assert.equal(await cache.read(key), undefined);
    await cache.write(key, embedding);
    assert.deepEqual(await cache.read(key), embedding);
  });
});
