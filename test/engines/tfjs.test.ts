// What only the tfjs engine must do. In this thread, where tf.memory() can be asked.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { findAddon } from '../../src/engines/tfjs/addon.js';
import { loadTfjsRuntime } from '../../src/engines/tfjs/runtime.js';
import { createTfjsEngine } from '../../src/engines/tfjs/tfjs.js';
import { loadTfjsModel } from '../../src/engines/tfjs/tfjsModel.js';
import { AppError } from '../../src/errors.js';
import { recordExternal } from '../../src/models/externalBackbone.js';
import { foldNorms } from '../../src/formats/onnx/compiler/foldNorms.js';
import { inceptionPreprocessing as preprocessing } from '../../src/image/preprocessing.js';
import { freshFolder } from '../support/folder.js';
import { extraDevices, withoutAddon } from './addon.js';
import { randomPixels, writeSmallModel } from './contract.js';

const options = { engine: 'tfjs', device: 'cpu', threads: 1, cacheDir: 'unused', warmupBatchSizes: [] } as const;
const isUnavailable = (pattern: RegExp) => (error: unknown) =>
  error instanceof AppError && error.code === 'engine_unavailable' && pattern.test(error.detail);

describe('the tfjs engine without what it needs', () => {
  it('says which command builds a missing addon', () => {
    assert.throws(() => findAddon('/nowhere/'), isUnavailable(/npm run build:tfjs-native/));
  });

  it('does not run on a device that it does not know', async () => {
    await assert.rejects(
      createTfjsEngine({ ...options, device: 'webgpu' }),
      isUnavailable(/cpu or cuda, not on webgpu/),
    );
  });

  const hasGpu = extraDevices.some(({ device }) => device === 'cuda');
  it('refuses CUDA where there is none, naming what is missing', { skip: withoutAddon || hasGpu }, async () => {
    await assert.rejects(
      createTfjsEngine({ ...options, device: 'cuda' }),
      isUnavailable(/CPU build|NVIDIA driver|CUDA/),
    );
  });
});

describe('the tfjs engine', { skip: withoutAddon }, () => {
  it('holds no more tensors and no more memory after 10,000 batches', { timeout: 600_000 }, async (test) => {
    const { backbone, head } = await writeSmallModel(await freshFolder(test));
    const engine = await createTfjsEngine(options);
    await engine.loadBackbone(backbone);
    await engine.loadHead(head);
    const run = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++)
        await engine.run({ backboneId: backbone.id, pixels: randomPixels(1), count: 1, headIds: ['head'] });
    };
    await run(1000);
    const before = tf.memory();
    // One step of the heap, when the garbage collector is late, is no leak: the quarter that grew most is left out.
    const grownMiB: number[] = [];
    for (let quarter = 0; quarter < 4; quarter++) {
      const rss = process.memoryUsage.rss();
      await run(2500);
      grownMiB.push((process.memoryUsage.rss() - rss) / 2 ** 20);
    }
    const growth = `RSS grew by ${grownMiB.map((grown) => grown.toFixed(1)).join(', ')} MiB in each 2,500 batches`;
    test.diagnostic(`${growth}; tensors: ${tf.memory().numTensors}`);
    assert.equal(tf.memory().numTensors, before.numTensors);
    assert.equal(tf.memory().numBytes, before.numBytes);
    const withoutLargest = grownMiB.reduce((sum, grown) => sum + grown, 0) - Math.max(...grownMiB);
    assert.ok(withoutLargest < 24, growth);
    await engine.close();
    assert.equal(tf.memory().numTensors, 0);
  });

  it('leaves no tensor behind when a batch fails', async (test) => {
    const { backbone } = await writeSmallModel(await freshFolder(test));
    const engine = await createTfjsEngine(options);
    await engine.loadBackbone(backbone);
    const before = tf.memory().numTensors;
    await assert.rejects(
      engine.run({ backboneId: backbone.id, pixels: new Uint8Array(7), count: 1, headIds: [] }),
      /Shape does not match/,
    );
    await assert.rejects(
      engine.run({ backboneId: backbone.id, pixels: randomPixels(1), count: 1, headIds: ['missing'] }),
    );
    assert.equal(tf.memory().numTensors, before);
    await engine.close();
  });

  it('refuses a backbone that is an ONNX graph, and says which engine serves it', async (test) => {
    const folder = await freshFolder(test);
    await writeFile(join(folder, 'model.onnx'), 'never read');
    const draft = { kind: 'onnx', architecture: 'sketch', embeddingSize: 3, preprocessing } as const;
    const { id } = await recordExternal(folder, draft, ['model.onnx']);
    const engine = await createTfjsEngine(options);
    await assert.rejects(engine.loadBackbone({ id, directory: folder, embeddingSize: 3, preprocessing }), {
      code: 'invalid_model',
      message: /start with ENGINE=onnx/,
    });
    await engine.close();
  });

  it('can train: one step on the last layers lowers the loss on the same batch', async (test) => {
    const { backboneModel } = await writeSmallModel(await freshFolder(test));
    await loadTfjsRuntime(findAddon());
    const backbone = await loadTfjsModel(foldNorms(backboneModel));
    for (const layer of backbone.layers) layer.trainable = layer.name.startsWith('separable');
    const scores = layers.layers.dense({
      units: 3,
      activation: 'softmax',
      kernelInitializer: layers.initializers.glorotUniform({ seed: 1 }),
    });
    const model = layers.model({
      inputs: backbone.inputs,
      outputs: scores.apply(backbone.outputs[0]!) as layers.SymbolicTensor,
    });
    model.compile({ optimizer: tf.train.sgd(0.05), loss: 'categoricalCrossentropy' });
    const pixels = tf.randomUniform([6, 24, 31, 3], -1, 1, 'float32', 1);
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'), 3);
    const first = (await model.trainOnBatch(pixels, labels)) as number;
    const second = (await model.trainOnBatch(pixels, labels)) as number;
    test.diagnostic(`loss ${first.toFixed(4)} → ${second.toFixed(4)} on ${tf.getBackend()}`);
    assert.equal(tf.getBackend(), 'tensorflow');
    assert.equal(model.trainableWeights.length, 5, 'the separable layer (two kernels, bias) and the new dense layer');
    assert.ok(second < first);
  });
});
