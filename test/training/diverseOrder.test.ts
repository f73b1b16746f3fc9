import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orderByInformation } from '../../src/training/diverseOrder.js';

const never = new AbortController().signal;
/** Rows of two values. */
const order = (rows: ReadonlyArray<readonly [number, number]>, uncertainty: readonly number[], count = rows.length) =>
  orderByInformation({ features: Float32Array.from(rows.flat()), size: 2, uncertainty }, count, never);

test('the most uncertain comes first, then what is unlike it, its own likes last', async () => {
  const rows = [
    [1, 0],
    [2, 0.01],
    [0, 1],
    [-1, 0],
  ] as const;
  assert.deepEqual(await order(rows, [0.8, 0.7, 0.3, 0.3]), [0, 3, 2, 1]);
});

test('of images that are equally unlike, the less certain comes first', async () => {
  const rows = [
    [1, 0],
    [0, 1],
    [0, -1],
  ] as const;
  assert.deepEqual(await order(rows, [0.9, 0.2, 0.4]), [0, 2, 1]);
  assert.deepEqual(await order(rows, [0.9, 0.2, 0.4], 2), [0, 2]);
});

test('images of which nothing is unsure, or that are all alike, are given each once', async () => {
  const rows = Array.from({ length: 5 }, () => [0, 0] as const);
  assert.deepEqual((await order(rows, [0, 0, 0, 0, 0])).sort(), [0, 1, 2, 3, 4]);
  assert.deepEqual(await order([], []), []);
});

test('whoever no longer waits for it ends it', async () => {
  const controller = new AbortController();
  controller.abort(new Error('gone'));
  const candidates = { features: new Float32Array(4), size: 2, uncertainty: [0, 0] };
  await assert.rejects(orderByInformation(candidates, 2, controller.signal), /gone/);
});
