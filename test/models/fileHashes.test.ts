import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { link, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { FileHashes } from '../../src/models/fileHashes.js';
import { freshFolder } from '../support/folder.js';

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A file last changed at second `seconds` of the epoch. */
async function fileOf(t: TestContext, text: string, seconds: number): Promise<string> {
  const path = join(await freshFolder(t), 'file');
  await writeFile(path, text);
  await utimes(path, seconds, seconds);
  return path;
}

test('a file is read once, also under another name', async (t) => {
  const hashes = new FileHashes();
  const path = await fileOf(t, 'tulip', 1000);
  const expected = { sha256: sha256Of('tulip'), bytes: 5 };
  assert.deepEqual(await hashes.of(path), expected);
  await link(path, `${path}.linked`);
  await rename(path, `${path}.renamed`);
  for (const name of ['linked', 'renamed']) assert.deepEqual(await hashes.of(`${path}.${name}`), expected);
  assert.equal(hashes.bytesRead, 5);
});

test('a file is read again when its size or its time of change differs, or another file has its name', async (t) => {
  const hashes = new FileHashes();
  const path = await fileOf(t, 'tulip', 1000);
  await hashes.of(path);
  await writeFile(path, 'roses');
  await utimes(path, 1001, 1001);
  assert.equal((await hashes.of(path)).sha256, sha256Of('roses'));
  await writeFile(path, 'weed');
  await utimes(path, 1001, 1001);
  assert.equal((await hashes.of(path)).sha256, sha256Of('weed'));
  const other = await fileOf(t, 'moss', 1001);
  await rm(path);
  await rename(other, path);
  assert.equal((await hashes.of(path)).sha256, sha256Of('moss'));
});

test('a file changed less than two seconds ago is read each time, for it may change again unseen', async (t) => {
  let nowMs = 1_001_500;
  const hashes = new FileHashes(() => nowMs);
  const path = await fileOf(t, 'tulip', 1000);
  for (let i = 1; i <= 2; i++) {
    await hashes.of(path);
    assert.equal(hashes.bytesRead, 5 * i);
  }
  nowMs = 1_003_000;
  for (let i = 0; i < 2; i++) await hashes.of(path);
  assert.equal(hashes.bytesRead, 15);
});

test('a file whose hash its writer gave is not read', async (t) => {
  const hashes = new FileHashes();
  const path = await fileOf(t, 'tulip', Date.now() / 1000);
  await hashes.remember(path, sha256Of('tulip'));
  assert.equal((await hashes.of(path)).sha256, sha256Of('tulip'));
  assert.equal(hashes.bytesRead, 0);
});

test('a missing file gives the error of the file system', async (t) => {
  await assert.rejects(new FileHashes().of(join(await freshFolder(t), 'none')), { code: 'ENOENT' });
});
