import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { alwaysTaught } from '../../src/training/calibrationParts.js';
import { DivergedError, type EpochReport } from '../../src/training/fit/headFit.js';
import { l2Candidates, resolveHyperparameters, type FitOptions } from '../../src/training/fit/hyperparameters.js';
import { minimise, type Objective } from '../../src/training/fit/lbfgs.js';
import { fitLinearHead, isLinear } from '../../src/training/fit/linearFit.js';
import { SoftmaxRegression } from '../../src/training/fit/softmaxRegression.js';
import type { FitInput } from '../../src/training/worker/trainerTask.js';
import { clusters } from '../support/clusters.js';
import { partsOf } from '../support/parts.js';

const size = 4;
const classes = 3;
const train = clusters(30, size, classes, 5);
const data = { train, validation: clusters(18, size, classes, 6), size, classes };
const input: FitInput = { data, parts: partsOf(data) };

const optionsOf = (overrides: Parameters<typeof resolveHyperparameters>[1]): FitOptions[] =>
  l2Candidates(resolveHyperparameters('default', overrides));

const near = (actual: ArrayLike<number>, expected: readonly number[], within: number): void =>
  expected.forEach((value, i) => assert.ok(Math.abs(actual[i]! - value) < within, `${actual[i]} for ${value}`));

/** scikit-learn 1.9.1: LogisticRegression(C=1 / (2 * 30 * 0.01), tol=1e-12) on the rows of `train`. */
const scikitLearn = {
  kernel: [
    0.90156, -0.02716, -0.87439, 0.59443, -0.45357, -0.14086, -0.20244, -1.89567, 2.09811, 0.75569, -1.78619, 1.0305,
  ],
  bias: [-1.34668, 2.35368, -1.007],
};

describe('L-BFGS', () => {
  it('finds the bottom of a narrow curved valley', () => {
    const rosenbrock: Objective = ([x, y]) => ({
      value: (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2,
      gradient: Float64Array.of(-2 * (1 - x!) - 400 * x! * (y! - x! ** 2), 200 * (y! - x! ** 2)),
    });
    const values: number[] = [];
    let last: Float64Array = Float64Array.of(-1.2, 1);
    for (const { point, value } of minimise(rosenbrock, last)) {
      assert.ok(value < (values.at(-1) ?? Infinity), 'each point is better than the one before');
      values.push(value);
      last = point;
    }
    near(last, [1, 1], 1e-6);
    assert.ok(values.length < 100, `${values.length} steps`);
  });
});

describe('a linear head', () => {
  before(() => tf.setBackend('cpu'));

  it("has scikit-learn's coefficients at the minimum", () => {
    const targets = Float32Array.from({ length: 30 * classes }, (_, i) =>
      Number(i % classes === Math.floor(i / classes) % classes),
    );
    const rows = { features: [train.features], targets, size, classes, transform: (values: Float32Array) => values };
    const regression = new SoftmaxRegression(rows);
    const all = new Uint8Array(30).fill(1);
    const { point } = [...minimise(regression.objective(all, 0.01), regression.start())].at(-1)!;
    near(point, [...scikitLearn.kernel, ...scikitLearn.bias], 1e-3);
    regression.dispose();
  });

  it('stops near the minimum', () => {
    const [options] = optionsOf({ l2: [0.01], labelSmoothing: 0, standardise: false });
    const [layer] = fitLinearHead(input, [{ ...options!, epochs: 1000 }], () => undefined).head.layers;
    near([...layer!.kernel, ...layer!.bias], [...scikitLearn.kernel, ...scikitLearn.bias], 0.05);
  });

  it('has the gradient of its loss, with class weights and rows that do not teach', () => {
    const targets = Float32Array.from({ length: 30 * classes }, (_, i) => (i % 7) / 7);
    const rows = { features: [train.features], targets, size, classes, transform: (values: Float32Array) => values };
    const regression = new SoftmaxRegression(rows);
    const objective = regression.objective(
      Uint8Array.from({ length: 30 }, (_, row) => Number(row % 4 > 0)),
      0.1,
    );
    const point = regression.start().map((_, i) => Math.sin(i));
    const { gradient } = objective(point);
    const step = 1e-2;
    const slopes = gradient.map((_, i) => {
      const at = (by: number): number => objective(point.map((value, j) => (i === j ? value + by : value))).value;
      return (at(step) - at(-step)) / (2 * step);
    });
    near(slopes, [...gradient], 1e-3);
    regression.dispose();
  });

  it('takes the penalty that does best on parts held out, whatever order they are in', () => {
    const chosen = [
      [10, 0.003, 0.1],
      [0.1, 10, 0.003],
    ].map((l2) => fitLinearHead(input, optionsOf({ l2 }), () => undefined));
    assert.ok(chosen[0]!.options.l2 < 10);
    assert.deepEqual(chosen[0]!.head, chosen[1]!.head);
    const { method, truth } = chosen[0]!.unseen!;
    assert.deepEqual([method, truth.length], ['cross-validation', 48]);
  });

  it('never learns from what it is measured on', () => {
    const wrong = {
      ...data,
      validation: { ...data.validation, labels: data.validation.labels.map((label) => (label + 1) % 3) },
    };
    const [options] = optionsOf({ l2: [0.003] });
    const fit = (task: FitInput) => fitLinearHead(task, [options!], () => undefined).head.layers[0]!;
    assert.deepEqual(fit({ ...input, data: wrong }), fit(input));
    assert.notDeepEqual(fit({ ...input, data: wrong, learnsFromValidation: true }), fit(input));
  });

  it('reports the loss of training and validation at each epoch, no more than there may be', () => {
    const reports: EpochReport[] = [];
    const { head } = fitLinearHead(input, optionsOf({ epochs: 5 }), (report) => reports.push(report));
    assert.deepEqual(
      reports.map(({ epoch, epochs }) => [epoch, epochs]),
      [1, 2, 3, 4, 5].map((epoch) => [epoch, 5]),
    );
    assert.ok(reports[4]!.loss < reports[0]!.loss);
    assert.equal(head.validationLoss, reports[4]!.validationLoss);
  });

  it('is measured on the validation images where nothing can be held out', () => {
    const parts = {
      ...input.parts,
      train: new Uint8Array(30).fill(alwaysTaught),
      validation: new Uint8Array(18).fill(alwaysTaught),
    };
    const { method, truth } = fitLinearHead({ ...input, parts }, optionsOf({}), () => undefined).unseen!;
    assert.deepEqual([method, truth.length], ['validation', 18]);
  });

  it('says so when an embedding is no number', () => {
    const features = train.features.map((value, i) => (i === 7 ? NaN : value));
    const task = { ...input, data: { ...data, train: { ...train, features } } };
    assert.throws(() => fitLinearHead(task, optionsOf({}), () => undefined), DivergedError);
  });
});

describe('the default preset', () => {
  it('is solved by L-BFGS until something is asked for that only Adam has', () => {
    const isSolved = (overrides: Parameters<typeof optionsOf>[0]): boolean => optionsOf(overrides).every(isLinear);
    assert.ok(isSolved({}) && isSolved({ l2: [0.1], epochs: 20, labelSmoothing: 0.1, views: 2 }));
    for (const overrides of [{ hiddenLayers: [16] }, { dropout: 0.2 }, { learningRate: 0.01 }, { patience: 3 }])
      assert.ok(!isSolved(overrides), JSON.stringify(overrides));
    assert.equal(optionsOf({ hiddenLayers: [16] }).length, 2);
  });
});
