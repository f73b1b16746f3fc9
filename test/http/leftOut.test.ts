import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp } from './runningApp.js';

interface AddedView {
  readonly id: number;
  readonly sha256: string;
}
interface TrainingView {
  readonly id: string;
  readonly state: string;
  readonly error: { readonly detail: string } | null;
  readonly leftOut: { readonly count: number; readonly images: readonly Record<string, unknown>[] };
}

const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
await publishTinyModel(modelsDir, 'colours', ['red', 'green', 'blue']);
const { url, dataDir } = await startApp({ MODELS_DIR: modelsDir });
after(() => rm(modelsDir, { recursive: true, force: true }));

const key = { authorization: `Bearer ${adminKey}` };

async function upload(label: ColourName, seed: number): Promise<AddedView> {
  const form = formOf('image', [[`${label}-${seed}.png`, await colourImage(label, seed)]]);
  const path = `${url}/v1/admin/datasets/d/images?label=${label}`;
  const { status, body } = await call<{ results: readonly AddedView[] }>(path, {
    method: 'POST',
    headers: key,
    body: form,
  });
  assert.equal(status, 201, JSON.stringify(body));
  return body.results[0]!;
}

/** Trains on the dataset and gives the record at the end. */
async function train(): Promise<TrainingView> {
  const { body } = await call<TrainingView>(`${url}/v1/admin/retrain`, {
    method: 'POST',
    headers: { ...key, 'content-type': 'application/json' },
    body: JSON.stringify({ dataset: 'd', model: 'colours', activate: 'manual' }),
  });
  assert.deepEqual(body.leftOut, { count: 0, images: [] });
  // The stream of events ends with the training.
  await (await fetch(`${url}/v1/admin/trainings/${body.id}/events`, { headers: key })).text();
  return (await call<TrainingView>(`${url}/v1/admin/trainings/${body.id}`, { headers: key })).body;
}

test('GET /v1/admin/trainings/{id} names the images that were left out, of a training that failed as well', async () => {
  await call(`${url}/v1/admin/datasets/d`, { method: 'PUT', headers: key });
  for (let seed = 0; seed < 4; seed++) for (const label of ['red', 'green'] as const) await upload(label, seed);
  const { id, sha256 } = await upload('blue', 1);
  await upload('blue', 2);
  await writeFile(join(dataDir, 'images', sha256.slice(0, 2), sha256.slice(2, 4), sha256), 'no image any more');
  const failed = await train();
  assert.equal(failed.state, 'failed');
  assert.match(failed.error!.detail, /Only one: "blue"/);
  const { reason, ...which } = failed.leftOut.images[0]!;
  assert.deepEqual(which, { imageId: id, image: sha256, label: 'blue', fileName: 'blue-1.png', stage: 'embeddings' });
  assert.match(String(reason), /Accepted formats/);
  assert.equal(failed.leftOut.count, 1);
  await upload('blue', 3);
  const succeeded = await train();
  assert.equal(succeeded.error, null);
  assert.deepEqual(succeeded.leftOut, failed.leftOut);
});
