import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { alwaysTaught } from '../../src/training/calibrationParts.js';
import { seemingLabels } from '../../src/training/evaluation/labelErrors.js';
import { l2Candidates, resolveHyperparameters } from '../../src/training/fit/hyperparameters.js';
import { findLabelErrors } from '../../src/training/worker/findLabelErrors.js';
import type { LabelErrorsTask } from '../../src/training/worker/trainerTask.js';
import { clusters } from '../support/clusters.js';

const size = 24;
const classes = 3;
const flipped = [4, 17, 31, 50];

function taskOf(part: (row: number) => number): LabelErrorsTask {
  const { features, labels } = clusters(60, size, classes, 3);
  const wrong = labels.map((label, row) => (flipped.includes(row) ? (label + 1) % classes : label));
  const nothing = { features: new Float32Array(0), labels: new Uint32Array(0) };
  return {
    kind: 'labelErrors',
    data: { train: { features, labels: wrong }, validation: nothing, size, classes },
    parts: {
      train: Uint8Array.from(labels, (_, row) => part(row)),
      unaltered: new Uint8Array(60).fill(1),
      validation: new Uint8Array(0),
    },
    candidates: l2Candidates(resolveHyperparameters('default')),
  };
}

describe('label errors', () => {
  before(() => tf.setBackend('cpu'));

  it('are found, with the label that the images have', () => {
    const task = taskOf((row) => Math.floor(row / classes) % 5);
    const { rows, labels } = findLabelErrors(task)!;
    const doubted = rows.filter((row, i) => labels[i] !== task.data.train.labels[row]).sort((a, b) => a - b);
    assert.deepEqual(doubted, flipped);
    for (const row of flipped) assert.equal(labels[rows.indexOf(row)], row % classes);
  });

  it('are not looked for where nothing can be held out', () => {
    assert.equal(findLabelErrors(taskOf(() => alwaysTaught)), undefined);
  });

  it('take a class that is as probable as for its own images, not one that is only more probable than the label', () => {
    // Images of class 0 get 0.9 for it, those of class 1 get 0.6.
    const row = (p: number): number[] => [Math.log(p), Math.log(1 - p)];
    const logits = Float32Array.from([0.9, 0.9, 0.4, 0.4, 0.7].flatMap(row));
    const truth = Uint32Array.from([0, 0, 1, 1, 1]);
    const unsure = seemingLabels({ logits, truth, classes: 2 }, 1);
    assert.deepEqual([...unsure.labels], [0, 0, 1, 1, 1]);
    logits.set(row(0.95), 8);
    const sure = seemingLabels({ logits, truth, classes: 2 }, 1);
    assert.deepEqual([...sure.labels], [0, 0, 1, 1, 0]);
    assert.ok(Math.abs(sure.probabilities[4]! - 0.95) < 1e-6);
  });
});
