// What every FileStore must do, whichever it is: run on a directory and on a bucket.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import type { FileEntry, FileStore } from '../../src/files/fileStore.js';
import { freshFolder } from '../support/folder.js';

const text = (value: string): Buffer => Buffer.from(value);

const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};

/** `open` gives an empty store each time. */
export function describeFileStore(open: (t: test.TestContext) => Promise<FileStore>): void {
  test('gives back what was put, and replaces it', async (t) => {
    const store = await open(t);
    assert.equal(await store.read('a/b'), undefined);
    assert.equal(await store.has('a/b'), false);
    await store.put('a/b', text('one'));
    assert.equal(await store.has('a/b'), true);
    assert.deepEqual(await store.read('a/b'), text('one'));
    await store.put('a/b', text('two'), { durable: false });
    assert.deepEqual(await store.read('a/b'), text('two'));
    assert.deepEqual(await buffer((await store.open('a/b'))!), text('two'));
    assert.equal(await store.open('a/c'), undefined);
    await store.put('empty', Buffer.alloc(0));
    assert.deepEqual(await store.read('empty'), Buffer.alloc(0));
  });

  test('of twenty that create the same file one is told that it did, and its bytes stay', async (t) => {
    const store = await open(t);
    const created = await Promise.all(
      Array.from({ length: 20 }, async (_, i) =>
        (await store.create('x/y', text(`by ${i}`))) ? `by ${i}` : undefined,
      ),
    );
    const winners = created.filter((who) => who !== undefined);
    assert.equal(winners.length, 1);
    assert.deepEqual(await store.read('x/y'), text(winners[0]!));
    assert.equal(await store.create('x/y', text('later')), false);
    assert.deepEqual(await store.read('x/y'), text(winners[0]!));
    await store.remove(['x/y']);
    assert.equal(await store.create('x/y', text('anew')), true);
  });

  test('takes a large file from the disk and gives it back, byte for byte', async (t) => {
    const store = await open(t);
    const folder = await freshFolder(t);
    // More than two parts of an upload.
    const bytes = randomBytes(40 * 2 ** 20);
    await writeFile(join(folder, 'from'), bytes);
    await store.putFile('large/file', join(folder, 'from'));
    assert.equal(await store.copyTo('large/file', join(folder, 'to')), true);
    assert.ok(bytes.equals(await readFile(join(folder, 'to'))));
    assert.equal(await store.copyTo('large/none', join(folder, 'none')), false);
    await store.putFile('large/file', join(folder, 'to'));
    const [entry] = await collect(store.list('large/'));
    assert.equal(entry!.bytes, bytes.length);
  });

  test('lists a folder with sizes and ages, and no other', async (t) => {
    const store = await open(t);
    const before = Date.now() - 5_000;
    for (const key of ['ab/cd/one', 'ab/two', 'abc/three', 'four']) await store.put(key, text(key));
    const entries = await collect(store.list('ab/'));
    assert.deepEqual(entries.map(({ key }) => key).sort(), ['ab/cd/one', 'ab/two']);
    for (const { key, bytes, modifiedMs } of entries) {
      assert.equal(bytes, key.length);
      assert.ok(modifiedMs > before && modifiedMs < Date.now() + 5_000, `${modifiedMs}`);
    }
    assert.deepEqual((await collect(store.keys(''))).sort(), ['ab/cd/one', 'ab/two', 'abc/three', 'four']);
    assert.deepEqual(await collect(store.keys('none/')), []);
  });

  test('changes the tag of a file with its content', async (t) => {
    const store = await open(t);
    const tagOf = async (): Promise<string> => ((await collect(store.list('d/')))[0] as FileEntry).tag;
    await store.put('d/one', text('first'));
    const first = await tagOf();
    assert.equal(await tagOf(), first);
    await store.put('d/one', text('again'));
    assert.notEqual(await tagOf(), first);
  });

  test('removes what is there, however much, and passes over the rest', async (t) => {
    const store = await open(t);
    const keys = Array.from({ length: 1_050 }, (_, i) => `many/${i}`);
    for (let first = 0; first < keys.length; first += 50)
      await Promise.all(keys.slice(first, first + 50).map((key) => store.put(key, text('x'), { durable: false })));
    assert.equal((await collect(store.keys('many/'))).length, keys.length);
    await store.remove([...keys.slice(1), 'never/there']);
    assert.deepEqual(await collect(store.keys('many/')), ['many/0']);
    await store.remove([]);
  });

  test('refuses keys that lead elsewhere or are hidden', async (t) => {
    const store = await open(t);
    for (const key of ['../out', 'a/../../out', '/etc/passwd', '.hidden', 'a/.hidden', 'a//b', 'a/', ''])
      await assert.rejects(async () => store.put(key, text('x')), { code: 'invalid_request' }, key);
  });
}
