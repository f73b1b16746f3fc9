import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { DirectoryStore } from '../../src/files/directoryStore.js';
import { freshFolder } from '../support/folder.js';
import { describeFileStore } from './contract.js';

describe('a directory', () => {
  describeFileStore(async (t) => DirectoryStore.open(await freshFolder(t)));

  test('passes over hidden files and names that no key has, and leaves nothing unfinished', async (t) => {
    const root = await freshFolder(t);
    const store = await DirectoryStore.open(root);
    await store.put('a/one', Buffer.from('1'));
    await mkdir(join(root, '.ours'));
    await writeFile(join(root, '.ours', 'x'), '');
    await writeFile(join(root, 'a', 'with blanks'), '');
    const keys: string[] = [];
    for await (const key of store.keys('')) keys.push(key);
    assert.deepEqual(keys, ['a/one']);
    assert.deepEqual((await readdir(root)).sort(), ['.ours', 'a']);
  });

  test('says who must do what where it may not write', async (t) => {
    const root = await freshFolder(t);
    const store = await DirectoryStore.open(root);
    await writeFile(join(root, 'file'), '');
    await assert.rejects(store.put('file/below', Buffer.from('x')), /ENOTDIR|EEXIST/);
    if (process.getuid?.() === 0) {
      t.diagnostic('SKIPPED: root may write everywhere');
      return;
    }
    await chmod(root, 0o555);
    t.after(() => chmod(root, 0o755));
    await assert.rejects(store.put('b/one', Buffer.from('x')), { code: 'storage_unavailable', message: /writable/ });
  });
});
