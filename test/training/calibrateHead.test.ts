import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { fitAndSelectBest } from '../../src/training/fit/bestFit.js';
import { fitHead, refitHead } from '../../src/training/fit/headFit.js';
import { l2Candidates, resolveHyperparameters } from '../../src/training/fit/hyperparameters.js';
import { calibrationMethod } from '../../src/training/fit/calibrationMethod.js';
import { calibrateHead } from '../../src/training/worker/calibrateHead.js';
import type { FitTask } from '../../src/training/worker/trainerTask.js';
import { clusters } from '../support/clusters.js';
import { partsOf } from '../support/parts.js';

const size = 6;
const classes = 3;
const data = { train: clusters(60, size, classes, 1), validation: clusters(30, size, classes, 2), size, classes };
const chosen = resolveHyperparameters('default', { l2: [0.01], epochs: 12, patience: 12 });

describe('calibrating a head', () => {
  before(() => tf.setBackend('cpu'));

  it('takes the validation images when a head of the cross-validation diverges', async () => {
    const task: FitTask = { kind: 'fit', data, candidates: l2Candidates(chosen), parts: partsOf(data) };
    const best = fitAndSelectBest(task, () => undefined);
    assert.equal((await calibrateHead(task, best)).method, 'cross-validation');
    const features = data.train.features.map(() => NaN);
    const diverging = { ...task, data: { ...data, train: { ...data.train, features } } };
    const { method, images, temperature } = await calibrateHead(diverging, best);
    assert.deepEqual([method, images, Number.isFinite(temperature)], ['validation', 30, true]);
  });

  it('takes the validation images where they are many for the pool, and for heads with hidden layers', () => {
    const methods = [
      calibrationMethod([], { train: 2_000, validation: 400 }),
      calibrationMethod([], { train: 2_000, validation: 500 }),
      calibrationMethod([], { train: 100_000, validation: 400 }),
      calibrationMethod([], { train: 100_000, validation: 20 }),
      calibrationMethod([16], { train: 2_000, validation: 20 }),
    ];
    assert.deepEqual(methods, ['cross-validation', 'validation', 'validation', 'cross-validation', 'validation']);
  });

  it('fits heads at the rates of the chosen one, also those that a plateau has halved', () => {
    const [options] = l2Candidates(
      resolveHyperparameters('default', {
        l2: [0],
        schedule: 'plateau',
        batchSize: 32,
        learningRate: 1,
        epochs: 40,
        patience: 40,
      }),
    );
    const head = fitHead(data, undefined, options!);
    assert.equal(head.rates.length, head.bestEpoch);
    assert.ok(head.rates.at(-1)! < head.rates[0]!, 'the best epoch comes after a halving');
    assert.deepEqual(refitHead(data, undefined, options!, head.rates), head.layers);
  });
});
