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

  it('come first, with the label that the images have', () => {
    const task = taskOf((row) => Math.floor(row / classes) % 5);
    const { rows, labels, certainties } = findLabelErrors(task)!;
    const doubt = rows.map((row, i) => (labels[i] === task.data.train.labels[row] ? -1 : 1) * certainties[i]!);
    const byDoubt = [...rows.keys()].sort((a, b) => doubt[b]! - doubt[a]!);
    const first = byDoubt.slice(0, 6).map((i) => rows[i]!);
    for (const row of flipped) {
      assert.ok(first.includes(row), `${row} is not among ${first.join()}`);
      assert.equal(labels[rows.indexOf(row)], row % classes);
    }
  });

  it('are not looked for where nothing can be held out', () => {
    assert.equal(findLabelErrors(taskOf(() => alwaysTaught)), undefined);
  });

  it('are the surer the less probable the label is, whatever the image is instead', () => {
    const logits = Float32Array.from([0.6, 0.3, 0.1, 0.5, 0.1, 0.4, 0.7, 0.2, 0.1].map(Math.log));
    const { labels, certainties } = seemingLabels({ logits, truth: Uint32Array.from([2, 1, 0]), classes }, 1);
    assert.deepEqual([...labels], [0, 0, 0]);
    [0.9, 0.9, 0.7].forEach((value, i) => assert.ok(Math.abs(certainties[i]! - value) < 1e-6));
  });
});
