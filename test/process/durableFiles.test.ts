// Files that are whole or absent, and what is left of those that were not finished.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, stat, utimes, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  buildFile,
  moveDirectory,
  removeUnfinished,
  replaceFile,
  unfinishedPath,
  withUnfinished,
} from '../../src/durableFiles.js';
import { freshFolder } from '../support/folder.js';

test('a file is replaced whole, and a writer that fails leaves the old one and nothing beside it', async (t) => {
  const folder = await freshFolder(t);
  const path = join(folder, 'file');
  await replaceFile(path, 'old');
  await replaceFile(path, 'new', { flush: false });
  await assert.rejects(
    buildFile(path, async (temporary) => {
      await writeFile(temporary, 'half');
      throw new Error('broken off');
    }),
    /broken off/,
  );
  assert.equal(await readFile(path, 'utf8'), 'new');
  assert.deepEqual(await readdir(folder), ['file']);
});

test('a directory moves to its place whole, but not over one that holds something', async (t) => {
  const folder = await freshFolder(t);
  const publish = (text: string): Promise<boolean> =>
    withUnfinished(folder, async (path) => {
      await mkdir(path);
      await writeFile(join(path, 'file'), text);
      return moveDirectory(path, join(folder, 'target'));
    });
  assert.deepEqual([await publish('first'), await publish('second')], [true, false]);
  assert.equal(await readFile(join(folder, 'target', 'file'), 'utf8'), 'first');
  assert.deepEqual(await readdir(folder), ['target']);
});

test('all of a directory is flushed before it moves to its place, copied files and folders in it too', async (t) => {
  const folder = await freshFolder(t);
  const from = join(folder, 'from');
  await mkdir(join(from, 'inner'), { recursive: true });
  for (const name of ['file', join('inner', 'file')]) await writeFile(join(from, name), 'copied');
  await chmod(join(from, 'file'), 0o444);
  const handle = await open(join(from, 'file'));
  await handle.close();
  const flushed = new Set<number>();
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  t.mock.method(prototype, 'sync', async function (this: FileHandle) {
    flushed.add((await this.stat()).ino);
    assert.ok(flushed.size > 4 || existsSync(from), 'not yet moved');
  });
  const paths = ['', 'inner', 'file', join('inner', 'file')];
  const inodes = await Promise.all(paths.map(async (name) => (await stat(join(from, name))).ino));
  assert.equal(await moveDirectory(from, join(folder, 'to')), true);
  assert.deepEqual(
    inodes.filter((inode) => !flushed.has(inode)),
    [],
  );
});

test('what a dead process left unfinished is removed at once, what a living one or another machine works on is not', async (t) => {
  const folder = await freshFolder(t);
  const module = new URL('../../src/durableFiles.js', import.meta.url).href;
  const leave = `import { unfinishedPath } from '${module}'; import { writeFileSync } from 'node:fs'; writeFileSync(unfinishedPath('${folder}'), 'half')`;
  spawnSync(process.execPath, ['--input-type=module', '-e', leave], { stdio: 'inherit' });
  assert.equal((await readdir(folder)).length, 1);
  const own = unfinishedPath(folder);
  await writeFile(own, 'half');
  const elsewhere = join(folder, '.unfinished-0123456789ab.1.1.00000000-0000-0000-0000-000000000000');
  await writeFile(elsewhere, 'half');
  assert.equal(await removeUnfinished(folder), 1);
  assert.deepEqual((await readdir(folder)).map((name) => join(folder, name)).sort(), [own, elsewhere].sort());
  await utimes(elsewhere, 1000, 1000);
  assert.equal(await removeUnfinished(folder), 1);
  assert.deepEqual(await readdir(folder), [own.slice(folder.length + 1)]);
});
