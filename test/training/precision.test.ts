// The gate of the lower precisions in a training: good embeddings answer, bad ones are found out and the version is trained in fp32.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { precisionChecksOf } from '../../src/serving/precisionChecks.js';
import type { Rounding } from '../support/roundingEngine.js';
import { openTrainingBench, type TrainingBench } from '../support/trainingBench.js';

/** 12 images of each colour for training and 8 each, 24, to be measured on. */
async function openWithImages(t: TestContext, round: Rounding): Promise<TrainingBench> {
  const bench = await openTrainingBench(t, { round });
  await bench.addColours(60);
  return bench;
}

const precisionOf = ({ registry }: TrainingBench, version: number) =>
  registry.precisionOf(registry.version('colours', version));

describe('the precision of a trained version', () => {
  it('is the lower one where its embeddings say the same, with the figures in the metrics', async (t) => {
    const bench = await openWithImages(t, (embeddings) => embeddings.map((value) => value * 1.001));
    const { version, state, metrics } = await bench.train();
    assert.equal(state, 'succeeded');
    const [check, ...others] = precisionChecksOf(bench.registry.version('colours', version!).manifest);
    assert.deepEqual(others, []);
    assert.equal(check!.precision, 'bf16');
    assert.equal(check!.agreement, 1);
    assert.ok(check!.images >= 20);
    assert.deepEqual((metrics as Record<string, unknown>)['precisions'], [check]);
    const { precision, reason } = precisionOf(bench, version!);
    assert.equal(precision, 'bf16');
    assert.match(reason, /^bf16: 100 % of \d+ held-out images/);
  });

  it('is fp32 where they say something else, and the head is then one of fp32', async (t) => {
    let runs = 0;
    // Each embedding is replaced by the same one: whatever is learnt from it knows nothing.
    const bench = await openWithImages(t, (embeddings) => {
      runs += 1;
      return embeddings.map(() => 0.5);
    });
    const { version, state, metrics } = await bench.train();
    assert.equal(state, 'succeeded');
    assert.ok(runs > 0);
    const [check] = precisionChecksOf(bench.registry.version('colours', version!).manifest);
    // The head says the same of everything, in fp32 too; what it is given tells the difference.
    assert.ok(check!.explainedVariance < 0.1, `explained variance ${check!.explainedVariance}`);
    const { precision, reason } = precisionOf(bench, version!);
    assert.equal(precision, 'fp32');
    assert.match(reason, /bf16: .* which is too little$/);
    assert.ok(((metrics as Record<string, unknown>)['accuracy'] as number) > 0.9);
  });

  it('is fp32 where the backbone cannot be loaded in the lower one: the training does not fail', async (t) => {
    const bench = await openWithImages(t, 'refused');
    const { version, state } = await bench.train();
    assert.equal(state, 'succeeded');
    assert.deepEqual(precisionChecksOf(bench.registry.version('colours', version!).manifest), []);
    assert.equal(precisionOf(bench, version!).precision, 'fp32');
  });

  it('is fp32, without trying, where there are too few images to find out', async (t) => {
    let runs = 0;
    const bench = await openTrainingBench(t, {
      round: (embeddings) => {
        runs += 1;
        return embeddings;
      },
    });
    await bench.addColours(8);
    const { version } = await bench.train();
    assert.equal(runs, 0);
    assert.equal(precisionOf(bench, version!).precision, 'fp32');
    assert.match(precisionOf(bench, version!).reason, /bf16: not compared with fp32/);
  });

  it('is checked again by a process that takes the training over in the middle', async (t) => {
    const round = (embeddings: Float32Array): Float32Array => embeddings;
    const bench = await openWithImages(t, round);
    const held = bench.holdAt('publish');
    const { id } = await bench.submit();
    await held.reached;
    await bench.close();
    const next = await openTrainingBench(t, { from: bench, round });
    const { version, state } = await next.ended(id);
    assert.equal(state, 'succeeded');
    assert.equal(precisionOf(next, version!).precision, 'bf16');
    assert.equal(precisionChecksOf(next.registry.version('colours', version!).manifest).length, 1);
  });

  it('changes with the engine of the process that goes on: the images are embedded again', async (t) => {
    const bench = await openWithImages(t, (embeddings) => embeddings);
    const held = bench.holdAt('compare');
    const { id } = await bench.submit();
    await held.reached;
    await bench.close();
    const next = await openTrainingBench(t, { from: bench });
    const { version, state } = await next.ended(id);
    assert.equal(state, 'succeeded');
    const checks = precisionChecksOf(next.registry.version('colours', version!).manifest);
    assert.deepEqual(
      checks.filter(({ precision }) => precision === 'bf16'),
      [],
    );
    assert.equal(next.embedded() > 0, true);
  });
});
