import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

interface Similar {
  readonly imageId: number;
  readonly dataset: string;
  readonly label: string;
  readonly similarity: number;
  readonly thumbnail: string;
}
interface Found {
  readonly model: { readonly name: string; readonly version: number };
  readonly dataset: string;
  readonly searched: number;
  readonly missing: number;
  readonly results: Array<{
    readonly width: number;
    readonly similar?: Similar[];
    readonly error?: { readonly code: string };
  }>;
  readonly code: string;
  readonly detail: string;
}

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
after(() => rm(modelsDir, { recursive: true, force: true }));
await publishTinyModel(modelsDir, 'colours', colours);
const { url } = await startApp({ MODELS_DIR: modelsDir });

const key = { authorization: `Bearer ${adminKey}` };
const admin = (path: string, init: RequestInit = {}) =>
  call<{ id: number; key: string; images: { id: number; label: string }[] }>(`${url}/v1/admin/${path}`, {
    ...init,
    headers: { ...key, ...(typeof init.body === 'string' && { 'content-type': 'application/json' }) },
  });

const upload = async (dataset: string, label: string, files: ReadonlyArray<readonly [string, Buffer]>) =>
  admin(`datasets/${dataset}/images?label=${label}`, { method: 'POST', body: formOf('image', files) });

const similarTo = async (image: Buffer, query: string, headers: Record<string, string> = key): Promise<Answer<Found>> =>
  call<Found>(`${url}/v1/similar?${query}`, { method: 'POST', headers, body: formOf('image', [['x.png', image]]) });

before(async () => {
  for (const name of ['shelf', 'untrained']) await admin(`datasets/${name}`, { method: 'PUT' });
  for (const colour of colours) {
    const files = await Promise.all(Array.from({ length: 10 }, (_, i) => colourImage(colour, i)));
    await upload('shelf', colour, files.map((file, i) => [`${i}.png`, file] as const)); // prettier-ignore
  }
  await upload('untrained', 'red', [['1.png', await colourImage('red', 50)]]);
  const body = JSON.stringify({ dataset: 'shelf', model: 'shelf-colours', activate: 'always', backbone: 'colours' });
  const { id } = (await admin('retrain', { method: 'POST', body })).body;
  await (await fetch(`${url}/v1/admin/trainings/${id}/events`, { headers: key })).text();
});

test('an image is most like itself, then like those of its colour', async () => {
  const { status, body } = await similarTo(await colourImage('green', 3), 'model=shelf-colours&limit=8');
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.dataset, body.searched, body.missing], ['shelf', 30, 0]);
  assert.deepEqual(body.model, { name: 'shelf-colours', version: 1 });
  const similar = body.results[0]!.similar!;
  assert.deepEqual(new Set(similar.map(({ label }) => label)), new Set(['green']));
  assert.equal(similar.length, 8);
  assert.ok(similar[0]!.similarity > 0.99999 && similar[7]!.similarity < similar[0]!.similarity);
  const thumbnail = await fetch(url + similar[0]!.thumbnail, { headers: key });
  assert.deepEqual([thumbnail.status, thumbnail.headers.get('content-type')], [200, 'image/webp']);
});

test('several images and a bad one among them, raw bytes and JSON', async () => {
  const [red, blue] = [await colourImage('red', 90), await colourImage('blue', 90)];
  const form = formOf('image', [
    ['r.png', red],
    ['bad.png', Buffer.from('no image')],
    ['b.png', blue],
  ]);
  const ask = (body: NonNullable<RequestInit['body']>, type?: string) =>
    call<Found>(`${url}/v1/similar?model=shelf-colours&limit=1`, {
      method: 'POST',
      headers: { ...key, ...(type !== undefined && { 'content-type': type }) },
      body,
    });
  const { body } = await ask(form);
  assert.deepEqual(
    body.results.map(({ similar, error }) => error?.code ?? similar![0]!.label),
    ['red', 'unsupported_image', 'blue'],
  );
  const raw = await ask(new Uint8Array(red), 'image/png');
  const json = await ask(JSON.stringify({ image: red.toString('base64') }), 'application/json');
  assert.deepEqual([raw.body.results[0]!.similar], [body.results[0]!.similar]);
  assert.deepEqual([json.body.results[0]!.similar], [body.results[0]!.similar]);
});

test('what was relabelled, deleted or added since is found as it is now', async () => {
  const target = await colourImage('blue', 4);
  const found = async (): Promise<Similar[]> =>
    (await similarTo(target, 'model=shelf-colours&limit=50')).body.results[0]!.similar!;
  const [first, second] = await found();
  const change = { method: 'PATCH', body: JSON.stringify({ label: 'navy' }) };
  await admin(`datasets/shelf/images/${first!.imageId}`, change);
  await fetch(`${url}/v1/admin/datasets/shelf/images/${second!.imageId}`, { method: 'DELETE', headers: key });
  const after = await found();
  assert.deepEqual([after[0]!.imageId, after[0]!.label], [first!.imageId, 'navy']);
  assert.ok(after.every(({ imageId }) => imageId !== second!.imageId));
  assert.equal(after.length, 29);

  await upload('shelf', 'blue', [['new.png', await colourImage('blue', 200)]]);
  const { body } = await similarTo(target, 'model=shelf-colours');
  assert.deepEqual([body.searched, body.missing], [29, 1], 'the new one has no embedding yet');
});

test('images of a dataset are for keys that may look at them', async () => {
  const image = await colourImage('red', 1);
  const newKey = async (scope: string): Promise<Record<string, string>> => {
    const made = await admin('keys', { method: 'POST', body: JSON.stringify({ name: scope, scopes: [scope] }) });
    return { authorization: `Bearer ${made.body.key}` };
  };
  const codes = [];
  for (const headers of [{}, await newKey('classify'), await newKey('train')])
    codes.push((await similarTo(image, 'model=shelf-colours', headers)).status);
  assert.deepEqual(codes, [401, 403, 200]);
});

test('a refusal says what is missing', async () => {
  const image = await colourImage('red', 1);
  const refused = async (query: string): Promise<unknown> => {
    const { status, body } = await similarTo(image, query);
    return [status, body.code];
  };
  assert.deepEqual(await refused('model=shelf-colours&dataset=nothing'), [404, 'unknown_dataset']);
  assert.deepEqual(await refused('model=colours'), [404, 'unknown_dataset'], 'trained elsewhere');
  assert.deepEqual(await refused('model=colours&dataset=untrained'), [409, 'conflict'], 'no embeddings');
  assert.deepEqual(await refused('model=nothing'), [404, 'unknown_model']);
  assert.deepEqual(await refused('model=colours,shelf-colours&dataset=shelf'), [400, 'invalid_request']);
  assert.deepEqual(await refused('model=shelf-colours&limit=0'), [400, 'invalid_request']);
  assert.deepEqual(await refused('model=shelf-colours&limit=51'), [400, 'invalid_request']);
  assert.deepEqual(await refused('model=shelf-colours&topK=3'), [400, 'invalid_request']);
  assert.equal((await similarTo(image, 'model=colours&dataset=shelf')).status, 200, 'another version of the backbone');
});
