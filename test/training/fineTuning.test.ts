// Fine-tuning: where a backbone is divided, its training, and what a training makes of it. What computes is tfjs' plain backend, but for
// the trainings from end to end, which need TensorFlow's addon.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { loadTfjsModel } from '../../src/engines/tfjs/tfjsModel.js';
import { AppError } from '../../src/errors.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';
import { recordExternal } from '../../src/models/externalBackbone.js';
import { keptDirectory } from '../../src/models/backbones.js';
import { readBackbone } from '../../src/models/modelParts.js';
import { exportVersion } from '../../src/models/exportModel.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import { assertFineTunable } from '../../src/training/fineTuning/availability.js';
import { FeatureMapFile } from '../../src/training/fineTuning/featureMaps.js';
import { countViews } from '../../src/training/fineTuning/fineTuneOnPartition.js';
import { FineTuner } from '../../src/training/fineTuning/fineTuner.js';
import { divideAtTopBlocks, withTop } from '../../src/training/fineTuning/topBlocks.js';
import { trainTop, type TopData, type TopOptions } from '../../src/training/fineTuning/trainTop.js';
import { headToLayersModel } from '../../src/training/fit/headModel.js';
import { createRandom as seeded } from '../../src/training/random.js';
import { withoutAddon } from '../engines/addon.js';
import { freshFolder } from '../support/folder.js';
import { createRandom, fillWithRandom, maxDifference, runInTfjs, sketchTopology } from '../support/reference.js';
import { openTrainingBench } from '../support/trainingBench.js';

const preprocessing: Preprocessing = { ...inceptionPreprocessing, height: 12, width: 12 };
const embeddingSize = 6;

/** Two layers with a batch-norm each, then two branches that a batch-norm follows which cannot be folded into them. */
const sketch = (): Promise<LayersModel> =>
  fillWithRandom(
    sketchTopology(
      [12, 12, 3],
      [
        ['Conv2D', 'first', ['input'], { filters: 16, kernel_size: [3, 3], padding: 'same', use_bias: false }],
        ['BatchNormalization', 'first_norm', ['first'], { axis: [3], scale: false }],
        ['Activation', 'first_relu', ['first_norm'], { activation: 'relu' }],
        ['MaxPooling2D', 'smaller', ['first_relu'], { pool_size: [3, 3], strides: [3, 3] }],
        ['Conv2D', 'left', ['smaller'], { filters: 3, kernel_size: [1, 1], use_bias: false }],
        ['BatchNormalization', 'left_norm', ['left'], { axis: [3] }],
        ['Conv2D', 'right', ['smaller'], { filters: 3, kernel_size: [1, 1] }],
        ['Concatenate', 'both', ['left_norm', 'right'], { axis: 3 }],
        ['BatchNormalization', 'both_norm', ['both'], { axis: [3], scale: false }],
        ['Activation', 'both_relu', ['both_norm'], { activation: 'relu' }],
        ['GlobalAveragePooling2D', 'pool', ['both_relu']],
      ],
    ),
    3,
  );

const randomValues = (count: number, seed: number): Float32Array => {
  const random = createRandom(seed);
  return Float32Array.from({ length: count }, () => random() * 2 - 1);
};

describe('a backbone divided for fine-tuning', () => {
  it('Inception-V3 is trained from mixed9 on', async () => {
    const { top, bottom, mapShape } = divideAtTopBlocks(
      await readBackbone('models/clothing/1'),
      inceptionPreprocessing,
    );
    assert.deepEqual([top.topology.input, mapShape], ['mixed8', [8, 8, 1280]]);
    assert.equal(bottom.topology.output, 'mixed8');
    assert.equal([...top.weights.keys()].filter((name) => name.endsWith('/kernel')).length, 18);
  });

  it('gives what the whole gives, its batch-norms folded or with a scale', async () => {
    const backbone = await sketch();
    const { bottom, top, folded, mapShape } = divideAtTopBlocks(backbone, preprocessing);
    assert.deepEqual([top.topology.input, mapShape], ['smaller', [4, 4, 16]]);
    const pixels = randomValues(2 * 12 * 12 * 3, 5);
    const shape = [2, 12, 12, 3];
    const expected = await runInTfjs(backbone, pixels, shape);
    const maps = await runInTfjs(bottom, pixels, shape);
    assert.ok(maxDifference(await runInTfjs(top, maps, [2, ...mapShape]), expected) <= 1e-4);
    assert.ok(maxDifference(await runInTfjs(withTop({ folded }, top.weights), pixels, shape), expected) <= 1e-4);
  });

  it('trains everything where there is one layer with weights', async () => {
    const topology = sketchTopology(
      [12, 12, 3],
      [
        ['Conv2D', 'only', ['input'], { filters: 4, kernel_size: [3, 3] }],
        ['GlobalAveragePooling2D', 'pool', ['only']],
      ],
    );
    const { bottom, mapShape } = divideAtTopBlocks(await fillWithRandom(topology, 1), preprocessing);
    assert.deepEqual([bottom.topology.layers.length, mapShape], [1, [12, 12, 3]]);
  });
});

const options: TopOptions = {
  labelSmoothing: 0,
  classWeights: 'none',
  seed: 1,
  learningRate: 0.01,
  epochs: 6,
  batchSize: 8,
  patience: 2,
};

/** Maps of two classes that differ in one channel, under a head that knows nothing of it. */
async function prepare() {
  const divided = divideAtTopBlocks(await sketch(), preprocessing);
  const [rows, columns, channels] = divided.mapShape;
  const values = rows * columns * channels;
  const random = seeded(4);
  const labels = Array.from({ length: 40 }, () => random.below(2));
  const maps = labels.map((label) =>
    Float32Array.from({ length: values }, (_, i) => random.next() + (i % channels === 0 ? 3 * label : 0)),
  );
  const head = headToLayersModel(
    [
      {
        units: 2,
        activation: 'linear',
        kernel: new Float32Array(2 * embeddingSize).fill(0.1),
        bias: new Float32Array(2),
      },
    ],
    embeddingSize,
  );
  await tf.setBackend('cpu');
  const models = { top: await loadTfjsModel(divided.top), head: await loadTfjsModel(head) };
  const data: TopData = {
    validation: Uint32Array.from(labels.slice(0, 10)),
    validationParts: Uint8Array.from({ length: 10 }, (_, i) => i % 5),
    train: Uint32Array.from({ length: 15 }, (_, i) => labels[10 + 2 * i]!),
    views: 2,
    classes: 2,
  };
  // Of each training image two views of the same class.
  data.train.forEach((label, i) => {
    for (const view of [0, 1]) maps[10 + 2 * i + view] = maps[labels.indexOf(label)]!.map((value) => value + view / 50);
  });
  const read = (rowNumbers: Uint32Array): Float32Array =>
    Float32Array.from([...rowNumbers].flatMap((row) => [...maps[row]!]));
  const weights = (): number[] =>
    [...models.top.weights, ...models.head.weights].flatMap((weight) => [...weight.read().dataSync()]);
  return { models, data, weights, maps: { shape: divided.mapShape, read } };
}

describe('the training of the top blocks', () => {
  it('begins with what the frozen backbone gives and ends with the best epoch', async () => {
    const { models, data, maps } = await prepare();
    const progress: number[] = [];
    const fit = await trainTop(models, maps, data, options, ({ share }) => progress.push(share));
    assert.ok(Math.abs(fit.start.loss - Math.log(2)) < 1e-4, 'a head that knows nothing');
    assert.ok(fit.bestEpoch > 0 && fit.best.loss < fit.start.loss, JSON.stringify(fit.epochs));
    assert.equal(fit.best.loss, Math.min(...fit.epochs.map(({ validationLoss }) => validationLoss)));
    assert.deepEqual(
      progress,
      progress.toSorted((a, b) => a - b),
    );
    assert.equal(fit.calibration.images, 10);
  });

  it('leaves the statistics, scale and shift of a batch-norm as they are', async () => {
    const { models, data, maps } = await prepare();
    const norm = models.top.getLayer('both_norm');
    const before = norm.getWeights().map((weight) => [...weight.dataSync()]);
    await trainTop(models, maps, data, options);
    assert.deepEqual(
      norm.getWeights().map((weight) => [...weight.dataSync()]),
      before,
    );
  });

  it('leaves all weights as they were where no epoch is better', async () => {
    const { models, data, maps, weights } = await prepare();
    // What it learns of is not what it is asked for.
    const wrong = { ...data, validation: data.validation.map((label) => 1 - label) };
    const before = weights();
    const fit = await trainTop(models, maps, wrong, options);
    assert.equal(fit.bestEpoch, 0);
    assert.deepEqual(weights(), before);
  });

  it('holds no tensor afterwards', async () => {
    const { models, data, maps } = await prepare();
    const before = tf.memory().numTensors;
    await trainTop(models, maps, data, options);
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('feature maps on disk', () => {
  it('go on where an earlier process ended, in half precision', async (t) => {
    const path = join(await freshFolder(t), 'maps');
    const first = new FeatureMapFile(path, 3);
    first.append(Float32Array.of(1, 0.5, -2, 0.1, 70_000, 4));
    first.close();
    const second = new FeatureMapFile(path, 3);
    assert.equal(second.rows, 2);
    second.append(Float32Array.of(7, 8, 9));
    const read = second.read(Uint32Array.of(2, 1));
    second.close();
    assert.ok(maxDifference(read, [7, 8, 9, 0.1, 65_504, 4]) < 1e-4);
  });

  it('are of as many views as there is room for', () => {
    const items = (count: number) => Array.from<never>({ length: count });
    const partition = { train: items(100), validation: items(20) };
    assert.equal(countViews(partition, 3, 1000, 1_000_000), 3);
    assert.equal(countViews(partition, 3, 1000, 250_000), 2);
    assert.throws(() => countViews(partition, 3, 1000, 119_000), {
      code: 'training_failed',
      message: /FINE_TUNING_CACHE_BYTES/,
    });
  });
});

describe('where fine-tuning is not available', () => {
  it('a request is refused with what would make it so', async (t) => {
    const bench = await openTrainingBench(t);
    const missing = (): never => {
      throw new AppError('engine_unavailable', 'the addon is not built; run: npm run build:tfjs-native');
    };
    await assert.rejects(assertFineTunable(bench.registry.version('colours'), missing), (error: AppError) => {
      assert.deepEqual([error.code, error.status], ['fine_tuning_unavailable', 409]);
      return error.detail.includes('npm run build:tfjs-native');
    });
    const directory = await freshFolder(t);
    const draft = {
      kind: 'onnx',
      architecture: 'sketch',
      embeddingSize,
      preprocessing: inceptionPreprocessing,
    } as const;
    await recordExternal(directory, draft, []);
    const external = { ...bench.registry.version('colours'), backboneDirectory: directory };
    await assert.rejects(
      assertFineTunable(external, () => undefined),
      { code: 'fine_tuning_unavailable', message: /another framework/ },
    );
    await assertFineTunable(bench.registry.version('colours'), () => undefined);
  });

  it('a training that was requested elsewhere fails with it', { skip: withoutAddon === false }, async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    const { state, error } = await bench.train({ fineTune: 'top-blocks' });
    assert.deepEqual([state, error?.code], ['failed', 'fine_tuning_unavailable']);
  });
});

describe('a training that fine-tunes', { skip: withoutAddon }, () => {
  it('publishes a backbone of its own, which answers, and leaves all others alone', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(14);
    const before = bench.registry.version('colours', 1).manifest;
    const training = await bench.train({ fineTune: 'top-blocks', activate: 'always' });
    assert.equal(training.error, null);
    const { manifest, directory } = bench.registry.version('colours', 2);
    assert.notEqual(manifest.backbone.id, before.backbone.id);
    assert.equal(bench.registry.describe('colours').activeVersion, 2);
    const { frozen, tuned, bestEpoch } = training.metrics!['fineTuning'] as Record<string, never> & {
      frozen: { loss: number };
      tuned: { loss: number };
      bestEpoch: number;
    };
    assert.ok(bestEpoch > 0 && tuned.loss < frozen.loss);
    assert.deepEqual(manifest.provenance['fineTuning'], training.metrics!['fineTuning']);
    assert.deepEqual(bench.registry.version('colours', 1).manifest, before);
    assert.deepEqual(await readdir(join(bench.dataDir, 'trainings')), []);
    const dirs = { own: bench.modelsDir };
    assert.deepEqual(await readdir(join(bench.modelsDir, '.backbones')), [manifest.backbone.id]);
    await readBackbone(keptDirectory(dirs.own, manifest.backbone.id));
    for (const format of ['onnx', 'h5', 'taxon'] as const)
      await exportVersion(dirs, { directory, manifest }, format, join(bench.dataDir, `exported.${format}`));
  });

  it('goes on in another process after its backbone is there', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(8);
    const held = bench.holdAt('evaluate');
    // The first evaluation as a stage is that of the new backbone.
    const { id } = await bench.submit({ fineTune: 'top-blocks', activate: 'manual' });
    await held.reached;
    await bench.close();
    const next = await openTrainingBench(t, { from: bench });
    const { state, version } = await next.ended(id);
    assert.deepEqual([state, version], ['succeeded', 2]);
    const events = await next.service.trainings.events(id, 0, 1_000);
    const begun = events.filter(({ kind, data }) => kind === 'stage' && data['stage'] === 'fine-tune');
    assert.equal(begun.length, 1, 'it is not fine-tuned twice');
  });

  it('ends with its process when it is cancelled', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(8);
    const { id } = await bench.submit({ fineTune: 'top-blocks' });
    await bench.event(id, ({ kind, data }) => kind === 'epoch' && data['stage'] === 'fine-tune');
    await bench.service.queue.cancel(id);
    assert.equal((await bench.ended(id)).state, 'cancelled');
    assert.equal(bench.registry.describe('colours').versions.length, 1);
  });

  it('fails when its process dies, and says of what', async () => {
    const { signal } = new AbortController();
    const tuner = new FineTuner(signal);
    const call = tuner.call({ kind: 'open', directory: 'nowhere', preprocessing, threads: 1 });
    await assert.rejects(call, { code: 'training_failed', message: /nowhere/ });
    const killed = tuner.call({ kind: 'open', directory: 'nowhere', preprocessing, threads: 1 });
    const closed = tuner.close();
    await assert.rejects(killed, { code: 'training_failed', message: /ended early|nowhere/ });
    await closed;
  });
});
