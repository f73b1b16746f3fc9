// Other names of versions over HTTP: set, used, moved, kept over a restart, deleted.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel } from '../support/tinyModel.js';
import { adminKey, call, post, startApp, type Answer } from './runningApp.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-aliases-'));
after(() => rm(folder, { recursive: true, force: true }));
const modelsDir = join(folder, 'models');
for (const seed of [1, 2, 3]) await publishTinyModel(modelsDir, 'colours', ['red', 'green'], { seed });
const environment = { MODELS_DIR: modelsDir, DATA_DIR: join(folder, 'data') };
const first = await startApp(environment);
let { url } = first;
const image = await colourImage('red', 1);

interface Answered {
  readonly model: { readonly version: number };
  readonly code: string;
  readonly detail: string;
}

const admin = async (method: string, path: string, body?: unknown): Promise<Answer<Record<string, unknown>>> => {
  const response = await fetch(`${url}/v1/admin/models/colours/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body: answer };
};
const name = (alias: string, version: number): Promise<Answer<Record<string, unknown>>> =>
  admin('PUT', `aliases/${alias}`, { version });
const classify = (version: string): Promise<Answer<Answered>> =>
  post<Answered>(`${url}/v1/classify?version=${version}`, image, 'image/png');
const answering = async (version: string): Promise<number> => (await classify(version)).body.model.version;

test('an alias stands for its version wherever a call takes one, and is shown', async () => {
  assert.deepEqual((await name('stable', 1)).body, { name: 'colours', alias: 'stable', version: 1 });
  await name('canary', 2);
  assert.equal(await answering('stable'), 1);
  assert.equal(await answering('canary'), 2);
  const embedded = await post<Answered>(`${url}/v1/embed?version=stable`, image, 'image/png');
  assert.equal(embedded.body.model.version, 1);
  const { body: list } = await call<{ models: { aliases: unknown }[] }>(`${url}/v1/models`);
  assert.deepEqual(list.models[0]!.aliases, { canary: 2, stable: 1 });
  const { body: version } = await call(`${url}/v1/models/colours/versions/stable`);
  assert.deepEqual([version['version'], version['active'], version['aliases']], [1, false, ['stable']]);
  const infer = { inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', data: [image.toString('base64')] }] };
  const v2 = await post(`${url}/v2/models/colours/versions/canary/infer`, JSON.stringify(infer), 'application/json');
  assert.equal(v2.body['model_version'], '2');
  assert.equal((await fetch(`${url}/v2/models/colours/versions/stable/ready`)).status, 200);
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(image)]), 'a.png');
  form.append('label', 'green');
  const corrected = await call(`${url}/v1/feedback?version=stable`, { method: 'POST', body: form });
  assert.deepEqual([corrected.status, corrected.body['version']], [201, 1]);
  await admin('PUT', '../../datasets/d');
  const predictions = await admin('GET', 'versions/stable/predictions?dataset=d');
  assert.equal(predictions.status, 200, JSON.stringify(predictions.body));
});

test('moved, it stands for the other version from the next request on, and every request gets one of the two', async () => {
  const moved = new AbortController();
  const moves = (async () => {
    for (const version of [3, 1, 3, 1, 3]) assert.equal((await name('stable', version)).status, 200);
  })().finally(() => moved.abort());
  const seen = new Set<number>();
  while (!moved.signal.aborted) seen.add(await answering('stable'));
  await moves;
  assert.equal(await answering('stable'), 3);
  assert.ok([...seen].every((version) => [1, 3].includes(version)));
});

test('one that names nothing is refused with the aliases that there are, and a word that is none by its form', async () => {
  const { status, body } = await classify('nightly');
  assert.deepEqual([status, body.code], [404, 'unknown_version']);
  assert.match(body.detail, /no version "nightly"; it has the aliases canary, stable/);
  for (const word of ['0', '1.5', 'Stable', '-x', '%20'])
    assert.deepEqual([(await classify(word)).body.code, word], ['invalid_request', word]);
  for (const alias of ['1', '1st']) assert.equal((await name(alias, 1)).body['code'], 'invalid_request');
  assert.equal((await name('stable', 9)).body['code'], 'unknown_version');
  assert.equal(await answering('stable'), 3);
});

test('its version can be activated by it, and is not deleted while it has the name', async () => {
  assert.deepEqual((await admin('POST', 'activate', { alias: 'canary' })).body, { name: 'colours', activeVersion: 2 });
  for (const body of [{}, { version: 1, alias: 'canary' }])
    assert.equal((await admin('POST', 'activate', body)).body['code'], 'invalid_request');
  await name('old', 1);
  const refused = await admin('DELETE', 'versions/1');
  assert.deepEqual([refused.status, refused.body['code']], [409, 'conflict']);
  assert.match(String(refused.body['detail']), /is called "old": move or delete the alias first/);
  assert.equal((await admin('DELETE', 'aliases/old')).status, 204);
  assert.equal((await admin('DELETE', 'aliases/old')).body['code'], 'unknown_version');
  assert.equal((await classify('old')).status, 404);
  assert.equal((await admin('DELETE', 'versions/1')).status, 204);
});

test('setting and deleting need a key', async () => {
  for (const method of ['PUT', 'DELETE'])
    assert.equal((await fetch(`${url}/v1/admin/models/colours/aliases/stable`, { method })).status, 401);
});

test('it is still there after a restart', async () => {
  await first.app.close();
  ({ url } = await startApp(environment));
  assert.equal(await answering('stable'), 3);
  assert.equal(await answering('canary'), 2);
});
