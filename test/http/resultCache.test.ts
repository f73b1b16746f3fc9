// RESULT_CACHE: images that were classified before are answered from memory, and by nothing that a later version would answer otherwise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawJpeg } from '../support/drawnImages.js';
import { post, startApp } from './runningApp.js';

interface Classified {
  readonly results: ReadonlyArray<{ readonly width: number; readonly predictions: readonly unknown[] }>;
  readonly timing: Record<string, number>;
}

const { url } = await startApp({ RESULT_CACHE: '2' });
const [first, second, third] = await Promise.all([drawJpeg(20), drawJpeg(120), drawJpeg(220)]);

const classify = async (image: Buffer): Promise<Classified> =>
  (await post<Classified>(`${url}/v1/classify`, image, 'image/jpeg')).body;

const countOfKnown = async (): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^taxon_cached_images_total (\d+)/m.exec(text)![1]);
};

const known = { decodeMs: 0, queueMs: 0, inferenceMs: 0 };

test('an image that comes again is answered alike and without work', async () => {
  const fresh = await classify(first);
  assert.ok(fresh.timing['inferenceMs']! > 0);
  const again = await classify(first);
  assert.deepEqual(again.results, fresh.results);
  assert.deepEqual(again.timing, known);
  assert.equal(await countOfKnown(), 1);
});

test('the one that was asked for longest ago is forgotten first', async () => {
  for (const image of [second, first, third]) await classify(image);
  const before = await countOfKnown();
  assert.ok((await classify(second)).timing['inferenceMs']! > 0, 'the second had to go');
  assert.deepEqual((await classify(third)).timing, known);
  assert.equal(await countOfKnown(), before + 1);
});

test('an image that cannot be read is no result', async () => {
  const bad = Buffer.from('this is text');
  for (let i = 0; i < 2; i++) assert.equal((await post<unknown>(`${url}/v1/classify`, bad, 'image/jpeg')).status, 415);
  assert.equal((await classify(third)).results.length, 1);
});
