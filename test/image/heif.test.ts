import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppError } from '../../src/errors.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { createHeifDecoder, type HeifDecoder, type HeifDecoderOptions } from '../../src/image/heif.js';
import { createMemoryBudget } from '../../src/image/memoryBudget.js';
import { readImage } from '../support/fixtureImages.js';

const limits = { maxBytes: 10_000_000, maxPixels: 50_000_000, timeoutMs: 60_000 };
const geometry = { width: 96, height: 64, resize: 'stretch', cropFraction: 1, kernel: 'linear' } as const;
const never = new AbortController().signal;

function open(t: TestContext, options: HeifDecoderOptions): HeifDecoder {
  const decoder = createHeifDecoder(limits, options);
  t.after(() => decoder.close());
  return decoder;
}

test('a decoder thread that dies while it has nothing to do takes no other with it', async (t) => {
  const decoder = open(t, { maxThreads: 1, workerUrl: new URL('./mortalHeifWorker.js', import.meta.url) });
  const threads = new Set<string>();
  while (threads.size < 3) {
    const error = await decoder.toTiff(await readImage('display-p3.heic'), geometry, never).then(
      () => assert.fail('nothing is decoded here'),
      (reason: unknown) => reason as AppError,
    );
    assert.equal(error.code, 'undecodable_image');
    for (const [thread] of error.detail.matchAll(/thread \d+/g)) threads.add(thread);
    await sleep(10);
  }
});

test('images that do not fit into memory together are decoded one after the other, and all of them', async (t) => {
  const decoder = createImageDecoder({ limits, concurrency: 4, heifMemoryBytes: 1 });
  t.after(() => decoder.close());
  const image = await readImage('display-p3.heic');
  const decoded = await Promise.all(Array.from({ length: 3 }, () => decoder.decode(image, geometry)));
  assert.deepEqual(
    decoded.map(({ width, height }) => [width, height]),
    Array.from({ length: 3 }, () => [96, 64]),
  );
});

test('an image waits for memory before its decoding begins, and its wait ends with its signal', async (t) => {
  const decoder = open(t, { maxThreads: 4, memoryBytes: 1 });
  const image = await readImage('display-p3.heic');
  const free = await decoder.reserve(image, never);
  const leaving = new AbortController();
  const waiting = decoder.reserve(image, leaving.signal);
  leaving.abort(new Error('too late'));
  await assert.rejects(waiting, /too late/);
  free();
  (await decoder.reserve(image, never))();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a memory budget admits what fits, in order of arrival, and what is larger than all of it alone', async () => {
  const budget = createMemoryBudget(100);
  const admitted: number[] = [];
  const reserve = async (bytes: number): Promise<() => void> => {
    const free = await budget.reserve(bytes, never);
    admitted.push(bytes);
    return free;
  };
  const [first, second] = await Promise.all([reserve(60), reserve(40)]);
  const [third, large, small] = [reserve(50), reserve(500), reserve(1)];
  await turn();
  assert.deepEqual(admitted, [60, 40]);
  first();
  const freeThird = await third;
  await turn();
  // The small one would fit, and waits all the same: the large one would never have its turn otherwise.
  assert.deepEqual(admitted, [60, 40, 50]);
  second();
  freeThird();
  const freeLarge = await large;
  await turn();
  assert.deepEqual(admitted, [60, 40, 50, 500]);
  freeLarge();
  (await small)();
  assert.deepEqual(admitted, [60, 40, 50, 500, 1]);
});

test('a wait for memory ends with its signal, and those behind it move up', async () => {
  const budget = createMemoryBudget(100);
  const free = await budget.reserve(60, never);
  const leaving = new AbortController();
  const large = budget.reserve(90, leaving.signal);
  const small = budget.reserve(40, never);
  leaving.abort(new Error('too late'));
  await assert.rejects(large, /too late/);
  (await small)();
  free();
  await assert.rejects(budget.reserve(1, leaving.signal), /too late/);
});
