// Images of a dataset that are of none of its classes: told apart by what is trained, and no class of it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
after(() => rm(modelsDir, { recursive: true, force: true }));
await publishTinyModel(modelsDir, 'colours', ['red', 'green']);
const { url } = await startApp({ MODELS_DIR: modelsDir });

const key = { authorization: `Bearer ${adminKey}` };
const admin = <T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> =>
  call<T>(`${url}/v1/admin/${path}`, {
    method,
    headers: body === undefined ? key : { ...key, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function upload(dataset: string, label: string, colour: ColourName, count: number, from = 0): Promise<void> {
  await admin('PUT', `datasets/${dataset}`);
  const files = await Promise.all(
    Array.from({ length: count }, async (_, i) => [`${i}.png`, await colourImage(colour, from + i)] as const),
  );
  const path = `datasets/${dataset}/images?label=${label}`;
  const { status } = await call(`${url}/v1/admin/${path}`, {
    method: 'POST',
    headers: key,
    body: formOf('image', files),
  });
  assert.equal(status, 201);
}

interface Against {
  readonly kind: string;
  readonly images: number;
  readonly unknown: number;
}
interface VersionView {
  readonly labels: readonly string[];
  readonly metrics: {
    readonly confusion: readonly (readonly number[])[];
    readonly novelty: {
      readonly against: readonly Against[];
      readonly accuracyGivenUp: number;
      readonly tried: readonly object[];
    };
  };
  readonly provenance: { readonly images: { readonly negatives?: number } };
}

async function train(dataset: string, model: string): Promise<VersionView> {
  const { body, status } = await admin<{ id: string }>('POST', 'retrain', { dataset, model, backbone: 'colours' });
  assert.equal(status, 202, JSON.stringify(body));
  const events = await (await fetch(`${url}/v1/admin/trainings/${body.id}/events`, { headers: key })).text();
  assert.match(events, /event: succeeded/);
  const { activeVersion } = (await call<{ activeVersion: number }>(`${url}/v1/models/${model}`)).body;
  return (await call<VersionView>(`${url}/v1/models/${model}/versions/${activeVersion}`)).body;
}

const classOf = ({ classes }: { readonly classes: ReadonlyArray<{ readonly label: string }> }): string[] =>
  classes.map(({ label }) => label);

test('negatives are no class, decide what is unknown, and count among its figures', async () => {
  for (const colour of ['red', 'green'] as const) await upload('paints', colour, colour, 30);
  await upload('paints', 'anything', 'blue', 30);
  const { status, body } = await admin('PATCH', 'datasets/paints', { negatives: 'anything' });
  assert.deepEqual([status, body['negatives'], body['classes'], body['images']], [200, 'anything', 2, 90]);
  const { body: statistics } = await admin<{ classes: { label: string }[]; negatives: string }>(
    'GET',
    'datasets/paints',
  );
  assert.deepEqual([classOf(statistics), statistics.negatives], [['green', 'red', 'anything'], 'anything']);

  const { labels, metrics, provenance } = await train('paints', 'sorted');
  assert.deepEqual(labels, ['green', 'red']);
  assert.equal(metrics.confusion.length, 2);
  assert.ok(provenance.images.negatives! > 0);
  const { against, accuracyGivenUp, tried } = metrics.novelty;
  assert.deepEqual(
    against.map(({ kind }) => kind),
    ['drawn', 'uploaded'],
  );
  assert.ok(against[1]!.images > 0 && against[1]!.unknown > 0.9, JSON.stringify(against));
  assert.ok(accuracyGivenUp < 0.2 && tried.length === 3);

  // Nothing that is said of a negative is a mistake.
  const page = await admin<{ images: { label: string; prediction: object | null }[] }>(
    'GET',
    'datasets/paints/images?model=sorted&mistakes=true&limit=1000',
  );
  assert.deepEqual(
    page.body.images.filter(({ label }) => label === 'anything'),
    [],
  );
  const doubted = await admin<{ images: { label: string; prediction: object | null }[] }>(
    'GET',
    'datasets/paints/images?model=sorted&order=doubt&limit=1000',
  );
  for (const { label, prediction } of doubted.body.images) assert.equal(prediction === null, label === 'anything');
});

test('they are a class again when they are called so, and what is taught knows them then', async () => {
  const lesson = async (): Promise<unknown> =>
    classOf((await call<{ classes: { label: string }[] }>(`${url}/v1/models/taught/teach`, { headers: key })).body);
  await upload('taught', 'red', 'red', 3);
  await upload('taught', 'other', 'blue', 3);
  await admin('PATCH', 'datasets/taught', { negatives: 'other' });
  await call(`${url}/v1/models/taught/teach`, {
    method: 'PUT',
    headers: { ...key, 'content-type': 'application/json' },
    body: '{}',
  });
  assert.deepEqual(await lesson(), ['red']);
  assert.equal((await admin('POST', 'retrain', { dataset: 'taught', model: 't' })).body['code'], 'invalid_dataset');
  assert.equal((await admin('PATCH', 'datasets/taught', { negatives: null })).body['negatives'], null);
  assert.deepEqual(await lesson(), ['other', 'red']);
});

test('images of other datasets count as negatives where no class is in common', async () => {
  await upload('hues', 'rouge', 'red', 30, 500);
  await upload('hues', 'OTHER', 'blue', 30, 500);
  const { metrics } = await train('hues', 'hued');
  const kinds = metrics.novelty.against.map(({ kind, images }) => [kind, images]);
  // Of paints without its negatives; what was taught has a class in common.
  assert.deepEqual(kinds, [
    ['drawn', 18],
    ['otherDatasets', 60],
  ]);
});

test('what is no label, or of no dataset, is refused', async () => {
  for (const wrong of [{}, { negatives: '' }, { negatives: 'a/b' }, { negatives: 1 }, { negatives: 'a', b: 1 }])
    assert.equal(
      (await admin('PATCH', 'datasets/paints', wrong)).body['code'],
      'invalid_request',
      JSON.stringify(wrong),
    );
  assert.equal((await admin('PATCH', 'datasets/nothing', { negatives: 'a' })).body['code'], 'unknown_dataset');
});
