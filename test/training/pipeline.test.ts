import assert from 'node:assert/strict';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { DirectoryStore } from '../../src/files/directoryStore.js';
import { EmbeddingCache } from '../../src/training/embedding/embeddingCache.js';
import type { Stage } from '../../src/training/reporter.js';
import type { Training } from '../../src/data/trainings/schemas.js';
import { openTrainingBench, type TrainingBench } from '../support/trainingBench.js';
import { colourImage } from '../support/tinyModel.js';

/** Overwrites every cached embedding by one that says NaN and is otherwise whole. */
async function poisonEmbeddings(root: string): Promise<void> {
  for (const name of await readdir(root, { recursive: true })) {
    const found = /^([0-9a-f]{64})\W[0-9a-f]{2}\W([0-9a-f]{64})-([0-9a-f]{16})\.f32$/.exec(name);
    if (!found) continue;
    const [, backbone, image, view] = found;
    const size = ((await stat(join(root, name))).size - 4) / 4;
    await new EmbeddingCache(new DirectoryStore(root), backbone!, size).write(
      { image: image!, view: view! },
      new Float32Array(size).fill(NaN),
    );
  }
}

/** Of before calibration was part of a fit. */
const uncalibrated = "checkpoint #- '{fit,calibration}'";

/** A training whose process ends at `stage`, and goes on in another with another checkpoint: an expression of SQL. */
async function resume(t: TestContext, stage: Stage, checkpoint: string): Promise<[Training, TrainingBench]> {
  const bench = await openTrainingBench(t);
  await bench.addColours(6);
  const held = bench.holdAt(stage);
  const { id } = await bench.submit({ activate: 'always' });
  await held.reached;
  await bench.database.run(`UPDATE trainings SET checkpoint = ${checkpoint}`, []);
  await bench.close();
  const next = await openTrainingBench(t, { from: bench });
  return [await next.ended(id), next];
}

describe('a training', () => {
  it('turns labelled images into a version that answers, with its evaluation and its origin', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(14);
    const training = await bench.train({ activate: 'if-better' });
    assert.equal(training.error, null);
    assert.deepEqual([training.state, training.version, training.progress], ['succeeded', 2, 1]);
    assert.equal(bench.registry.describe('colours').activeVersion, 2);
    const { manifest } = bench.registry.version('colours', 2);
    assert.deepEqual(manifest.labels, ['blue', 'green', 'red']);
    assert.ok((manifest.metrics['accuracy'] as number) > 0.9);
    assert.equal(manifest.provenance['trainingId'], training.id);
    assert.equal(
      (training.metrics!['comparison'] as { candidateAccuracy: number }).candidateAccuracy,
      manifest.metrics['accuracy'],
    );
    const kinds = (await bench.service.trainings.events(training.id, 0, 1_000)).map(({ kind, data }) =>
      data['stage'] !== undefined && kind === 'stage' ? data['stage'] : kind,
    );
    const stages = kinds.filter((kind) => !['progress', 'epoch'].includes(kind as string));
    assert.deepEqual(stages, [
      'queued',
      'snapshot',
      'embeddings',
      'fit',
      'evaluate',
      'compare',
      'publish',
      'activate',
      'succeeded',
    ]);
    assert.ok(kinds.includes('progress') && kinds.includes('epoch'));
  });

  it('computes no embedding twice: a second training embeds the new images alone', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    await bench.train({ hyperparameters: { views: 2 } });
    const first = bench.embedded();
    await bench.train({ hyperparameters: { views: 2 } });
    assert.equal(bench.embedded(), first);
    await bench.addColours(1, 100);
    await bench.train({ hyperparameters: { views: 2 } });
    assert.ok(bench.embedded() - first <= 3 * 3, `${bench.embedded() - first} embeddings for 3 new images`);
  });

  it('gives a new classifier the same head bit for bit for the same seed', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    for (const model of ['first', 'second'])
      assert.equal((await bench.train({ model, activate: 'manual' })).version, 1);
    const hashes = ['first', 'second'].map((name) =>
      Object.values(bench.registry.version(name).manifest.files)
        .map(({ sha256 }) => sha256)
        .sort(),
    );
    assert.deepEqual(hashes[0], hashes[1]);
  });

  it('activates by policy: never, when better by the margin, always; and a rollback goes back', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(8);
    const active = (): number => bench.registry.describe('colours').activeVersion;
    await bench.train({ activate: 'manual' });
    assert.equal(active(), 1);
    await bench.train({ activate: 'if-better', margin: 1 });
    assert.equal(active(), 1);
    await bench.train({ activate: 'if-better' });
    assert.equal(active(), 4);
    await bench.train({ activate: 'if-better' });
    assert.equal(active(), 4, 'an equal version does not replace');
    await bench.train({ activate: 'always' });
    assert.equal(active(), 6);
    assert.equal(await bench.service.activation.rollback('colours'), 4);
    assert.equal(await bench.service.activation.rollback('colours'), 1);
    await assert.rejects(bench.service.activation.rollback('colours'), { code: 'conflict' });
    await assert.rejects(bench.service.activation.removal.removeVersion('colours', 1), { code: 'conflict' });
    await bench.service.activation.removal.removeVersion('colours', 6);
    await assert.rejects(bench.service.activation.activate('colours', 6), { code: 'unknown_version' });
  });

  it('that is not to be activated is not active after a restart either', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    await bench.train({ activate: 'manual' });
    await bench.close();
    const { registry } = await openTrainingBench(t, { from: bench });
    assert.deepEqual(
      registry.describe('colours').versions.map(({ manifest }) => manifest.version),
      [2, 1],
    );
    assert.equal(registry.describe('colours').activeVersion, 1);
  });

  it('may get the number of a version that was deleted, and nothing else of it', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    const originOf = async (version: number): Promise<unknown> => {
      const lease = await bench.registry.acquire('colours', version);
      lease.release();
      return lease.version.manifest.provenance['trainingId'];
    };
    const first = await bench.train({ activate: 'always' });
    await bench.service.activation.activate('colours', 1);
    assert.equal(await originOf(2), first.id);
    await bench.service.activation.removal.removeVersion('colours', 2);
    const second = await bench.train({ activate: 'manual', hyperparameters: { seed: 7 } });
    assert.equal(second.version, 2);
    assert.equal(await originOf(2), second.id);
    await assert.rejects(
      bench.service.activation.rollback('colours'),
      { code: 'conflict' },
      'the new version 2 was never active',
    );
  });

  it('fails with the reason when the dataset cannot teach anything', async (t) => {
    const bench = await openTrainingBench(t);
    const reasonOf = async (): Promise<string> => {
      const { state, error } = await bench.train();
      assert.equal(state, 'failed');
      assert.equal(error!.code, 'invalid_dataset');
      return error!.detail;
    };
    assert.match(await reasonOf(), /no images/);
    await bench.add('red', await colourImage('red', 1));
    await bench.add('red', await colourImage('red', 2));
    assert.match(await reasonOf(), /of one class, "red"/);
    await bench.add('blue', await colourImage('blue', 1));
    assert.match(await reasonOf(), /Only one: "blue"/);
  });

  it('leaves out images that cannot be read any more, and fails with the reason when none can', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(8);
    const [lost] = await readdir(join(bench.dataDir, 'images'));
    await rm(join(bench.dataDir, 'images', lost!), { recursive: true });
    const { metrics } = await bench.train();
    const { broken, train, validation, heldOut } = metrics!['images'] as Record<string, number>;
    assert.ok(broken! >= 1 && broken! + train! + validation! + heldOut! === 24, JSON.stringify(metrics!['images']));
    await rm(join(bench.dataDir, 'embeddings'), { recursive: true });
    await rm(join(bench.dataDir, 'images'), { recursive: true });
    const { state, error } = await bench.train();
    assert.deepEqual([state, error!.code], ['failed', 'invalid_dataset']);
    assert.match(error!.detail, /None of the 24 images can be decoded/);
  });

  it('fails with the reason when an embedding is not a number, and serves on', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(8);
    await bench.train({ activate: 'manual' });
    await poisonEmbeddings(join(bench.dataDir, 'embeddings'));
    const { state, error } = await bench.train({ activate: 'always' });
    assert.deepEqual([state, error?.code], ['failed', 'training_failed'], error?.detail);
    assert.match(error!.detail, /loss became NaN/);
    assert.equal(bench.registry.describe('colours').activeVersion, 1);
  });

  it('fails with the reason when the trainer has no memory, and serves on', async (t) => {
    const bench = await openTrainingBench(t, { maxTrainerHeapMb: 4 });
    await bench.addColours(4);
    const { state, error } = await bench.train();
    assert.deepEqual(
      [state, error?.code, error?.detail],
      ['failed', 'training_failed', 'the trainer ran out of memory.'],
    );
    assert.equal(bench.registry.describe('colours').activeVersion, 1);
  });

  it('goes on after its last finished stage when the process is replaced, on the images as they were', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    const { id } = await bench.submit({
      hyperparameters: { l2: [0.01], epochs: 1000, patience: 1000, hiddenLayers: [512, 512] },
    });
    await bench.event(id, ({ kind }) => kind === 'epoch');
    await bench.addColours(1, 200);
    await bench.close();
    const next = await openTrainingBench(t, { from: bench });
    assert.equal((await next.service.queue.cancel(id)).id, id);
    assert.equal((await next.ended(id)).state, 'cancelled');
    assert.equal(next.embedded(), 0);
    const again = await next.train();
    assert.equal(again.state, 'succeeded');
    assert.deepEqual((again.metrics!['images'] as { broken: number }).broken, 0);
  });

  it('that fits its head again measures and compares that one', async (t) => {
    const other = '{"evaluation": {"temperature": 99, "worstMistakes": []}, "comparison": {"gain": 7}}';
    const [training, { registry }] = await resume(t, 'publish', `(${uncalibrated}) || '${other}'`);
    assert.deepEqual([training.state, training.version], ['succeeded', 2], training.error?.detail);
    assert.notEqual((training.metrics!['comparison'] as { gain: number }).gain, 7);
    assert.ok(registry.version('colours', 2).manifest.temperature < 99);
  });

  it('fits no more once its version is published', async (t) => {
    const [training, { service }] = await resume(t, 'activate', uncalibrated);
    assert.deepEqual([training.state, training.version], ['succeeded', 2], training.error?.detail);
    const events = await service.trainings.events(training.id, 0, 1_000);
    assert.equal(events.filter(({ kind, data }) => kind === 'stage' && data['stage'] === 'fit').length, 1);
  });

  it('ends when it is cancelled: before publishing without a version, after it with a complete one', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    const versions = (): number[] =>
      bench.registry.describe('colours').versions.map(({ manifest }) => manifest.version);
    const stages: readonly Stage[] = ['snapshot', 'embeddings', 'fit', 'evaluate', 'compare', 'publish', 'activate'];
    for (const [index, stage] of stages.entries()) {
      const held = bench.holdAt(stage);
      const { id } = await bench.submit({ activate: 'always', hyperparameters: { epochs: 2, seed: index + 2 } });
      await held.reached;
      await bench.service.queue.cancel(id);
      assert.deepEqual([stage, (await bench.ended(id)).state], [stage, 'cancelled']);
      assert.deepEqual([stage, versions()], [stage, stage === 'activate' ? [2, 1] : [1]]);
    }
    await bench.registry.reload();
    assert.deepEqual(bench.registry.refused, []);
    assert.equal(bench.registry.describe('colours').activeVersion, 1);
  });

  it('ends when it is cancelled in the middle of a fit, and publishes nothing', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    const { id } = await bench.submit({
      hyperparameters: { l2: [0.01], epochs: 1000, patience: 1000, hiddenLayers: [512, 512] },
    });
    await bench.event(id, ({ kind }) => kind === 'epoch');
    await bench.service.queue.cancel(id);
    assert.equal((await bench.ended(id)).state, 'cancelled');
    assert.equal(bench.registry.describe('colours').versions.length, 1);
  });
});
