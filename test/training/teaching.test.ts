import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classProbabilities } from '../../src/models/linearScores.js';
import type { Manifest } from '../../src/models/manifest.js';
import { blendTaught, type TaughtHead } from '../../src/serving/taughtHead.js';
import { createRandom } from '../../src/training/random.js';
import { fitLeastSquares } from '../../src/training/teaching/leastSquares.js';
import { chooseRows } from '../../src/training/teaching/lessonRows.js';
import { chooseTrust } from '../../src/training/teaching/trust.js';

const size = 8;
/** Images of a class lie around its own axis. */
function embeddingsOf(labels: readonly number[], spread: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: labels.length * size }, (_, i) => {
    const label = labels[Math.floor(i / size)]!;
    return (i % size === label ? 1 : 0) + spread * (random.next() - 0.5);
  });
}
const fit = (labels: readonly number[], features: Float32Array, classes = 3) =>
  fitLeastSquares({ features, size, labels: Uint32Array.from(labels), classes });
const rowOf = (features: Float32Array, row: number): Float32Array => features.slice(row * size, (row + 1) * size);
const best = (values: Float64Array): number => values.indexOf(Math.max(...values));

test('least squares tell classes apart, also on images that they have not seen, and their probabilities sum to 1', () => {
  const labels = [0, 0, 0, 1, 1, 1, 2, 2, 2];
  const learnt = fit(labels, embeddingsOf(labels, 0.5, 1));
  const others = embeddingsOf(labels, 0.5, 2);
  for (const [row, label] of labels.entries()) {
    const probabilities = classProbabilities(learnt, rowOf(others, row));
    assert.equal(best(probabilities), label);
    assert.ok(Math.abs(probabilities.reduce((sum, value) => sum + value, 0) - 1) < 1e-12);
  }
});

test('what is said of an image without that image does not know its label', () => {
  const labels = [0, 0, 0, 0, 1, 1, 1, 1, 1];
  const features = embeddingsOf([0, 0, 0, 0, 1, 1, 1, 1, 0], 0.1, 3);
  const learnt = fit(labels, features, 2);
  // The last one looks like those of the other class.
  assert.equal(best(learnt.leftOut.subarray(16, 18)), 0);
  assert.equal(best(learnt.leftOut.subarray(0, 2)), 0);
  assert.equal(best(learnt.leftOut.subarray(8, 10)), 1);
});

test('classes that cannot be told apart are less certain than those that can', () => {
  const labels = [0, 0, 0, 1, 1, 1];
  const clear = fit(labels, embeddingsOf(labels, 0.1, 4), 2);
  const vague = fit(labels, embeddingsOf([0, 0, 0, 0, 0, 0], 0.5, 4), 2);
  assert.ok(clear.temperature < vague.temperature);
});

test('one image, one class, and an embedding of zeros have an answer', () => {
  const features = new Float32Array(size);
  assert.deepEqual([...classProbabilities(fit([0], features, 1), features)], [1]);
});

const headOf = (
  own: readonly number[],
  all: readonly number[],
  trust: number,
  shown: readonly number[],
): TaughtHead => ({
  manifest: { labels: all.map(String) } as Manifest,
  base: { name: '', version: 1, headId: '' },
  trained: own.length,
  scores: fit(shown, embeddingsOf(shown, 0.6, 5), all.length),
  places: all,
  gate: undefined,
  trust,
  taught: [],
  similarities: new Float32Array(0),
});

test('a new class takes its mass from the others, which keep their shares among themselves', () => {
  const head = headOf([0, 1], [0, 1, 2], 0, [0, 0, 1, 1, 2, 2]);
  const trained = Float64Array.of(0.75, 0.25);
  const axis = (label: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Number(i === label));
  const ofNew = blendTaught(head, trained, axis(2));
  const ofOld = blendTaught(head, trained, axis(1));
  assert.equal(best(ofNew), 2);
  // Whatever the taught images make of it: the trained head decides between its own classes.
  assert.equal(best(ofOld), 0);
  for (const blended of [ofNew, ofOld]) {
    assert.ok(Math.abs(blended[0]! / blended[1]! - 3) < 1e-9);
    assert.ok(Math.abs(blended.reduce((sum, value) => sum + value, 0) - 1) < 1e-12);
  }
  assert.ok(blendTaught({ ...head, trust: 0.5 }, trained, axis(1))[1]! > ofOld[1]!);
});

test('corrections are trusted where the head is wrong, and not where it is right', () => {
  const right = Array.from({ length: 10 }, () => ({ head: 0.9, taught: 0.6 }));
  assert.equal(chooseTrust(right), 0);
  assert.equal(chooseTrust([]), 0);
  const wrong = Array.from({ length: 10 }, () => ({ head: 0.05, taught: 0.6 }));
  assert.ok(chooseTrust([...right, ...wrong]) > 0.3);
});

test('as many images of a training take part as there are taught ones to compare with, the newest of each class', () => {
  const at = (id: number, label: string) => ({ id, sha256: `${id}`, label, createdAt: new Date(id) });
  const images = Array.from({ length: 60 }, (_, i) => at(100 - i, i < 8 ? 'new' : i % 2 === 0 ? 'a' : 'b'));
  const { fresh, learnt } = chooseRows(images, new Date(92));
  assert.deepEqual([fresh.length, new Set(fresh.map(({ label }) => label)).size], [8, 1]);
  assert.equal(learnt.filter(({ label }) => label === 'a').length, 16);
  assert.equal(learnt[0]!.id, 92);
  assert.deepEqual(chooseRows(images, new Date(1000)), { fresh: [], learnt: [] });
  assert.equal(chooseRows(images, undefined).fresh.length, 60);
});
