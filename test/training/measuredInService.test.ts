// A version of a backbone that has passed the gate in a lower precision answers first, and is compared with fp32 then.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { replaceMetrics } from '../../src/models/versions.js';
import { precisionChecksMetric, precisionChecksOf, type PrecisionCheck } from '../../src/serving/precisionChecks.js';
import type { Rounding } from '../support/roundingEngine.js';
import { openTrainingBench, type TrainingBench } from '../support/trainingBench.js';

const same: Rounding = (embeddings) => embeddings;
/** Each embedding is replaced by the same one: whatever is learnt from it knows nothing. */
const useless: Rounding = (embeddings) => embeddings.map(() => 0.5);

/** 24 held-out images, and a first version whose check says that its backbone is as good in bf16. */
async function openVouched(t: TestContext, round: Rounding): Promise<TrainingBench> {
  const bench = await openTrainingBench(t, { round });
  const { manifest, directory } = bench.registry.version('colours', 1);
  const check: PrecisionCheck = {
    engine: 'onnx',
    precision: 'bf16',
    backbone: `${manifest.backbone.id}.bf16`,
    images: 372,
    agreement: 1,
    explainedVariance: 1,
  };
  await replaceMetrics(directory, { ...manifest.metrics, [precisionChecksMetric]: [check] });
  await bench.registry.reload();
  await bench.addColours(60);
  return bench;
}

const precisionOf = ({ registry }: TrainingBench, version: number, name = 'colours') =>
  registry.precisionOf(registry.version(name, version));

const checksOf = ({ registry }: TrainingBench, version: number, name = 'colours') =>
  precisionChecksOf(registry.version(name, version).manifest);

const activeOf = ({ registry }: TrainingBench, name = 'colours'): number => registry.describe(name).activeVersion;

async function stagesOf({ service }: TrainingBench, id: string): Promise<unknown[]> {
  const events = await service.trainings.events(id, 0, 1_000);
  return events.filter(({ kind }) => kind === 'stage').map(({ data }) => data['stage']);
}

describe('a version whose backbone has passed in a lower precision', () => {
  it('answers in it before it is compared with fp32, and says so; then its own figures say it', async (t) => {
    const bench = await openVouched(t, same);
    const held = bench.holdAt('precision');
    const { id } = await bench.submit({ activate: 'always' });
    await held.reached;
    assert.equal(activeOf(bench), 2);
    assert.deepEqual(checksOf(bench, 2), []);
    const { precision, reason } = precisionOf(bench, 2);
    assert.equal(precision, 'bf16');
    assert.match(reason, /^bf16: being compared with fp32; of colours\/1, on the same backbone, 100 % of 372/);
    held.goOn();

    const { state, version, metrics } = await bench.ended(id);
    assert.deepEqual([state, version, activeOf(bench)], ['succeeded', 2, 2]);
    const [check] = checksOf(bench, 2);
    assert.ok(check!.images >= 20);
    assert.deepEqual(metrics!['precisions'], [check]);
    assert.equal(metrics!['activated'], true);
    assert.match(precisionOf(bench, 2).reason, /^bf16: 100 % of \d+ held-out images/);
    const stages = await stagesOf(bench, id);
    assert.deepEqual(stages.slice(-3), ['publish', 'activate', 'precision']);
    const events = await bench.service.trainings.events(id, 0, 1_000);
    assert.deepEqual(events.find(({ kind }) => kind === 'activated')!.data['version'], 2);
    assert.equal(events.find(({ kind }) => kind === 'precision')!.data['passes'], true);
  });

  it('is taken back when it fails: the one before answers, it has fp32 alone, and the training makes another', async (t) => {
    const bench = await openVouched(t, useless);
    const first = bench.holdAt('precision');
    const { id } = await bench.submit({ activate: 'always' });
    await first.reached;
    assert.equal(activeOf(bench), 2);
    const again = bench.holdAt('embeddings');
    first.goOn();
    await again.reached;
    assert.equal(activeOf(bench), 1);
    assert.equal(precisionOf(bench, 2).precision, 'fp32');
    assert.match(precisionOf(bench, 2).reason, /bf16: .*which is too little$/);
    again.goOn();

    const { state, version, metrics } = await bench.ended(id);
    assert.deepEqual([state, version, activeOf(bench)], ['succeeded', 3, 3]);
    assert.equal(precisionOf(bench, 3).precision, 'fp32');
    assert.ok((metrics!['accuracy'] as number) > 0.9);
    assert.equal(checksOf(bench, 3).length, 1);
    assert.ok(checksOf(bench, 3)[0]!.explainedVariance < 0.1);
    // What has failed once speaks against its backbone: the next version is measured first, and never answers in it.
    const next = await bench.train({ activate: 'always' });
    assert.deepEqual((await stagesOf(bench, next.id)).slice(-3), ['compare', 'publish', 'activate']);
    assert.equal(next.version, 4);
    assert.equal(precisionOf(bench, 4).precision, 'fp32');
  });

  it('is the first of its classifier and fails: it goes on in fp32 until the training has made the next', async (t) => {
    const bench = await openVouched(t, useless);
    const first = bench.holdAt('precision');
    const { id } = await bench.submit({ model: 'new' });
    await first.reached;
    assert.equal(precisionOf(bench, 1, 'new').precision, 'bf16');
    const again = bench.holdAt('embeddings');
    first.goOn();
    await again.reached;
    assert.equal(activeOf(bench, 'new'), 1);
    assert.equal(precisionOf(bench, 1, 'new').precision, 'fp32');
    assert.equal(bench.registry.served('new')!.choice.precision, 'fp32');
    again.goOn();
    const { state, version } = await bench.ended(id);
    assert.deepEqual([state, version, activeOf(bench, 'new')], ['succeeded', 2, 2]);
    assert.equal(precisionOf(bench, 2, 'new').precision, 'fp32');
  });

  it('answers in fp32 after its process has ended in between, until another one has measured it', async (t) => {
    const bench = await openVouched(t, same);
    const held = bench.holdAt('precision');
    const { id } = await bench.submit({ activate: 'always' });
    await held.reached;
    await bench.close();
    const next = await openTrainingBench(t, { from: bench, round: same });
    const again = next.holdAt('precision');
    await again.reached;
    assert.equal(activeOf(next), 2);
    assert.equal(next.registry.served('colours')!.choice.precision, 'fp32');
    again.goOn();
    const { state, version } = await next.ended(id);
    assert.deepEqual([state, version], ['succeeded', 2]);
    assert.equal(checksOf(next, 2).length, 1);
    assert.equal(precisionOf(next, 2).precision, 'bf16');
    assert.equal(next.registry.served('colours')!.choice.precision, 'bf16');
    const stages = await stagesOf(next, id);
    assert.equal(stages.filter((stage) => stage === 'publish').length, 1);
  });

  it('answers in fp32 when its training is cancelled before it has been measured', async (t) => {
    const bench = await openVouched(t, same);
    const held = bench.holdAt('precision');
    const { id } = await bench.submit({ activate: 'always' });
    await held.reached;
    await bench.service.queue.cancel(id);
    assert.equal((await bench.ended(id)).state, 'cancelled');
    assert.equal(activeOf(bench), 2);
    assert.equal(bench.registry.served('colours')!.choice.precision, 'fp32');
    assert.match(precisionOf(bench, 2).reason, /bf16: not compared with fp32/);
  });

  it('is measured first where it is not to answer at once', async (t) => {
    const bench = await openVouched(t, same);
    const { id, version } = await bench.train({ activate: 'manual' });
    assert.equal(activeOf(bench), 1);
    assert.equal(checksOf(bench, version!).length, 1);
    assert.deepEqual((await stagesOf(bench, id)).slice(-4), ['compare', 'precision', 'publish', 'activate']);
  });
});
