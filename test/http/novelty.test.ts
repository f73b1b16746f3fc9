// Results say whether the image is like any of the training.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { call, startApp } from './runningApp.js';

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
