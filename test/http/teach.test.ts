import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

interface Lesson {
  readonly dataset: string;
  readonly version: number | null;
  readonly taught: number;
  readonly classes: Array<{ readonly label: string; readonly images: number; readonly taught: number }>;
  readonly answers: boolean;
  readonly promoteAfter: number | null;
}
interface Taught {
  readonly added: number;
  readonly duplicates: number;
  readonly failed: number;
  readonly results: Array<{ readonly id: number; readonly outcome: string; readonly error?: { code: string } }>;
  readonly lesson: Lesson;
  readonly code: string;
  readonly detail: string;
}
interface Classified {
  readonly model: { readonly name: string; readonly version: number; readonly taught?: boolean };
  readonly results: Array<{
    readonly predictions: Array<{ readonly label: string; readonly probability: number }>;
    readonly known?: boolean;
  }>;
  readonly code: string;
  readonly detail: string;
}

const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
const dataDir = await mkdtemp(join(tmpdir(), 'taxon-data-'));
after(() => Promise.all([modelsDir, dataDir].map((folder) => rm(folder, { recursive: true, force: true }))));
await publishTinyModel(modelsDir, 'base', ['red', 'green', 'blue']);
const environment = { MODELS_DIR: modelsDir, DATA_DIR: dataDir };
let { url, app } = await startApp(environment);

const key = { authorization: `Bearer ${adminKey}` };
const images = (colour: ColourName, count: number, from = 0) =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => [`${i}.png`, await colourImage(colour, from + i)] as const),
  );
const teach = async (
  model: string,
  label: string,
  files: ReadonlyArray<readonly [string, Buffer]>,
  headers: Record<string, string> = key,
): Promise<Answer<Taught>> => {
  const body = formOf('image', files);
  body.append('label', label);
  return call<Taught>(`${url}/v1/models/${model}/teach`, { method: 'POST', headers, body });
};
const ask = async <T>(method: string, path: string, body?: unknown): Promise<Answer<T>> => {
  const json = { ...key, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const response = await fetch(`${url}${path}`, {
    method,
    headers: json,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as T };
};
const classify = async (model: string, image: Buffer, query = ''): Promise<Answer<Classified>> =>
  call<Classified>(`${url}/v1/classify?model=${model}${query}`, {
    method: 'POST',
    body: formOf('image', [['x.png', image]]),
  });
const best = ({ body }: Answer<Classified>): string => body.results[0]!.predictions[0]!.label;

before(async () => {
  await ask('PUT', '/v1/admin/datasets/shelf');
  for (const colour of ['red', 'green'] as const)
    await call(`${url}/v1/admin/datasets/shelf/images?label=${colour}`, {
      method: 'POST',
      headers: key,
      body: formOf('image', await images(colour, 12)),
    });
  const request = { dataset: 'shelf', model: 'shelf', activate: 'always', backbone: 'base' };
  const { body } = await ask<{ id: string }>('POST', '/v1/admin/retrain', request);
  await (await fetch(`${url}/v1/admin/trainings/${body.id}/events`, { headers: key })).text();
});

test('a name that there is no classifier of becomes one, which answers from its first images', async () => {
  assert.equal((await classify('mugs', await colourImage('red', 70))).body.code, 'unknown_model');
  const first = await teach('mugs', 'red mug', await images('red', 3));
  assert.equal(first.status, 200, JSON.stringify(first.body));
  assert.deepEqual([first.body.added, first.body.lesson.dataset, first.body.lesson.version], [3, 'mugs', null]);
  const only = await classify('mugs', await colourImage('red', 70));
  assert.deepEqual(only.body.model, { name: 'mugs', version: 0, taught: true });
  assert.deepEqual(only.body.results[0]!.predictions, [{ label: 'red mug', probability: 1 }]);
  await teach('mugs', 'blue mug', await images('blue', 3));
  assert.equal(best(await classify('mugs', await colourImage('blue', 70))), 'blue mug');
  assert.equal(best(await classify('mugs', await colourImage('red', 70))), 'red mug');
});

test('the same image again changes nothing', async () => {
  const [image] = await images('red', 1);
  const again = await teach('mugs', 'red mug', [image!]);
  assert.deepEqual([again.body.added, again.body.duplicates, again.body.lesson.taught], [0, 1, 6]);
});

test('a version keeps its classes beside a new one, and a request that names the version sees it as it was trained', async () => {
  const before = await classify('shelf', await colourImage('blue', 60));
  assert.ok(['red', 'green'].includes(best(before)) && before.body.model.taught === undefined);
  const { status, body } = await teach('shelf', 'blue', await images('blue', 4));
  assert.deepEqual([status, body.lesson.dataset, body.lesson.version, body.lesson.taught], [200, 'shelf', 1, 4]);
  for (const colour of ['red', 'green', 'blue'] as const)
    assert.equal(best(await classify('shelf', await colourImage(colour, 61))), colour);
  const taught = await classify('shelf', await colourImage('blue', 60));
  assert.deepEqual(taught.body.model, { name: 'shelf', version: 1, taught: true });
  const sum = taught.body.results[0]!.predictions.reduce((total, { probability }) => total + probability, 0);
  assert.ok(Math.abs(sum - 1) < 1e-9, `${sum}`);
  const pinned = await classify('shelf', await colourImage('blue', 60), '&version=1');
  assert.deepEqual(pinned.body.results, before.body.results);
});

test('what contracts of others answer stays of the trained version', async () => {
  const { body } = await ask<{ outputs: Array<{ shape: number[] }> }>('GET', '/v2/models/shelf');
  assert.equal(body.outputs[0]!.shape.at(-1), 2);
});

test('an image that is deleted is forgotten at the next request, a class with all that was taught of it', async () => {
  const { body } = await teach('fruit', 'lime', await images('green', 1, 30));
  await teach('fruit', 'plum', await images('blue', 2, 30));
  const { id } = body.results[0]!;
  assert.equal((await ask('DELETE', `/v1/models/fruit/teach/images/${id}`)).status, 204);
  assert.deepEqual((await classify('fruit', await colourImage('green', 80))).body.results[0]!.predictions, [
    { label: 'plum', probability: 1 },
  ]);
  assert.equal((await ask<Taught>('DELETE', `/v1/models/fruit/teach/images/${id}`)).body.code, 'unknown_image');
  assert.equal((await ask('DELETE', '/v1/models/fruit/teach/classes/plum')).status, 204);
  assert.equal((await classify('fruit', await colourImage('green', 80))).body.code, 'unknown_model');
  assert.equal((await ask<Taught>('DELETE', '/v1/models/fruit/teach/classes/plum')).body.code, 'unknown_image');
  assert.deepEqual((await ask<Lesson>('GET', '/v1/models/fruit/teach')).body.classes, []);
});

test('a bad image is named, and the others are learnt; without a label, a key or its scope nothing is', async () => {
  const good = await images('red', 1, 40);
  const mixed = await teach('mixed', 'red', [...good, ['bad.png', Buffer.from('no image')]]);
  assert.deepEqual([mixed.status, mixed.body.added, mixed.body.failed], [207, 1, 1]);
  assert.equal(mixed.body.results[1]!.error!.code, 'unsupported_image');
  const alone = await teach('nothing', 'red', [['bad.png', Buffer.from('no image')]]);
  assert.deepEqual([alone.status, alone.body.code], [415, 'unsupported_image']);
  assert.equal((await ask<Taught>('GET', '/v1/models/nothing/teach')).body.code, 'unknown_model');
  const unlabelled = await call<Taught>(`${url}/v1/models/mixed/teach`, {
    method: 'POST',
    headers: key,
    body: formOf('image', good),
  });
  assert.deepEqual([unlabelled.status, unlabelled.body.code], [400, 'invalid_request']);
  assert.equal((await teach('mixed', 'red', good, {})).status, 401);
  const { body } = await ask<{ key: string }>('POST', '/v1/admin/keys', { name: 'reader', scopes: ['classify'] });
  assert.equal((await teach('mixed', 'red', good, { authorization: `Bearer ${body.key}` })).status, 403);
});

test('a version that knows nothing of its own images cannot be taught a class beside them, only corrected', async () => {
  const refused = await teach('base', 'violet', await images('blue', 2, 50));
  assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
  assert.equal((await teach('base', 'blue', await images('blue', 2, 50))).status, 200);
});

test('a dataset that is there teaches a classifier of its name', async () => {
  assert.equal((await ask<Taught>('PUT', '/v1/models/garden/teach', {})).body.code, 'unknown_dataset');
  await ask('PUT', '/v1/admin/datasets/garden');
  for (const colour of ['red', 'green'] as const)
    await call(`${url}/v1/admin/datasets/garden/images?label=${colour}`, {
      method: 'POST',
      headers: key,
      body: formOf('image', await images(colour, 3, 20)),
    });
  assert.equal((await classify('garden', await colourImage('green', 81))).body.code, 'unknown_model');
  const { status, body } = await ask<Lesson>('PUT', '/v1/models/garden/teach', {});
  assert.deepEqual([status, body.taught, body.answers, body.promoteAfter], [200, 6, true, null]);
  assert.equal(best(await classify('garden', await colourImage('green', 81))), 'green');
});

test('taught alone it has no version to explain', async () => {
  const { status, body } = await classify('mugs', await colourImage('red', 70), '&explain=heatmap');
  assert.deepEqual([status, body.code], [404, 'unknown_version']);
});

test('images that come to the dataset otherwise teach too, in a moment', async () => {
  await call(`${url}/v1/admin/datasets/mugs/images?label=green%20mug`, {
    method: 'POST',
    headers: key,
    body: formOf('image', await images('green', 3)),
  });
  for (let tries = 0; best(await classify('mugs', await colourImage('green', 72))) !== 'green mug'; tries++) {
    assert.ok(tries < 500, 'it does not learn');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test('promotion trains a version that knows every class by itself; a rule does so unasked', async () => {
  await teach('mugs', 'red mug', await images('red', 6, 10));
  await teach('mugs', 'blue mug', await images('blue', 6, 10));
  await teach('mugs', 'green mug', await images('green', 6, 10));
  const { status, body } = await ask<{ id: string; dataset: string }>('POST', '/v1/models/mugs/teach/promote');
  assert.deepEqual([status, body.dataset], [202, 'mugs']);
  await (await fetch(`${url}/v1/admin/trainings/${body.id}/events`, { headers: key })).text();
  const trained = await classify('mugs', await colourImage('green', 73));
  assert.deepEqual([trained.body.model, best(trained)], [{ name: 'mugs', version: 1 }, 'green mug']);
  assert.equal((await ask<Lesson>('GET', '/v1/models/mugs/teach')).body.taught, 0);

  assert.equal((await ask<Lesson>('PUT', '/v1/models/mugs/teach', { promoteAfter: 2 })).body.promoteAfter, 2);
  await teach('mugs', 'red mug', await images('red', 1, 90));
  const trainings = async () =>
    (await ask<{ trainings: { id: string }[] }>('GET', '/v1/admin/trainings?model=mugs')).body.trainings;
  assert.equal((await trainings()).length, 1);
  await teach('mugs', 'red mug', await images('red', 1, 91));
  const [last, ...earlier] = await trainings();
  assert.equal(earlier.length, 1);
  await (await fetch(`${url}/v1/admin/trainings/${last!.id}/events`, { headers: key })).text();
});

test('it is known again after a restart', async () => {
  await app.close();
  ({ url, app } = await startApp(environment));
  assert.equal(best(await classify('mixed', await colourImage('blue', 71))), 'red');
  assert.equal(best(await classify('shelf', await colourImage('blue', 71))), 'blue');
});
