// States of a dataset are named, compared, brought back and trained on: over HTTP, on a real server.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-versions-'));
after(() => rm(modelsDir, { recursive: true, force: true }));
await publishTinyModel(modelsDir, 'colours', ['red', 'green', 'blue']);
const { url, dataDir } = await startApp({ MODELS_DIR: modelsDir });
const key = { authorization: `Bearer ${adminKey}` };
const base = `${url}/v1/admin/datasets`;

interface Version {
  readonly name: string;
  readonly training: string | null;
  readonly images: number;
  readonly classes: number;
  readonly gone: number;
}
interface Counts {
  readonly added: number;
  readonly removed: number;
  readonly relabelled: number;
  readonly moved: number;
  readonly same: number;
}
interface Side {
  readonly label: string;
  readonly split: string;
}
interface Diff {
  readonly counts: Counts;
  readonly images: Array<{ readonly id: number; readonly before: Side | null; readonly after: Side | null }>;
  readonly next: number | null;
}
interface Listed {
  readonly id: number;
  readonly sha256: string;
  readonly label: string;
  readonly split: string;
  readonly fileNames: string[];
}
type Problem = { readonly code: string };

async function ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const headers = { ...key, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const response = await fetch(`${url}/v1/admin/${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as T };
}
const add = async (dataset: string, label: ColourName, seeds: readonly number[], split?: string): Promise<void> => {
  const files = await Promise.all(seeds.map(async (seed) => [`${seed}.png`, await colourImage(label, seed)] as const));
  const query = `label=${label}${split === undefined ? '' : `&split=${split}`}`;
  const body = formOf('image', files);
  const { status } = await call(`${base}/${dataset}/images?${query}`, { method: 'POST', headers: key, body });
  assert.equal(status, 201);
};
const list = async (dataset: string): Promise<Listed[]> =>
  (await ask<{ images: Listed[] }>('GET', `datasets/${dataset}/images?limit=1000`)).body.images;
const plain = (images: readonly Listed[]) =>
  images.map(({ id, sha256, label, split, fileNames }) => ({ id, sha256, label, split, fileNames }));
const name = (dataset: string, version: string, training?: string) =>
  ask<Version & Problem>('POST', `datasets/${dataset}/versions`, { name: version, training });
const diff = (dataset: string, from: string, query = '') =>
  ask<Diff & Problem>('GET', `datasets/${dataset}/versions/${from}/diff${query}`);
const restore = (dataset: string, version: string, body?: unknown) =>
  ask<{ counts: Counts } & Problem>('POST', `datasets/${dataset}/versions/${version}/restore`, body);

test('what changes after a state was named is told, and undone by restoring it', async () => {
  await ask('PUT', 'datasets/d');
  await add('d', 'red', [1, 2, 3, 4], 'train');
  await add('d', 'green', [1, 2], 'train');
  const before = await list('d');
  const named = await name('d', 'v1');
  assert.deepEqual([named.status, named.body.images, named.body.classes, named.body.gone], [201, 6, 2, 0]);
  assert.deepEqual((await diff('d', 'v1')).body.counts, { added: 0, removed: 0, relabelled: 0, moved: 0, same: 6 });

  const again = before.find(({ label, fileNames }) => label === 'red' && fileNames[0] === '4.png')!.id;
  const [relabelled, moved, removed] = before.map(({ id }) => id).filter((id) => id !== again);
  await ask('PATCH', `datasets/d/images/${relabelled!}`, { label: 'blue' });
  await ask('PATCH', `datasets/d/images/${moved!}`, { split: 'test' });
  await ask('DELETE', `datasets/d/images/${removed!}`);
  await ask('DELETE', `datasets/d/images/${again}`);
  await add('d', 'red', [4], 'train');
  await add('d', 'blue', [9], 'train');
  const { body } = await diff('d', 'v1');
  assert.deepEqual(body.counts, { added: 1, removed: 1, relabelled: 1, moved: 1, same: 3 });
  const added = (await list('d')).at(-1)!.id;
  assert.deepEqual(
    body.images.map(({ id, before: was, after: is }) => [id, was?.label, was?.split, is?.label, is?.split]),
    [
      [relabelled, 'red', 'train', 'blue', 'train'],
      [moved, 'red', 'train', 'red', 'test'],
      [removed, 'red', 'train', undefined, undefined],
      [added, undefined, undefined, 'blue', 'train'],
    ],
  );
  const back = (await diff('d', 'now', '?to=v1')).body.counts;
  assert.deepEqual([back.added, back.removed], [1, 1]);

  const changed = await list('d');
  const restored = await restore('d', 'v1', { keepAs: 'changed' });
  assert.deepEqual([restored.status, restored.body.counts], [200, back]);
  assert.deepEqual(plain(await list('d')), plain(before));
  for (const { id } of before) {
    const file = await fetch(`${base}/d/images/${id}/file`, { headers: key });
    assert.equal(file.status, 200);
    await file.arrayBuffer();
  }
  assert.equal((await restore('d', 'changed')).status, 200);
  assert.deepEqual(plain(await list('d')), plain(changed));
  const versions = (await ask<{ versions: Version[] }>('GET', 'datasets/d/versions')).body.versions;
  assert.deepEqual(
    versions.map((version) => [version.name, version.images]),
    [
      ['changed', 6],
      ['v1', 6],
    ],
  );
});

test('differences come in pages and by kind', async () => {
  const one = (await diff('d', 'v1', '?limit=1')).body;
  assert.equal(one.images.length, 1);
  const rest = (await diff('d', 'v1', `?limit=100&after=${one.next!}`)).body;
  assert.deepEqual([rest.images.length, rest.next], [3, null]);
  const moved = (await diff('d', 'v1', '?change=moved')).body;
  assert.deepEqual([moved.images.length, moved.images[0]!.after!.split, moved.counts.added], [1, 'test', 1]);
});

test('two labels of one image change places and come back', async () => {
  await ask('PUT', 'datasets/twice');
  const file = await colourImage('red', 77);
  for (const label of ['a', 'b']) {
    const body = formOf('image', [['x.png', file]]);
    await call(`${base}/twice/images?label=${label}`, { method: 'POST', headers: key, body });
  }
  const [a, b] = await list('twice');
  await name('twice', 'v1');
  for (const [id, label] of [
    [a!.id, 'c'],
    [b!.id, 'a'],
    [a!.id, 'b'],
  ] as const)
    assert.equal((await ask('PATCH', `datasets/twice/images/${id}`, { label })).status, 200);
  assert.equal((await restore('twice', 'v1')).body.counts.relabelled, 2);
  assert.deepEqual(
    (await list('twice')).map(({ label }) => label),
    ['a', 'b'],
  );
});

test('an image that is deleted everywhere leaves the versions too', async () => {
  const [image] = await list('d');
  assert.equal((await ask('DELETE', `datasets/d/images/${image!.id}?everywhere=true`)).status, 204);
  const { versions } = (await ask<{ versions: Version[] }>('GET', 'datasets/d/versions')).body;
  assert.deepEqual(
    versions.map(({ images, gone }) => [images, gone]),
    [
      [5, 1],
      [5, 1],
    ],
  );
  // Of v1, and not in the dataset any more.
  const [lost] = (await diff('d', 'v1', '?change=removed')).body.images;
  assert.equal((await ask('DELETE', `datasets/d/images/${lost!.id}`)).status, 404);
  assert.equal((await ask('DELETE', `datasets/d/images/${lost!.id}?everywhere=true`)).status, 204);
  assert.equal((await diff('d', 'v1')).body.counts.removed, 0);
  assert.equal((await ask('DELETE', `datasets/d/images/${lost!.id}?everywhere=true`)).status, 404);
});

test('a version is trained on, whatever its dataset has become, and its training can be named', async () => {
  await ask('PUT', 'datasets/t');
  for (const colour of ['red', 'green', 'blue'] as const) await add('t', colour, [1, 2, 3, 4, 5, 6, 7, 8]);
  await name('t', 'v1');
  for (const { id } of (await list('t')).slice(0, 20)) await ask('DELETE', `datasets/t/images/${id}`);
  const request = { dataset: 't', model: 'colours', datasetVersion: 'v1' };
  const refused = await ask<Problem>('POST', 'retrain', { ...request, datasetVersion: 'v2' });
  assert.deepEqual([refused.status, refused.body.code], [404, 'unknown_dataset_version']);
  assert.equal((await ask<Problem>('POST', 'retrain', { ...request, datasetVersion: undefined })).status, 422);
  const { status, body } = await ask<{ id: string }>('POST', 'retrain', request);
  assert.equal(status, 202, JSON.stringify(body));
  await (await fetch(`${url}/v1/admin/trainings/${body.id}/events`, { headers: key })).text();
  const { state, version } = (await ask<{ state: string; version: number }>('GET', `trainings/${body.id}`)).body;
  assert.equal(state, 'succeeded');
  const made = await call<{ provenance: { datasetVersion: string; images: Record<string, number> } }>(
    `${url}/v1/models/colours/versions/${version}`,
  );
  const { train, validation, heldOut } = made.body.provenance.images;
  assert.deepEqual([made.body.provenance.datasetVersion, train! + validation! + heldOut!], ['v1', 24]);
  const ofTraining = await name('t', 'trained', body.id);
  assert.deepEqual([ofTraining.body.images, ofTraining.body.training, ofTraining.body.gone], [24, body.id, 0]);
  const { counts } = (await diff('t', 'v1', '?to=trained')).body;
  assert.deepEqual([counts.added, counts.removed, counts.relabelled], [0, 0, 0]);
  assert.ok(counts.moved > 0, 'the training has settled the splits, the version has not');
});

test('what cannot be done is refused, and nothing has changed', async () => {
  const codeOf = async (asked: Promise<Answer<Problem>>) => {
    const { status, body } = await asked;
    return [status, body.code];
  };
  assert.deepEqual(await codeOf(name('d', 'v1')), [409, 'conflict']);
  assert.deepEqual(await codeOf(name('d', 'now')), [400, 'invalid_request']);
  assert.deepEqual(await codeOf(name('none', 'v1')), [404, 'unknown_dataset']);
  assert.deepEqual(await codeOf(name('d', 'v2', randomUUID())), [404, 'unknown_training']);
  await ask('PUT', 'datasets/empty');
  assert.deepEqual(await codeOf(name('empty', 'v1')), [409, 'conflict']);
  assert.deepEqual(await codeOf(diff('d', 'v9')), [404, 'unknown_dataset_version']);
  assert.deepEqual(await codeOf(diff('d', 'v1', '?to=v9')), [404, 'unknown_dataset_version']);
  assert.deepEqual(await codeOf(restore('d', 'v9')), [404, 'unknown_dataset_version']);
  const before = await list('d');
  assert.deepEqual(await codeOf(restore('d', 'v1', { keepAs: 'changed' })), [409, 'conflict']);
  assert.deepEqual(await list('d'), before);
});

test('a version that is deleted, and a dataset with its versions, leave no file', async () => {
  await ask('PUT', 'datasets/gone');
  await add('gone', 'red', [51, 52]);
  await name('gone', 'v1');
  const [one, two] = await list('gone');
  const filesOf = async ({ sha256 }: Listed): Promise<number> =>
    (await readdir(join(dataDir, 'images'), { recursive: true })).filter((path) => path.includes(sha256)).length;
  await ask('DELETE', `datasets/gone/images/${one!.id}`);
  assert.equal((await restore('gone', 'v1')).body.counts.added, 1);
  await ask('DELETE', `datasets/gone/images/${one!.id}`);
  assert.ok((await filesOf(one!)) > 0);
  assert.equal((await ask('DELETE', 'datasets/gone/versions/v1')).status, 204);
  assert.equal(await filesOf(one!), 0);
  assert.equal((await ask('DELETE', 'datasets/gone/versions/v1')).status, 404);
  await name('gone', 'v2');
  await ask('DELETE', `datasets/gone/images/${two!.id}`);
  assert.ok((await filesOf(two!)) > 0);
  assert.equal((await ask('DELETE', 'datasets/gone')).status, 204);
  assert.equal(await filesOf(two!), 0);
  await ask('PUT', 'datasets/gone');
  assert.equal((await diff('gone', 'v2')).status, 404);
});
