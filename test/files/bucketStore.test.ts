import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { BucketStore, connectBucket } from '../../src/files/bucketStore.js';
import { CachedStore } from '../../src/files/cachedStore.js';
import { FileCache } from '../../src/files/fileCache.js';
import { BucketServer, minio } from '../support/bucketServer.js';
import { freshFolder } from '../support/folder.js';
import { describeFileStore } from './contract.js';

const skip = minio === undefined ? 'MINIO does not name the program of a bucket server' : false;
if (skip) console.error(`SKIPPED: the stores of a bucket: ${skip}`);

describe('a bucket', { skip }, () => {
  let server: BucketServer;
  before(async () => void (server = await BucketServer.start()));
  after(() => server.remove());

  const openStore = (t: test.TestContext, bucket = 'taxon'): BucketStore => {
    const settings = { bucket, prefix: `${randomUUID()}/`, endpoint: server.endpoint, pathStyle: true };
    const client = connectBucket(settings);
    t.after(() => client.destroy());
    return new BucketStore(client, settings, 'some/');
  };

  describe('itself', () => describeFileStore((t) => Promise.resolve(openStore(t))));
  describe('with copies here', () =>
    describeFileStore(
      async (t) => new CachedStore(openStore(t), await FileCache.open(await freshFolder(t), 2 ** 20), 'some/'),
    ));

  test('that does not exist, or is away, is said to be', async (t) => {
    await assert.rejects(openStore(t, 'no-such-bucket').read('a'), {
      code: 'storage_unavailable',
      message: /no bucket/,
    });
    const store = openStore(t);
    await store.put('a', Buffer.from('one'));
    await server.kill();
    try {
      const away = { code: 'storage_unavailable', message: /cannot be reached/ };
      await assert.rejects(store.put('b', Buffer.from('two')), away);
      await assert.rejects(store.read('a'), away);
      await assert.rejects(store.has('a'), away);
    } finally {
      await server.restart();
    }
    assert.deepEqual(await store.read('a'), Buffer.from('one'));
  });

  test('is read from copies, which are as many as allowed, and go when another removed their files', async (t) => {
    const far = openStore(t);
    const cache = await FileCache.open(await freshFolder(t), 100_000);
    const store = new CachedStore(far, cache, 'some/');
    const bytes = Buffer.alloc(4_000, 1);
    for (let i = 0; i < 100; i++) await store.create(`ab/${i}`, bytes);
    let copies = 0;
    for await (const key of cache.keys('')) copies += key === '' ? 0 : 1;
    assert.ok(copies > 10 && copies <= 25, `${copies}`);
    await far.remove(['ab/98', 'ab/99']);
    assert.ok((await store.read('ab/99')) !== undefined);
    assert.equal(await store.forgetRemoved(), 2);
    assert.equal(await store.read('ab/99'), undefined);
  });
});
