import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { withoutAddon } from '../engines/addon.js';
import { colourImage, publishTinyModel } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp } from './runningApp.js';

const colours = ['red', 'green'] as const;
const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
await publishTinyModel(modelsDir, 'colours', colours);
const { url } = await startApp({ MODELS_DIR: modelsDir });
after(() => rm(modelsDir, { recursive: true, force: true }));

const key = { authorization: `Bearer ${adminKey}` };
const datasetUrl = `${url}/v1/admin/datasets/d`;
await call(datasetUrl, { method: 'PUT', headers: key });
for (const label of colours)
  for (let seed = 0; seed < 6; seed++) {
    const body = formOf('image', [[`${label}-${seed}.png`, await colourImage(label, seed)]]);
    await call(`${datasetUrl}/images?label=${label}`, { method: 'POST', headers: key, body });
  }

const request = (fineTune: string) =>
  call<{ id: string; code: string; detail: string }>(`${url}/v1/admin/retrain`, {
    method: 'POST',
    headers: { ...key, 'content-type': 'application/json' },
    body: JSON.stringify({ dataset: 'd', model: 'colours', fineTune }),
  });

describe('POST /v1/admin/retrain with fineTune', () => {
  it('knows no other than top-blocks', async () => {
    const { status, body } = await request('everything');
    assert.deepEqual([status, body.code], [400, 'invalid_request']);
  });

  it(
    'is refused where TensorFlow is missing, with the command that builds it',
    {
      skip: withoutAddon === false && 'SKIPPED: the addon is here',
    },
    async () => {
      const { status, body } = await request('top-blocks');
      assert.deepEqual([status, body.code], [409, 'fine_tuning_unavailable']);
      assert.match(body.detail, /npm run build:tfjs-native|npm ci/);
    },
  );

  it('trains where it is', { skip: withoutAddon }, async () => {
    const { status, body } = await request('top-blocks');
    assert.equal(status, 202);
    await (await fetch(`${url}/v1/admin/trainings/${body.id}/events`, { headers: key })).text();
    const { body: ended } = await call<{ state: string; metrics: { fineTuning: { views: number } } }>(
      `${url}/v1/admin/trainings/${body.id}`,
      { headers: key },
    );
    assert.deepEqual([ended.state, ended.metrics.fineTuning.views], ['succeeded', 3]);
  });
});
