import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { alwaysTaught } from '../../src/training/calibrationParts.js';
import { seemingLabels } from '../../src/training/evaluation/labelErrors.js';
import { l2Candidates, resolveHyperparameters } from '../../src/training/fit/hyperparameters.js';
import { scoreByOthers, type LabelledEmbeddings } from '../../src/training/leaveOneOut.js';
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
    groups: Uint32Array.from(labels.keys()),
  };
}

/** Of the images by their numbers: those whose scores are highest for another label than theirs. */
function contradicted(images: LabelledEmbeddings, scores: ReadonlyMap<number, Float32Array>): number[] {
  const rows = [...scores.keys()].sort((a, b) => a - b);
  return rows.filter((row) => scores.get(row)!.indexOf(Math.max(...scores.get(row)!)) !== images.labels[row]);
}

function imagesOf(labelOf: (label: number, row: number) => number): LabelledEmbeddings {
  const { features, labels } = clusters(60, size, classes, 3);
  return { features, labels: labels.map(labelOf), size, classes, groups: Uint32Array.from(labels.keys()) };
}

const flip = (label: number, row: number): number => (flipped.includes(row) ? (label + 1) % classes : label);

describe('what other images say', () => {
  it('contradicts wrong labels, in one fit or several', () => {
    const images = imagesOf(flip);
    for (const most of [1_000, 25]) {
      const scores = scoreByOthers(images, most);
      assert.equal(scores.size, 60);
      assert.deepEqual(contradicted(images, scores), flipped);
    }
  });

  it('leaves near duplicates out together, for they would vouch for one another', () => {
    const images = imagesOf(flip);
    images.features.copyWithin(5 * size, 4 * size, 5 * size);
    images.labels[5] = images.labels[4]!;
    assert.ok(!contradicted(images, scoreByOthers(images)).includes(4));
    images.groups[5] = images.groups[4]!;
    assert.ok(contradicted(images, scoreByOthers(images)).includes(4));
  });

  it('is nothing of an image that is alone in its class', () => {
    const images = imagesOf((label, row) => (row === 0 ? 2 : label % 2));
    const scores = scoreByOthers(images);
    assert.deepEqual([scores.has(0), scores.size], [false, 59]);
  });
});

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
