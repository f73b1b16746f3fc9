import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TrainerFailedError } from '../../src/training/worker/trainer.js';
import { runTrainer } from '../support/runTrainer.js';
import {
  l2Candidates,
  resolveHyperparameters,
  type HyperparameterOverrides,
} from '../../src/training/fit/hyperparameters.js';
import type { FitProgress, FitTask } from '../../src/training/worker/trainerTask.js';
import { alwaysTaught } from '../../src/training/calibrationParts.js';
import { clusters } from '../support/clusters.js';
import { partsOf } from '../support/parts.js';

const size = 24;
const classes = 3;

function taskOf(overrides: HyperparameterOverrides = {}, preset: 'keras' | 'default' = 'default'): FitTask {
  const data = { train: clusters(120, size, classes, 1), validation: clusters(60, size, classes, 2), size, classes };
  const candidates = l2Candidates(resolveHyperparameters(preset, overrides));
  return { kind: 'fit', data, candidates, parts: partsOf(data) };
}

describe('fitting a head', () => {
  it('distinguishes well separated clusters with both presets', async () => {
    for (const preset of ['keras', 'default'] as const) {
      const { head } = await runTrainer(taskOf({ hiddenLayers: preset === 'keras' ? [32] : [] }, preset));
      assert.ok(head.validationAccuracy > 0.95, `${preset}: ${head.validationAccuracy}`);
    }
  });

  it('gives the same head bit for bit for the same seed, and another for another', async () => {
    const overrides = { hiddenLayers: [16, 8], dropout: 0.3, epochs: 4, l2: [0.001] };
    const [first, second, other] = await Promise.all(
      [1, 1, 2].map((seed) => runTrainer(taskOf({ ...overrides, seed }))),
    );
    assert.deepEqual(first!.head, second!.head);
    assert.notDeepEqual(first!.head.layers[0]!.kernel, other!.head.layers[0]!.kernel);
  });

  it('learns with every activation, schedule, class weight and label smoothing', async () => {
    const choices = [
      { activation: 'relu', schedule: 'constant', classWeights: 'none', labelSmoothing: 0 },
      { activation: 'tanh', schedule: 'cosine', classWeights: 'balanced', labelSmoothing: 0.1 },
      { activation: 'swish', schedule: 'plateau', classWeights: 'balanced', labelSmoothing: 0.05 },
    ] as const;
    for (const choice of choices) {
      const { head } = await runTrainer(
        taskOf({ ...choice, hiddenLayers: [24, 12, 12], l2: [0.0001], learningRate: 0.003, epochs: 60, patience: 60 }),
      );
      assert.ok(head.validationAccuracy > 0.9, `${choice.activation}: ${head.validationAccuracy}`);
      assert.deepEqual(
        head.layers.map(({ activation }) => activation),
        [choice.activation, choice.activation, choice.activation, 'linear'],
      );
    }
  });

  it('keeps the L2 value that does best on validation and reports what the others gave', async () => {
    const { options, head, candidates } = await runTrainer(taskOf({ l2: [1, 0.001], solver: 'adam' }));
    assert.equal(options.l2, 0.001);
    const losses = candidates.map((candidate) => ('failure' in candidate ? Infinity : candidate.validationLoss));
    assert.equal(losses.length, 2);
    assert.equal(head.validationLoss, Math.min(...losses));
  });

  it('fits the temperature of a linear head by cross-validation, that of any other on validation', async () => {
    const [linear, again, hidden] = await Promise.all(
      [{}, {}, { hiddenLayers: [16] }].map((overrides) => runTrainer(taskOf({ ...overrides, l2: [0.02] }))),
    );
    assert.deepEqual([linear!.calibration.method, linear!.calibration.images], ['cross-validation', 180]);
    assert.deepEqual([hidden!.calibration.method, hidden!.calibration.images], ['validation', 60]);
    assert.deepEqual(again!.calibration, linear!.calibration);
    const { temperature, logLoss } = linear!.calibration;
    assert.ok(
      temperature < 1 && logLoss.calibrated < logLoss.uncalibrated,
      'clusters so far apart deserve more confidence',
    );
  });

  it('measures neither augmented views nor the only images of a class', async () => {
    const task = taskOf({ l2: [0.02] });
    const unaltered = task.parts.unaltered.map((_, row) => Number(row < 90));
    const train = task.parts.train.map((part, row) => (row < 30 ? alwaysTaught : part));
    const { calibration } = await runTrainer({ ...task, parts: { ...task.parts, unaltered, train } });
    assert.equal(calibration.images, 60 + 60);
  });

  it('reports each epoch', async () => {
    const reports: FitProgress[] = [];
    await runTrainer(taskOf({ l2: [0, 0.1], epochs: 3, patience: 3 }), {
      onProgress: (report) => reports.push(report),
    });
    assert.deepEqual(
      reports.map(({ candidate, epoch }) => [candidate, epoch]),
      [
        [1, 1],
        [1, 2],
        [1, 3],
        [2, 1],
        [2, 2],
        [2, 3],
      ],
    );
    assert.ok(reports.every(({ loss, validationLoss }) => Number.isFinite(loss) && Number.isFinite(validationLoss)));
  });

  it('reports how many training rows were right while they were learnt from', async () => {
    const reports: FitProgress[] = [];
    const onProgress = (report: FitProgress): unknown => reports.push(report);
    const task = taskOf({ epochs: 40, patience: 40, l2: [0] });
    await runTrainer(task, { onProgress });
    // Labels that follow nothing cannot be learnt, whatever validation rows say.
    const labels = task.data.train.labels.map((_, row) => Math.floor(row / classes) % classes);
    await runTrainer({ ...task, data: { ...task.data, train: { ...task.data.train, labels } } }, { onProgress });
    const accuracies = reports.map(({ trainingAccuracy }) => trainingAccuracy);
    assert.ok(accuracies.every((accuracy) => accuracy >= 0 && accuracy <= 1));
    assert.ok(accuracies[39]! > 0.9, `clusters: ${accuracies.slice(0, 40).join()}`);
    assert.ok(accuracies.at(-1)! < 0.8, `noise: ${accuracies.slice(40).join()}`);
  });

  it('stops early when validation gets no better', async () => {
    const data = taskOf().data;
    const labels = data.validation.labels.map((label) => (label + 1) % classes);
    const [options] = l2Candidates(resolveHyperparameters('default', { epochs: 50, patience: 2 }));
    const { head } = await runTrainer({
      ...taskOf(),
      data: { ...data, validation: { ...data.validation, labels } },
      candidates: [options!],
    });
    assert.equal(head.epochsRun, head.bestEpoch + 2);
  });

  it('says what to change when the loss is no number', async () => {
    for (const [solver, remedy] of [
      ['adam', /loss became NaN.*learning rate/],
      ['lbfgs', /loss became NaN.*no number/],
    ] as const) {
      const task = taskOf({ solver });
      task.data.train.features[7] = NaN;
      await assert.rejects(
        runTrainer(task),
        (error) => error instanceof TrainerFailedError && remedy.test(error.message),
      );
    }
  });
});

describe('hyper-parameters', () => {
  it('are refused when out of range', () => {
    assert.throws(() => resolveHyperparameters('default', { hiddenLayers: [5] }));
    assert.throws(() => resolveHyperparameters('keras', { hiddenLayers: [8, 8, 8, 8] }));
  });
});
