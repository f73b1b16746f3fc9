import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { zipOf } from '../support/zips.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
await publishTinyModel(modelsDir, 'base', ['a', 'b']);
const { url } = await startApp({ MODELS_DIR: modelsDir });
after(() => rm(modelsDir, { recursive: true, force: true }));

const key = { authorization: `Bearer ${adminKey}` };
const admin = <T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> =>
  call<T>(`${url}/v1/admin/${path}`, {
    method,
    headers: body === undefined ? key : { ...key, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

/** One image with a stripe of each colour. */
async function stripes(colours: readonly ColourName[], seed: number): Promise<Buffer> {
  const parts = await Promise.all(
    colours.map((colour, i) => colourImage(colour, seed * 10 + i, { width: 40, height: 12 })),
  );
  return sharp({ create: { width: 40, height: 12 * parts.length, channels: 3, background: '#000' } })
    .composite(parts.map((input, i) => ({ input, left: 0, top: 12 * i })))
    .png()
    .toBuffer();
}

const sets: readonly (readonly ColourName[])[] = [
  ['red'],
  ['green'],
  ['blue'],
  ['blue', 'red'],
  ['green', 'red'],
  ['blue', 'green'],
  ['yellow'],
];
/** Yellow is no class: such images have no label. */
const labelsOf = (colours: readonly ColourName[]): string => colours.filter((one) => one !== 'yellow').join('|');

async function archive(count: number): Promise<Buffer> {
  const lines = ['filename,labels'];
  const files: Record<string, Buffer> = {};
  for (const [s, colours] of sets.entries())
    for (let i = 0; i < count; i++) {
      files[`images/${s}-${i}.png`] = await stripes(colours, s * 100 + i);
      lines.push(`${s}-${i}.png,${labelsOf(colours)}`);
    }
  return zipOf({ ...files, 'labels.csv': Buffer.from(lines.join('\n')) });
}

const send = (dataset: string, body: Buffer) =>
  call<{ totals: { added: number; failed: number } }>(`${url}/v1/admin/datasets/${dataset}/archive`, {
    method: 'POST',
    headers: { ...key, 'content-type': 'application/zip' },
    body: new Uint8Array(body),
  });

interface ListedImage {
  readonly id: number;
  readonly label: string;
  readonly labels: readonly string[];
  readonly split: string;
}
const list = async (dataset: string, query = ''): Promise<readonly ListedImage[]> =>
  (await admin<{ images: ListedImage[] }>('GET', `datasets/${dataset}/images?limit=500${query}`)).body.images;

const upload = async (dataset: string, label: string, image: Buffer) =>
  call<{ results: Array<{ id: number; outcome: string; label: string }> }>(
    `${url}/v1/admin/datasets/${dataset}/images?label=${encodeURIComponent(label)}`,
    { method: 'POST', headers: key, body: formOf('image', [['1.png', image]]) },
  );

async function train(request: object): Promise<{ state: string; version: number; metrics: Record<string, unknown> }> {
  const asked = await admin<{ id: string }>('POST', 'retrain', request);
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  const response = await fetch(`${url}/v1/admin/trainings/${asked.body.id}/events`, { headers: key });
  await response.text();
  const { body } = await admin<{ state: string; error: unknown; version: number; metrics: Record<string, unknown> }>(
    'GET',
    `trainings/${asked.body.id}`,
  );
  assert.equal(body.state, 'succeeded', JSON.stringify(body.error));
  return body;
}

interface Classified {
  readonly results: Array<{
    readonly labels?: readonly string[];
    readonly predictions: Array<{ readonly label: string; readonly probability: number }>;
  }>;
}
const classify = async (colours: readonly ColourName[]): Promise<Classified['results'][0]> => {
  const body = formOf('image', [['new.png', await stripes(colours, 9_999)]]);
  return (await call<Classified>(`${url}/v1/classify?model=stripes`, { method: 'POST', body })).body.results[0]!;
};

test('a set of labels: made once, listed, changed, taken away and brought back', async () => {
  const made = await admin('PUT', 'datasets/sets', { task: 'multi-label' });
  assert.deepEqual([made.status, made.body.task], [201, 'multi-label']);
  assert.equal((await admin('PUT', 'datasets/sets', { task: 'single-label' })).status, 409);
  assert.equal((await admin('PUT', 'datasets/sets')).body.task, 'multi-label');

  const image = await stripes(['red', 'blue'], 1);
  const first = (await upload('sets', 'red | blue|red', image)).body.results[0]!;
  assert.deepEqual([first.outcome, first.label], ['added', 'blue|red']);
  const again = (await upload('sets', 'striped', image)).body.results[0]!;
  assert.deepEqual([again.id, again.outcome, again.label], [first.id, 'duplicate', 'blue|red|striped']);
  await upload('sets', '|', await stripes(['yellow'], 2));

  assert.deepEqual(
    (await list('sets')).map(({ labels }) => labels),
    [['blue', 'red', 'striped'], []],
  );
  assert.equal((await list('sets', '&label=red')).length, 1);
  assert.equal((await list('sets', '&label=blue%7Cred')).length, 0);
  const statistics = await admin<{ images: number; classes: Array<{ label: string; total: number }> }>(
    'GET',
    'datasets/sets',
  );
  assert.equal(statistics.body.images, 2);
  assert.deepEqual(
    statistics.body.classes.map(({ label, total }) => [label, total]),
    [
      ['blue', 1],
      ['red', 1],
      ['striped', 1],
    ],
  );

  const path = `datasets/sets/images/${first.id}`;
  assert.deepEqual((await admin('PATCH', path, { labels: ['green', 'blue'] })).body.labels, ['blue', 'green']);
  assert.deepEqual((await admin('PATCH', path, { labels: [] })).body.labels, []);
  const changed = await admin<{ before: object[] }>('PATCH', 'datasets/sets/images', {
    changes: [{ id: first.id, label: 'red|green' }],
  });
  assert.deepEqual((await list('sets'))[0]!.labels, ['green', 'red']);
  assert.equal((await admin('PATCH', 'datasets/sets/images', { changes: changed.body.before })).status, 200);
  assert.deepEqual((await list('sets'))[0]!.labels, []);

  await admin('PUT', 'datasets/single');
  const single = (await upload('single', 'red|blue', image)).body.results[0]!;
  assert.deepEqual((await list('single'))[0]!.labels, ['red|blue']);
  assert.equal((await admin('PATCH', `datasets/single/images/${single.id}`, { labels: ['a', 'b'] })).status, 409);
});

test('an image that came again since it was removed is not brought back beside itself', async () => {
  await admin('PUT', 'datasets/twice', { task: 'multi-label' });
  const image = await stripes(['red'], 5);
  const { id } = (await upload('twice', 'red', image)).body.results[0]!;
  await admin('PATCH', 'datasets/twice/images', { changes: [{ id, removed: true }] });
  await upload('twice', 'green', image);
  const back = await admin('PATCH', 'datasets/twice/images', { changes: [{ id, removed: false }] });
  assert.equal(back.status, 409);
  assert.deepEqual(
    (await list('twice')).map(({ label }) => label),
    ['green'],
  );
});

test('labels.csv in, a multi-label classifier out, and the dataset back as it was', async () => {
  await admin('PUT', 'datasets/stripes', { task: 'multi-label' });
  const added = await send('stripes', await archive(12));
  assert.deepEqual([added.status, added.body.totals.added, added.body.totals.failed], [201, 84, 0]);

  const training = await train({ dataset: 'stripes', model: 'stripes', backbone: 'base' });
  const figures = training.metrics['multiLabel'] as { meanAveragePrecision: number; classes: Array<{ label: string }> };
  assert.ok(figures.meanAveragePrecision > 0.9, JSON.stringify(figures));
  assert.equal(training.metrics['accuracy'], undefined);

  const { body: version } = await call<{ task: string; thresholds: number[]; metrics: { multiLabel: typeof figures } }>(
    `${url}/v1/models/stripes/versions/1`,
  );
  assert.equal(version.task, 'multi-label');
  assert.equal(version.thresholds.length, 3);
  assert.deepEqual(
    version.metrics.multiLabel.classes.map(({ label }) => label),
    ['blue', 'green', 'red'],
  );

  const both = await classify(['red', 'blue']);
  assert.deepEqual(both.labels, ['blue', 'red']);
  const certain = both.predictions.filter(({ probability }) => probability > 0.5);
  assert.ok(certain.length === 2, JSON.stringify(both));
  assert.deepEqual((await classify(['green'])).labels, ['green']);
  assert.deepEqual((await classify(['yellow'])).labels, []);

  const inferred = await call<{ outputs: Array<{ name: string; data: unknown[] }> }>(`${url}/v2/models/stripes/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      inputs: [
        {
          name: 'image',
          datatype: 'BYTES',
          shape: [1],
          data: [(await stripes(['red', 'blue'], 9_999)).toString('base64')],
        },
      ],
      outputs: [{ name: 'label' }],
    }),
  });
  assert.deepEqual(inferred.body.outputs[0]!.data, ['blue|red']);

  const card = await (await fetch(`${url}/v1/models/stripes/versions/1/card`)).text();
  assert.match(card, /Mean average precision/);

  const predictions = await admin<{ images: Array<{ prediction: { label: string } }>; total: number }>(
    'GET',
    'datasets/stripes/images?mistakes=true&model=stripes&label=red',
  );
  assert.ok(predictions.body.total < 12, `${predictions.body.total} of 36 images with red have another top class`);
  assert.equal((await admin('GET', 'datasets/stripes/images?order=doubt&model=stripes')).status, 200);

  const before = await list('stripes');
  const exported = await fetch(`${url}/v1/admin/datasets/stripes/export`, { headers: key });
  await admin('PUT', 'datasets/copy', { task: 'multi-label' });
  const copied = await send('copy', Buffer.from(await exported.arrayBuffer()));
  assert.equal(copied.body.totals.added, 84);
  const kept = ({ label, split }: ListedImage): string => `${split} ${label}`;
  assert.deepEqual((await list('copy')).map(kept).sort(), before.map(kept).sort());
});

test('a second training is compared by mean average precision; an equal one does not replace', async () => {
  const training = await train({ dataset: 'stripes', model: 'stripes' });
  const figures = training.metrics['multiLabel'] as { comparison: { gain: number; images: number } };
  assert.equal(figures.comparison.gain, 0);
  assert.ok(figures.comparison.images > 0);
  assert.equal(training.metrics['activated'], false);
});

test('what is for classes that exclude one another is refused in words', async () => {
  const refusal = async (request: object): Promise<[number, string]> => {
    const { status, body } = await admin<{ code: string }>('POST', 'retrain', {
      dataset: 'stripes',
      model: 'new',
      ...request,
    });
    return [status, body.code];
  };
  assert.deepEqual(await refusal({ hyperparameters: { hiddenLayers: [16] } }), [422, 'invalid_dataset']);
  assert.deepEqual(await refusal({ search: { trials: 2 } }), [422, 'invalid_dataset']);
  assert.deepEqual(await refusal({ preset: 'keras' }), [422, 'invalid_dataset']);
  assert.deepEqual(await refusal({ model: 'base' }), [422, 'invalid_dataset']);

  const form = formOf('image', [['1.png', await stripes(['red'], 3)]]);
  form.append('label', 'red');
  const taught = await call(`${url}/v1/models/stripes/teach`, { method: 'POST', headers: key, body: form });
  assert.deepEqual([taught.status, taught.body['code']], [409, 'conflict']);
  const begun = await call(`${url}/v1/models/stripes/teach`, {
    method: 'PUT',
    headers: { ...key, 'content-type': 'application/json' },
    body: '{}',
  });
  assert.equal(begun.status, 409);
});

test('an archive whose list is wrong, or that lacks an image, says so', async () => {
  await admin('PUT', 'datasets/wrong', { task: 'multi-label' });
  const image = await stripes(['red'], 4);
  const bad = await send(
    'wrong',
    await zipOf({ 'a.png': image, 'labels.csv': Buffer.from('filename,red\na.png,maybe\n') }),
  );
  assert.equal(bad.status, 422);
  const partly = await send(
    'wrong',
    await zipOf({ 'a.png': image, 'b.png': image, 'labels.csv': Buffer.from('filename,labels\na.png,red\n') }),
  );
  assert.deepEqual([partly.status, partly.body.totals.added, partly.body.totals.failed], [207, 1, 1]);
  const folders = await send('wrong', await zipOf({ 'x/a.png': image, 'y/a.png': image }));
  assert.equal(folders.status, 201);
  assert.deepEqual(
    (await list('wrong')).map(({ label }) => label),
    ['red|x|y'],
  );
});
