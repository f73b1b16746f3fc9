import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findImages } from '../../src/cli/imageArguments.js';
import { freshFolder } from '../support/folder.js';

async function newFolder(t: TestContext): Promise<string> {
  const folder = await freshFolder(t);
  await mkdir(join(folder, 'deep', 'deeper'), { recursive: true });
  for (const name of ['b.png', 'a.jpg', 'notes.txt', 'deep/c.webp', 'deep/deeper/d.heic', 'deep/e[1].png'])
    await writeFile(join(folder, name), 'x');
  return folder;
}

async function namesOf(folder: string, ...args: readonly string[]): Promise<string[]> {
  const found = await findImages(args.map((arg) => `${folder}/${arg}`));
  return found.map(({ name }) => name.slice(folder.length + 1));
}

test('files are taken as they are, whatever their ending, and folders with all images below them, by name', async (t) => {
  const folder = await newFolder(t);
  assert.deepEqual(await namesOf(folder, 'notes.txt', 'deep'), [
    'notes.txt',
    'deep/c.webp',
    'deep/deeper/d.heic',
    'deep/e[1].png',
  ]);
});

test('patterns are resolved where the shell left them, and a file whose name looks like one is that file', async (t) => {
  const folder = await newFolder(t);
  assert.deepEqual(await namesOf(folder, '*.{png,jpg}', 'deep/e[1].png'), ['a.jpg', 'b.png', 'deep/e[1].png']);
  assert.deepEqual(await namesOf(folder, '**/*.heic'), ['deep/deeper/d.heic']);
});

test('what names no image is refused by name', async (t) => {
  const folder = await newFolder(t);
  await mkdir(join(folder, 'empty'));
  await assert.rejects(namesOf(folder, 'none.png'), /There is no file .*none\.png/);
  await assert.rejects(namesOf(folder, '*.tiff'), /There are no images in .*\*\.tiff/);
  await assert.rejects(namesOf(folder, 'empty'), /There are no images in .*empty/);
});
