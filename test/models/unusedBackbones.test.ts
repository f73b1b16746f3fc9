import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { keptBackbone } from '../../src/models/backbones.js';
import { removeUnusedBackbones } from '../../src/models/unusedBackbones.js';
import { removeVersion } from '../../src/models/versions.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';

const hourMs = 3_600_000;
const none: ReadonlySet<string> = new Set();

interface Store {
  readonly modelsDir: string;
  readonly id: string;
  /** What is kept, by id. */
  readonly kept: () => Promise<string[]>;
  /** Looks for the unused `hours` from now. */
  readonly remove: (hours: number, inUse?: ReadonlySet<string>) => Promise<string[]>;
}

/** A store whose version `colours/1` has its backbone kept, and `shapes/1` another that is not. */
async function open(t: TestContext): Promise<Store> {
  const modelsDir = await freshFolder(t);
  const version = await publishTinyModel(modelsDir, 'colours', ['x', 'y']);
  await publishTinyModel(modelsDir, 'shapes', ['x', 'y'], { seed: 9 });
  const { id } = version.manifest.backbone;
  await keptBackbone({ own: modelsDir }, id, [version]);
  return {
    modelsDir,
    id,
    kept: () => readdir(join(modelsDir, '.backbones')),
    remove: (hours, inUse = none) =>
      removeUnusedBackbones({ own: modelsDir }, { inUse, nowMs: Date.now() + hours * hourMs }),
  };
}

test('a kept backbone goes once no version has named it for a day', async (t) => {
  const { modelsDir, id, kept, remove } = await open(t);
  await removeVersion({ own: modelsDir }, 'colours', 1);
  assert.deepEqual(await remove(0), []);
  assert.deepEqual(await remove(23), []);
  assert.deepEqual(await kept(), [id]);
  assert.deepEqual(await remove(25), [id]);
  assert.deepEqual(await kept(), []);
  assert.deepEqual((await readdir(modelsDir)).sort(), ['.backbones', 'colours', 'shapes']);
});

test('a kept backbone stays as long as a version names it, or the caller says that it is in use', async (t) => {
  const { modelsDir, id, kept, remove } = await open(t);
  for (const hours of [0, 1000]) assert.deepEqual(await remove(hours), []);
  await removeVersion({ own: modelsDir }, 'colours', 1);
  for (const hours of [0, 1000]) assert.deepEqual(await remove(hours, new Set([id])), []);
  assert.deepEqual(await kept(), [id]);
});

test('a backbone that is needed again in the meantime gets a whole day again', async (t) => {
  const { modelsDir, id, remove } = await open(t);
  await removeVersion({ own: modelsDir }, 'colours', 1);
  await remove(0);
  await keptBackbone({ own: modelsDir }, id, []);
  await assert.rejects(stat(join(modelsDir, '.backbones', id, '.unused')), { code: 'ENOENT' });
  assert.deepEqual(await remove(25), []);
});

test('nothing is removed while there is a version that does not say which backbone it needs', async (t) => {
  const { modelsDir, id, kept, remove } = await open(t);
  await removeVersion({ own: modelsDir }, 'colours', 1);
  await remove(0);
  await writeFile(join(modelsDir, 'shapes', '1', 'manifest.json'), '{');
  assert.deepEqual(await remove(25), []);
  assert.deepEqual(await kept(), [id]);
});

test('a store without kept backbones, or no store at all, has none to remove', async (t) => {
  assert.deepEqual(await removeUnusedBackbones({ own: join(await freshFolder(t), 'none') }, { inUse: none }), []);
});
