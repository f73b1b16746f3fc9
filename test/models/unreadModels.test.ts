import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { listUnread } from '../../src/models/unreadModels.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';

test('classifiers of the working directory are found where nobody reads them', async (t) => {
  const folder = await freshFolder(t);
  const [there, packaged] = [join(folder, 'models'), join(folder, 'packaged')];
  const unread = (own: string, bundled?: string) => listUnread(there, { own, bundled }, packaged);
  assert.deepEqual(await unread('data/models'), []);
  await mkdir(join(there, 'other'), { recursive: true });
  for (const name of ['garments', 'colours']) await publishTinyModel(there, name, ['x', 'y']);
  assert.deepEqual(await unread('data/models'), ['colours', 'garments']);
  assert.deepEqual(await unread(join(folder, '.', 'models')), []);
  assert.deepEqual(await unread('data/models', there), []);
  assert.deepEqual(await listUnread(packaged, { own: 'data/models' }, packaged), []);
});
