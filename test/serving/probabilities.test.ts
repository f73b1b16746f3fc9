import assert from 'node:assert/strict';
import { test } from 'node:test';
import { softmax } from '../../src/softmax.js';
import { inLabelOrder, topK } from '../../src/serving/probabilities.js';

test('softmax of known logits gives the textbook values', () => {
  const probabilities = softmax(Float32Array.of(1, 2, 3));
  const expected = [0.09003057, 0.24472847, 0.66524096];
  probabilities.forEach((value, index) => assert.ok(Math.abs(value - expected[index]!) < 1e-7));
});

test('softmax of huge logits neither overflows nor loses its sum', () => {
  const probabilities = softmax(Float32Array.of(10_000, 9_999, -10_000));
  assert.ok(Math.abs(probabilities.reduce((sum, value) => sum + value, 0) - 1) < 1e-12);
  assert.ok(probabilities.every(Number.isFinite));
});

test('a temperature above one flattens and keeps the order', () => {
  const sharp = softmax(Float32Array.of(1, 4, 2));
  const flat = softmax(Float32Array.of(1, 4, 2), 3);
  assert.ok(flat[1]! < sharp[1]!);
  assert.ok(flat[1]! > flat[2]! && flat[2]! > flat[0]!);
});

test('top-k is sorted, cut at k and at the least probability', () => {
  const probabilities = Float64Array.of(0.1, 0.6, 0.3);
  const labels = ['a', 'b', 'c'];
  assert.deepEqual(
    topK(probabilities, labels, 2).map(({ label }) => label),
    ['b', 'c'],
  );
  assert.deepEqual(
    topK(probabilities, labels, 3, 0.2).map(({ label }) => label),
    ['b', 'c'],
  );
  assert.deepEqual(topK(probabilities, labels, 10).length, 3);
});

test('equal probabilities keep label order', () => {
  assert.deepEqual(
    topK(Float64Array.of(0.5, 0.5), ['x', 'y'], 2).map(({ label }) => label),
    ['x', 'y'],
  );
});

test('label order lists every class as the manifest does', () => {
  assert.deepEqual(inLabelOrder(Float64Array.of(0.2, 0.8), ['x', 'y']), [
    { label: 'x', probability: 0.2 },
    { label: 'y', probability: 0.8 },
  ]);
});
