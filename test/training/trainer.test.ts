import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { headToLayersModel } from '../../src/training/fit/headModel.js';
import { l2Candidates, resolveHyperparameters } from '../../src/training/fit/hyperparameters.js';
import type { Rows } from '../../src/training/fit/rows.js';
import { Trainer, TrainerFailedError } from '../../src/training/worker/trainer.js';
import type { FitTask, LabelledFeatures } from '../../src/training/worker/trainerTask.js';
import { clusters } from '../support/clusters.js';
import { partsOf } from '../support/parts.js';

const size = 8;
const labels = ['a', 'b', 'c'];
const train = clusters(60, size, labels.length, 1);
const validation = clusters(30, size, labels.length, 2);

const fitTask = (epochs: number): FitTask => {
  const chosen = resolveHyperparameters('default', { l2: [0.001], epochs, patience: epochs });
  const data = { train, validation, size, classes: 3 };
  return { kind: 'fit', data, candidates: l2Candidates(chosen), parts: partsOf(data) };
};

const labelled = ({ features, labels: rows }: Rows): LabelledFeatures => ({
  features,
  truth: Array.from(rows, (row) => labels[row]!),
  images: Array.from(rows, (_, i) => ({ image: `image ${i}` })),
});

/** The threads that this process starts from now on. */
function watchThreads(t: TestContext): Worker[] {
  const threads: Worker[] = [];
  const note = (worker: Worker): void => void threads.push(worker);
  process.on('worker', note);
  t.after(() => process.off('worker', note));
  return threads;
}

function openTrainer(t: TestContext, maxHeapMb?: number): Trainer {
  const trainer = new Trainer(maxHeapMb);
  t.after(() => trainer.close());
  return trainer;
}

describe('a trainer', () => {
  it('fits, evaluates and compares in one start of its thread', async (t) => {
    const threads = watchThreads(t);
    const trainer = openTrainer(t);
    const { head } = await trainer.run(fitTask(20));
    const named = { model: headToLayersModel(head.layers, size), labels };
    const heldOut = labelled(validation);
    const evaluation = await trainer.run({ kind: 'evaluate', head: named, temperature: 1, heldOut, seed: 1 });
    assert.ok(evaluation.accuracy > 0.9, `${evaluation.accuracy}`);
    const comparison = await trainer.run({
      kind: 'compare',
      candidate: named,
      candidateSet: heldOut,
      active: named,
      activeFeatures: heldOut.features,
    });
    assert.equal(comparison.candidateAccuracy, evaluation.accuracy);
    assert.equal(comparison.gain, 0);
    assert.equal(threads.length, 1);
  });

  it('rejects a task whose thread dies in it, and does the next one in a new thread', async (t) => {
    const threads = watchThreads(t);
    const trainer = openTrainer(t);
    const dying = trainer.run(fitTask(1000), { onProgress: () => void threads[0]!.terminate() });
    await assert.rejects(
      dying,
      (error) => error instanceof TrainerFailedError && /ended early with code 1/.test(error.message),
    );
    await trainer.run(fitTask(1));
    assert.equal(threads.length, 2);
  });

  it('survives the death of its thread between two tasks', async (t) => {
    const threads = watchThreads(t);
    const trainer = openTrainer(t);
    await trainer.run(fitTask(1));
    await threads[0]!.terminate();
    await trainer.run(fitTask(1));
    assert.equal(threads.length, 2);
  });

  it('goes on in a new thread after a task that was cancelled, one that failed and a close', async (t) => {
    const threads = watchThreads(t);
    const trainer = openTrainer(t);
    const abort = new AbortController();
    const cancelled = trainer.run(fitTask(1000), {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('cancelled')),
    });
    await assert.rejects(cancelled, /cancelled/);
    const poisoned = fitTask(1);
    const features = poisoned.data.train.features.map(() => NaN);
    const data = { ...poisoned.data, train: { ...poisoned.data.train, features } };
    await assert.rejects(trainer.run({ ...poisoned, data }), /loss became NaN/);
    await trainer.run(fitTask(1));
    await trainer.close();
    await trainer.close();
    await trainer.run(fitTask(1));
    assert.equal(threads.length, 4);
  });

  it('refuses a second task while one is running', async (t) => {
    const trainer = openTrainer(t);
    const first = trainer.run(fitTask(1));
    await assert.rejects(trainer.run(fitTask(1)), /one task at a time/);
    await first;
  });

  it('says that there was not enough memory when its thread ran out of it', async (t) => {
    await assert.rejects(
      openTrainer(t, 4).run(fitTask(1)),
      (error) => error instanceof TrainerFailedError && /out of memory/.test(error.message),
    );
  });
});
