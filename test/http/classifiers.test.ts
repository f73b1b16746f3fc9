// Classifiers come and go over the API: trained beside a bundled one, made the default, deleted, found after a reload.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

const colours: readonly ColourName[] = ['red', 'green'];
const bundled = await mkdtemp(join(tmpdir(), 'taxon-bundled-'));
after(() => rm(bundled, { recursive: true, force: true }));
await publishTinyModel(bundled, 'colours', colours);
const { url, dataDir } = await startApp({ BUNDLED_MODELS_DIR: bundled });

const admin = <T = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  key = adminKey,
): Promise<Answer<T>> =>
  call<T>(`${url}/v1/admin/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

const remove = (path: string): Promise<number> =>
  fetch(`${url}/v1/admin/${path}`, { method: 'DELETE', headers: { authorization: `Bearer ${adminKey}` } }).then(
    async (response) => (await response.text(), response.status),
  );

async function train(model: string): Promise<void> {
  const { body } = await admin<{ id: string }>('POST', 'retrain', { dataset: 'd', model });
  for (;;) {
    const { body: training } = await admin<{ state: string; error: unknown }>('GET', `trainings/${body.id}`);
    if (training.state === 'succeeded') return;
    assert.ok(['queued', 'running'].includes(training.state), JSON.stringify(training.error));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const image = await colourImage('red', 1);
const classify = (query = ''): Promise<Answer<{ model?: { name: string } }>> =>
  call(`${url}/v1/classify${query}`, { method: 'POST', body: formOf('image', [['a.png', image]]) });
const answering = async (): Promise<string | undefined> => (await classify()).body.model?.name;

async function defaults(): Promise<Array<[string, boolean]>> {
  const { body } = await call<{ models: Array<{ name: string; default: boolean }> }>(`${url}/v1/models`);
  return body.models.map(({ name, default: isDefault }) => [name, isDefault]);
}

await admin('PUT', 'datasets/d');
for (const colour of colours)
  for (const [split, first] of Object.entries({ train: 0, validation: 4, test: 8 })) {
    const files = await Promise.all(
      [0, 1, 2, 3].map(async (i) => [`${i}.png`, await colourImage(colour, first + i)] as const),
    );
    await call(`${url}/v1/admin/datasets/d/images?label=${colour}&split=${split}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}` },
      body: formOf('image', files),
    });
  }

test('the room for classifiers is measured where they will be, before there is one', async () => {
  const text = await (await fetch(`${url}/metrics`)).text();
  assert.ok(!(await readdir(dataDir)).includes('models'));
  assert.match(text, /^taxon_disk_available_bytes\{directory="models"\} [1-9]/m);
});

test('a training writes under the data directory and does not become the default; the bundled models stay as they are', async () => {
  await train('bar');
  await train('colours');
  assert.deepEqual(await defaults(), [
    ['bar', false],
    ['colours', true],
  ]);
  assert.equal(await answering(), 'colours');
  assert.deepEqual((await readdir(join(dataDir, 'models'))).sort(), ['.backbones', 'bar', 'colours']);
  assert.deepEqual(await readdir(join(dataDir, 'models', 'colours')), ['2']);
  assert.deepEqual([await readdir(bundled), await readdir(join(bundled, 'colours'))], [['colours'], ['1']]);
});

test('an admin chooses the default classifier, which is not deleted before another is chosen', async () => {
  assert.deepEqual((await admin('PUT', 'default-model', { model: 'bar' })).body, { model: 'bar' });
  assert.deepEqual(
    [await answering(), await defaults()],
    [
      'bar',
      [
        ['bar', true],
        ['colours', false],
      ],
    ],
  );
  assert.equal((await admin('PUT', 'default-model', { model: 'nothing' })).body['code'], 'unknown_model');
  assert.equal(await remove('models/bar'), 409);
  await admin('PUT', 'default-model', { model: 'colours' });
});

test('a classifier is deleted under requests: each is answered by it, or told that it is not there', async () => {
  const requests = Array.from({ length: 30 }, () => classify('?model=bar'));
  await requests[0];
  assert.equal(await remove('models/bar'), 204);
  const statuses = (await Promise.all(requests)).map(({ status }) => status);
  assert.deepEqual(
    statuses.filter((status) => status !== 200 && status !== 404),
    [],
  );
  assert.equal(statuses[0], 200);
  assert.equal((await classify('?model=bar')).status, 404);
  assert.equal(await remove('models/bar'), 404);
  assert.deepEqual((await readdir(join(dataDir, 'models'))).sort(), ['.backbones', 'colours']);
});

test('what comes with Taxon is not deleted', async () => {
  for (const path of ['models/colours', 'models/colours/versions/1']) {
    assert.equal(await remove(path), 409);
  }
});

test('a reload says what came, what went and what is refused', async () => {
  const own = join(dataDir, 'models');
  await publishTinyModel(own, 'shapes', ['x', 'y'], { seed: 3 });
  await mkdir(join(own, 'shapes', '7'));
  await writeFile(join(own, 'shapes', '7', 'manifest.json'), '{');
  const found = await admin<{ added: unknown; removed: unknown; refused: Array<{ directory: string }> }>(
    'POST',
    'reload',
  );
  assert.deepEqual([found.status, found.body.added, found.body.removed], [200, [{ name: 'shapes', version: 1 }], []]);
  assert.deepEqual(
    found.body.refused.map(({ directory }) => directory),
    [join(own, 'shapes', '7')],
  );
  assert.equal((await classify('?model=shapes')).status, 200);
  await rm(join(own, 'shapes'), { recursive: true });
  const gone = await admin('POST', 'reload');
  assert.deepEqual(gone.body, { added: [], removed: [{ name: 'shapes', version: 1 }], refused: [] });
});

test('all three need the scope admin', async () => {
  const { body } = await admin<{ key: string }>('POST', 'keys', { name: 'trainer', scopes: ['train'] });
  const asTrainer = await Promise.all([
    admin('PUT', 'default-model', { model: 'colours' }, body.key),
    admin('DELETE', 'models/colours', undefined, body.key),
    admin('POST', 'reload', undefined, body.key),
  ]);
  assert.deepEqual(
    asTrainer.map(({ status }) => status),
    [403, 403, 403],
  );
});
