// Results say whether the image is like any of the training.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import sharp from 'sharp';
import { adminKey, call, formOf, post, startApp } from './runningApp.js';

const { url } = await startApp();

interface Answer {
  readonly results: ReadonlyArray<{ readonly known: boolean; readonly novelty: number }>;
}

const square = new Uint8Array(
  await sharp({ create: { width: 64, height: 64, channels: 3, background: '#008000' } })
    .png()
    .toBuffer(),
);
const classify = async (query = ''): Promise<Answer['results'][number]> => {
  const init = { method: 'POST', headers: { 'content-type': 'image/png' }, body: square };
  const { status, body } = await call<Answer>(`${url}/v1/classify${query}`, init);
  assert.equal(status, 200);
  return body.results[0]!;
};

test('a green square is no garment, unless the request says that everything is one', async () => {
  const { known, novelty } = await classify();
  assert.equal(known, false);
  assert.ok(novelty > 0.99 && novelty < 1);
  assert.equal((await classify('?unknownAbove=1')).known, true);
});

test('what comes with the classifier says what that costs and what it catches', async () => {
  const { body } = await call<{ metrics: { novelty: Record<string, number> } }>(`${url}/v1/models/clothing/versions/1`);
  const { heldOutUnknown, blanksUnknown, auroc } = body.metrics.novelty;
  assert.ok(heldOutUnknown! < 0.02 && blanksUnknown === 1 && auroc! > 0.99);
});

test('a threshold that is no share is refused', async () => {
  const init = { method: 'POST', headers: { 'content-type': 'image/png' }, body: square };
  assert.equal((await call(`${url}/v1/classify?unknownAbove=2`, init)).status, 400);
});

test('what is unknown is set for a version: shown, taken by requests that say nothing, and taken back', async () => {
  const set = (body: unknown, version: number | string = 1, key = adminKey) =>
    call(`${url}/v1/admin/models/clothing/versions/${version}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const shown = async (): Promise<unknown> => (await call(`${url}/v1/models/clothing/versions/1`)).body['unknownAbove'];
  assert.equal(await shown(), 0.99);
  const { status, body } = await set({ unknownAbove: 1 });
  assert.deepEqual([status, body], [200, { name: 'clothing', version: 1, unknownAbove: 1 }]);
  assert.equal(await shown(), 1);
  assert.equal((await classify()).known, true);
  assert.equal((await classify('?unknownAbove=0.5')).known, false);
  assert.deepEqual((await set({ unknownAbove: null })).body['unknownAbove'], 0.99);
  assert.equal((await classify()).known, false);
  for (const wrong of [{}, { unknownAbove: 2 }, { unknownAbove: '0.5' }, { unknownAbove: 0.5, known: true }])
    assert.equal((await set(wrong)).body['code'], 'invalid_request', JSON.stringify(wrong));
  assert.equal((await set({ unknownAbove: 0.5 }, 7)).body['code'], 'unknown_version');
  assert.equal((await set({ unknownAbove: 0.5 }, 1, 'wrong')).status, 401);
  assert.equal(await shown(), 0.99);
});

test('routes of other contracts answer of an unknown image what they answer of any', async () => {
  const data = [Buffer.from(square).toString('base64')];
  const infer = { inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', data }] };
  const kserve = await post(`${url}/v2/models/clothing/infer`, JSON.stringify(infer), 'application/json');
  const { outputs, ...ofRequest } = kserve.body as { outputs: { name: string; shape: number[] }[] };
  assert.deepEqual(Object.keys(ofRequest), ['model_name', 'model_version']);
  const shapes = outputs.map(({ name, shape }) => [name, shape.length]);
  assert.deepEqual(shapes, [
    ['probabilities', 2],
    ['label', 1],
  ]);
  const flask = await call(`${url}/classify`, { method: 'POST', body: formOf('img', [['square.png', square]]) });
  assert.deepEqual([flask.status, Object.keys(flask.body)], [200, ['success', 'predictions']]);
  for (const prediction of flask.body['predictions'] as object[])
    assert.deepEqual(Object.keys(prediction), ['label', 'probability']);
  const customVision = await post(
    `${url}/customvision/v3.1/prediction/${randomUUID()}/classify/iterations/clothing/image`,
    square,
    'application/octet-stream',
  );
  const { predictions, ...ofImage } = customVision.body as { predictions: object[] };
  assert.deepEqual(Object.keys(ofImage), ['id', 'project', 'iteration', 'created']);
  for (const prediction of predictions) assert.deepEqual(Object.keys(prediction), ['probability', 'tagId', 'tagName']);
});
