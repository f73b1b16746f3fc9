import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { zipOf } from '../support/zips.js';
import { adminKey, call, formOf, startApp } from './runningApp.js';

interface Mistake {
  readonly imageId: number;
  readonly fileName?: string | null;
  readonly thumbnail: string;
  readonly label: string;
  readonly predicted: string;
}
interface Prediction extends Mistake {
  readonly split: string;
  readonly probability: number;
}
interface VersionView {
  readonly training: { readonly dataset: string; readonly startedAt: string; readonly finishedAt: string };
  readonly files: Readonly<Record<string, { readonly sha256: string }>>;
  readonly metrics: {
    readonly classes: ReadonlyArray<{ label: string; support: number; recallInterval: { high: number } }>;
  };
}
interface TrainingView {
  readonly id: string;
  readonly state: string;
  readonly error: unknown;
  readonly metrics: {
    readonly worstMistakes: readonly Mistake[];
    readonly accuracyInterval: { readonly high: number };
  };
}

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
await publishTinyModel(modelsDir, 'colours', colours);
const { url, app } = await startApp({ MODELS_DIR: modelsDir });
after(() => rm(modelsDir, { recursive: true, force: true }));

const key = { authorization: `Bearer ${adminKey}` };
const get = async <T>(path: string): Promise<T> => (await call<T>(`${url}${path}`, { headers: key })).body;

async function importZip(dataset: string, zip: Uint8Array<ArrayBuffer>): Promise<void> {
  await call(`${url}/v1/admin/datasets/${dataset}`, { method: 'PUT', headers: key });
  const headers = { ...key, 'content-type': 'application/zip' };
  const archive = `${url}/v1/admin/datasets/${dataset}/archive`;
  assert.equal((await fetch(archive, { method: 'POST', headers, body: zip })).status, 201);
}

async function train(dataset: string, model: string): Promise<TrainingView> {
  const asked = await call<TrainingView>(`${url}/v1/admin/retrain`, {
    method: 'POST',
    headers: { ...key, 'content-type': 'application/json' },
    body: JSON.stringify({ dataset, model, activate: 'manual' }),
  });
  await (await fetch(`${url}/v1/admin/trainings/${asked.body.id}/events`, { headers: key })).text();
  const training = await get<TrainingView>(`/v1/admin/trainings/${asked.body.id}`);
  assert.equal(training.state, 'succeeded', JSON.stringify(training.error));
  return training;
}

const entries = await Promise.all(
  colours.flatMap((colour) =>
    Array.from({ length: 12 }, async (_, i) => [`${colour}/${i}.png`, await colourImage(colour, i)] as const),
  ),
);
const zip = new Uint8Array(await zipOf(Object.fromEntries(entries)));

test('the same zip in three datasets gives the same split and the same head to the bit', async () => {
  const heads: unknown[] = [];
  const splits: unknown[] = [];
  for (const name of ['one', 'two', 'three']) {
    await importZip(name, zip);
    await train(name, name);
    const { files, metrics, provenance } = app.registry.version(name, 1).manifest;
    const { sha256 } = provenance['images'] as { sha256: string };
    heads.push([files, metrics['accuracy'], metrics['temperature'], sha256]);
    const { images } = await get<{ images: { sha256: string; split: string }[] }>(`/v1/admin/datasets/${name}/images`);
    splits.push(images.map(({ sha256, split }) => [sha256, split]).sort());
    for (const label of colours) {
      const { classes } = await get<{ classes: { label: string; validation: number; test: number }[] }>(
        `/v1/admin/datasets/${name}`,
      );
      const { validation, test: held } = classes.find((row) => row.label === label)!;
      assert.deepEqual([validation, held], [2, 2]);
    }
  }
  assert.deepEqual([heads[1], heads[2]], [heads[0], heads[0]]);
  assert.deepEqual([splits[1], splits[2]], [splits[0], splits[0]]);
});

test('a version says when and on what it was trained, for programs and for people', async () => {
  const { body } = await call<VersionView>(`${url}/v1/models/one/versions/1`);
  assert.equal(body.training.dataset, 'one');
  assert.ok(Date.parse(body.training.startedAt) <= Date.parse(body.training.finishedAt));
  assert.match(body.files['model.json']!.sha256, /^[0-9a-f]{64}$/);
  const [first] = body.metrics.classes;
  assert.deepEqual([first!.label, first!.support, first!.recallInterval.high], ['blue', 2, 1]);
  const card = await fetch(`${url}/v1/models/one/versions/1/card`);
  assert.match(card.headers.get('content-type')!, /^text\/markdown/);
  const text = await card.text();
  const { sha256 } = app.registry.version('one', 1).manifest.provenance['images'] as { sha256: string };
  for (const fact of ['# one, version 1', 'blue, green, red', '- dataset: one', sha256, body.training.finishedAt])
    assert.ok(text.includes(fact), `${fact} in ${text}`);
  assert.equal((await call(`${url}/v1/models/one/versions/9/card`)).body['code'], 'unknown_version');
});

test('a version that was trained elsewhere has no previews, though its dataset has a name of here', async () => {
  const image = { image: '0'.repeat(64), imageId: 1, label: 'red', predicted: 'blue', probability: 0.9 };
  const foreign = { trainingId: '6f9b7e1c-7a53-4b64-9d4c-2f1b8b1f0a11', dataset: 'one' };
  const { manifest } = app.registry.version('one', 1);
  const original = { ...manifest };
  Object.assign(manifest, { metrics: { worstMistakes: [image], accuracy: 1 }, provenance: foreign });
  const shown = async () => (await call<TrainingView>(`${url}/v1/models/one/versions/1`)).body.metrics.worstMistakes;
  assert.deepEqual(await shown(), [image]);
  Object.assign(manifest, { provenance: original.provenance });
  assert.match((await shown())[0]!.thumbnail, /datasets\/one\/images\/1\/thumbnail$/);
  Object.assign(manifest, original);
});

test('what a version gets wrong is named with its file, shown by its thumbnail and paged through', async () => {
  await importZip('labelled', zip);
  const form = formOf('image', [['wrong.png', await colourImage('blue', 77)]]);
  const wrong = `${url}/v1/admin/datasets/labelled/images?label=red&split=test`;
  assert.equal((await fetch(wrong, { method: 'POST', headers: key, body: form })).status, 201);
  const { metrics } = await train('labelled', 'labelled');

  const [mistake] = metrics.worstMistakes;
  assert.deepEqual([mistake!.label, mistake!.predicted, mistake!.fileName], ['red', 'blue', 'wrong.png']);
  const thumbnail = await fetch(url + mistake!.thumbnail, { headers: key });
  assert.deepEqual([thumbnail.status, thumbnail.headers.get('content-type')], [200, 'image/webp']);
  const open = await call<TrainingView>(`${url}/v1/models/labelled/versions/1`);
  assert.deepEqual(open.body.metrics.worstMistakes[0]!.imageId, mistake!.imageId);
  assert.equal(open.body.metrics.worstMistakes[0]!.fileName, undefined, 'names of files are for those with a key');
  assert.ok(metrics.accuracyInterval.high < 1);

  const listed = await get<{ images: { id: number }[] }>(`/v1/admin/datasets/labelled/images?ids=${mistake!.imageId}`);
  assert.deepEqual(
    listed.images.map(({ id }) => id),
    [mistake!.imageId],
  );

  const path = '/v1/admin/models/labelled/versions/1/predictions?dataset=labelled';
  const seen: Prediction[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page: { predictions: Prediction[]; next: number | null } = await get(`${path}&limit=20&after=${after}`);
    seen.push(...page.predictions);
    after = page.next;
  }
  assert.equal(seen.length, 37);
  assert.deepEqual(
    seen.filter(({ label, predicted }) => label !== predicted).map(({ imageId }) => imageId),
    [mistake!.imageId],
  );
  const mistakes = await get<{ predictions: Prediction[] }>(`${path}&mistakes=true&split=test`);
  assert.deepEqual(
    mistakes.predictions.map(({ imageId, split }) => [imageId, split]),
    [[mistake!.imageId, 'test']],
  );

  // The probability is the one that the served version gives.
  const image = formOf('image', [['wrong.png', await colourImage('blue', 77)]]);
  const served = await call<{ results: { predictions: { label: string; probability: number }[] }[] }>(
    `${url}/v1/classify?model=labelled&version=1`,
    { method: 'POST', body: image },
  );
  const [first] = served.body.results[0]!.predictions;
  assert.equal(first!.label, 'blue');
  assert.ok(Math.abs(first!.probability - mistakes.predictions[0]!.probability) < 1e-4);
});

test('predictions of what is not there are refused by name', async () => {
  const of = async (path: string): Promise<unknown> => (await get<{ code: string }>(`/v1/admin/models/${path}`)).code;
  assert.equal(await of('nothing/versions/1/predictions?dataset=one'), 'unknown_model');
  assert.equal(await of('colours/versions/9/predictions?dataset=one'), 'unknown_version');
  assert.equal(await of('colours/versions/1/predictions?dataset=nothing'), 'unknown_dataset');
  assert.equal(await of('colours/versions/1/predictions'), 'invalid_request');
});
