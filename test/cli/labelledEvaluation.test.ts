import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateLabelled, type Judged } from '../../src/cli/labelledEvaluation.js';

const judged = (filename: string, label: string, ...guesses: ReadonlyArray<readonly [string, number]>): Judged => ({
  filename,
  label,
  predictions: guesses.map(([guess, probability]) => ({ label: guess, probability })),
});

const evaluation = evaluateLabelled(
  [
    judged('1', 'cat', ['cat', 0.9], ['dog', 0.1]),
    judged('2', 'cat', ['dog', 0.6], ['cat', 0.4]),
    judged('3', 'cat', ['dog', 0.8], ['cow', 0.2]),
    judged('4', 'dog', ['dog', 0.7], ['cat', 0.3]),
    judged('5', 'dog', ['cow', 0.5], ['dog', 0.5]),
  ],
  ['cat', 'cow', 'dog', 'hen'],
);

test('accuracy has the interval of Wilson: 2 of 5 are within 0.118 and 0.769 (R: prop.test(2, 5, correct = FALSE))', () => {
  assert.deepEqual([evaluation.images, evaluation.accuracy, evaluation.top5], [5, 0.4, 0.8]);
  assert.ok(Math.abs(evaluation.accuracyInterval.low - 0.1176) < 1e-4);
  assert.ok(Math.abs(evaluation.accuracyInterval.high - 0.7693) < 1e-4);
});

test('classes that neither have images nor were predicted are not listed', () => {
  assert.deepEqual(
    evaluation.classes.map(({ label, precision, recall, support }) => [label, precision, recall, support]),
    [
      ['cat', 1, 1 / 3, 3],
      ['cow', 0, 0, 0],
      ['dog', 1 / 3, 1 / 2, 2],
    ],
  );
});

test('the most frequent confusion comes first, and of its images the most confident', () => {
  assert.deepEqual(evaluation.confusions, [
    { label: 'cat', predicted: 'dog', count: 2, images: ['3', '2'] },
    { label: 'dog', predicted: 'cow', count: 1, images: ['5'] },
  ]);
});
