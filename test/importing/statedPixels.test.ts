// What a model's own file, and those beside it, say of its pixels and classes; and what is asked where they say nothing.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { recognise } from '../../src/importing/architectures.js';
import { findLabelsBeside, readLabels } from '../../src/importing/labels.js';
import { understandLayers } from '../../src/importing/layersImport.js';
import { understandOnnx } from '../../src/importing/onnx/onnxImport.js';
import type { ExternalModel } from '../../src/importing/externalModel.js';
import type { PixelOptions } from '../../src/importing/modelFacts.js';
import { int, ints } from '../../src/formats/onnx/compiler/graph.js';
import { encodeModel, type ModelProto } from '../../src/formats/onnx/protobuf.js';
import { freshFolder } from '../support/folder.js';
import { fillWithRandom, sketchTopology } from '../support/reference.js';
import { floatTensor, sketchOnnx, type NodeSketch } from './sketchOnnx.js';

const size = 36;

/** A classifier of three classes whose image is first taken through `before`, from x to y, with constants of one value. */
function classifier(
  before: readonly NodeSketch[] = [['Identity', ['x'], 'y']],
  values: Record<string, number> = {},
): ModelProto {
  const model = sketchOnnx({
    input: ['x', ['n', 3, size, size]],
    nodes: [
      ...before,
      ['Conv', ['y', 'w'], 'c', { kernel_shape: ints([3, 3]) }],
      ['GlobalAveragePool', ['c'], 'g'],
      ['Flatten', ['g'], 'f', { axis: int(1) }],
      ['Gemm', ['f', 'k'], 'out'],
    ],
    weights: { w: [6, 3, 3, 3], k: [6, 3] },
    output: ['out', ['n', 3]],
  });
  const constants = Object.entries(values).map(([name, value]) => floatTensor(name, [], Float32Array.of(value)));
  return { ...model, graph: { ...model.graph, initializer: [...model.graph.initializer, ...constants] } };
}

const withMetadata = (entries: Readonly<Record<string, string>>): ModelProto => ({
  ...classifier(),
  metadata_props: Object.entries(entries).map(([key, value]) => ({ key, value })),
});

async function understood(
  test: TestContext,
  model: ModelProto,
  options: PixelOptions = {},
  beside: Readonly<Record<string, object>> = {},
  place = '.',
): Promise<ExternalModel> {
  const folder = await freshFolder(test);
  await mkdir(join(folder, place), { recursive: true });
  for (const [name, content] of Object.entries(beside)) await writeFile(join(folder, name), JSON.stringify(content));
  const path = join(folder, place, 'net.onnx');
  await writeFile(path, encodeModel(model));
  return understandOnnx(path, join(folder, 'scratch'), options);
}

const near = (actual: readonly number[], expected: readonly number[]): void => {
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(actual[i]! - value) < 1e-6, `${actual.join()} ${expected.join()}`);
};

describe('the pixels of an ONNX file', () => {
  for (const [what, before, values, normalisation] of [
    ['x / 255 first', [['Div', ['x', 'a'], 'y']], { a: 255 }, 'raw'],
    [
      'x × 1/127.5 - 1',
      [
        ['Mul', ['x', 'a'], 'z'],
        ['Sub', ['z', 'b'], 'y'],
      ],
      { a: 1 / 127.5, b: 1 },
      'raw',
    ],
    ['a mean of 123.7', [['Sub', ['x', 'a'], 'y']], { a: 123.7 }, 'raw'],
    [
      'a mean of 0.485',
      [
        ['Sub', ['x', 'a'], 'z'],
        ['Div', ['z', 'b'], 'y'],
      ],
      { a: 0.485, b: 0.229 },
      'unit',
    ],
    [
      '2x - 1',
      [
        ['Mul', ['x', 'a'], 'z'],
        ['Sub', ['z', 'b'], 'y'],
      ],
      { a: 2, b: 1 },
      'unit',
    ],
  ] as readonly (readonly [string, readonly NodeSketch[], Record<string, number>, string])[])
    it(`are ${normalisation} where the graph begins with ${what}`, async (test) => {
      assert.equal((await understood(test, classifier(before, values))).normalisation, normalisation);
    });

  it("are Ultralytics' where its metadata is there, with its names", async (test) => {
    const { normalisation, preprocessing, labels } = await understood(
      test,
      withMetadata({ author: 'Ultralytics', task: 'classify', names: `{0: 'daisy', 2: "rose's", 1: 'a, b: c'}` }),
    );
    assert.equal(normalisation, 'unit');
    assert.equal(preprocessing.resize, 'centre-crop');
    assert.deepEqual(labels, ['daisy', 'a, b: c', "rose's"]);
  });

  it("are BGR from 0 to 255 in Custom Vision's files", async (test) => {
    const { normalisation, preprocessing } = await understood(
      test,
      withMetadata({ 'Image.BitmapPixelFormat': 'Bgr8', 'Image.NominalPixelRange': 'NominalRange_0_255' }),
    );
    assert.equal(normalisation, 'custom');
    assert.deepEqual(
      [preprocessing.channels, preprocessing.scale, preprocessing.offset],
      ['bgr', [1, 1, 1], [0, 0, 0]],
    );
  });

  it("are those of Hugging Face's preprocessor_config.json, with the labels of config.json, also one folder up", async (test) => {
    const beside = {
      'preprocessor_config.json': {
        do_normalize: true,
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.25, 0.5, 0.5],
        size: { shortest_edge: 72 },
        crop_size: { height: 36, width: 36 },
        do_center_crop: true,
        resample: 3,
      },
      'config.json': { id2label: { 0: 'cat', 2: 'dog', 1: 'cow' } },
    };
    const { preprocessing, labels } = await understood(test, classifier(), {}, beside, 'onnx');
    near(preprocessing.scale, [1 / 255 / 0.25, 1 / 255 / 0.5, 1 / 255 / 0.5]);
    near(preprocessing.offset, [-2, -1, -1]);
    assert.deepEqual(
      [preprocessing.resize, preprocessing.cropFraction, preprocessing.kernel, labels],
      ['centre-crop', 0.5, 'cubic', ['cat', 'cow', 'dog']],
    );
  });

  it('are those of --mean, --std, --channels and --crop-fraction, whatever the file says', async (test) => {
    const { preprocessing, normalisation } = await understood(
      test,
      withMetadata({ author: 'Ultralytics', names: "{0: 'a'}" }),
      { mean: [0.5, 0.4, 0.3], std: [0.5, 0.2, 0.1], channels: 'bgr', cropFraction: 0.875, resize: 'centre-crop' },
    );
    near(preprocessing.offset, [-1, -2, -3]);
    near(preprocessing.scale, [1 / 255 / 0.5, 1 / 255 / 0.2, 1 / 255 / 0.1]);
    assert.deepEqual([preprocessing.channels, preprocessing.cropFraction, normalisation], ['bgr', 0.875, 'custom']);
  });

  it('are asked for where nothing says them', async (test) => {
    await assert.rejects(understood(test, classifier()), {
      code: 'invalid_model',
      message: /--preprocess inception\|unit/,
    });
  });
});

describe('the pixels of a Keras model', () => {
  const layersOf = (units: number, ...first: Parameters<typeof sketchTopology>[1]) =>
    sketchTopology(
      [size, size, 3],
      [
        ...first,
        ['Conv2D', 'conv', [first.at(-1)?.[1] ?? 'input'], { filters: 5, kernel_size: [3, 3] }],
        ['GlobalAveragePooling2D', 'pool', ['conv']],
        ['Dense', 'out', ['pool'], { units, activation: units === 1 ? 'sigmoid' : 'softmax' }],
      ],
    );
  const layers = (...first: Parameters<typeof sketchTopology>[1]) => layersOf(1, ...first);

  it('are 0 to 255, 0 to 1, or -1 to 1, as its own first layer takes them', async () => {
    for (const [scale, offset, expected] of [
      [1 / 127.5, -1, 'raw'],
      [2, -1, 'unit'],
      [0.5, 0.5, 'inception'],
      [255, 0, 'unit'],
      [1, -1, undefined],
      [2, 0, undefined],
      [[4, 4, 4], [-1.9, -1.8, -1.6], 'unit'],
      [[4, 4, 4], [-1.9, 0, -1.6], undefined],
    ] as const) {
      const model = await fillWithRandom(layers(['Rescaling', 'first', ['input'], { scale, offset }]), 3);
      assert.equal(recognise(model).normalisation, expected, `${String(scale)}, ${String(offset)}`);
    }
  });

  it('are asked for where neither its network nor its first layer tells, and one sigmoid output is two classes', async () => {
    const model = await fillWithRandom(layers(), 3);
    assert.throws(() => understandLayers(model), { code: 'invalid_model', message: /--preprocess/ });
    assert.equal(understandLayers(model, { normalisation: 'unit' }).classes, 2);
  });

  it('are not taken from a network with like names', async () => {
    for (const [names, expected] of [
      [['conv5_block3_out', 'post_relu'], 'inception'],
      [['conv5_block16_concat'], 'torch'],
      [['conv5_block3_out'], 'caffe'],
      // Two packages use these names, for different pixels; Keras' own begins with the scaling that it wants.
      [['block7a_project_conv'], undefined],
    ] as const) {
      const activations = names.map(
        (name, i) => ['Activation', name, [names[i - 1] ?? 'input'], { activation: 'relu' }] as const,
      );
      const published = await fillWithRandom(layersOf(1000, ...activations), 3);
      assert.equal(recognise(published).normalisation, expected);
      // Trained further by somebody who may have divided by 255: the names say nothing.
      const trainedFurther = await fillWithRandom(layersOf(5, ...activations), 3);
      assert.equal(recognise(trainedFurther).normalisation, undefined);
    }
  });

  it('of a network with known names that was trained further are asked for, with what its publisher and tutorials do', async () => {
    const model = await fillWithRandom(layersOf(5, ['Activation', 'mixed10', ['input'], { activation: 'relu' }]), 3);
    assert.throws(() => understandLayers(model), {
      code: 'invalid_model',
      message: /names of InceptionV3; .* --preprocess inception, .* --preprocess unit/,
    });
    assert.equal(understandLayers(model, { normalisation: 'unit' }).normalisation, 'unit');
  });
});

describe('labels', () => {
  const written = async (test: TestContext, name: string, text: string): Promise<string> => {
    const path = join(await freshFolder(test), name);
    await writeFile(path, text);
    return path;
  };

  for (const [what, text] of [
    ["Keras' class_indices", '{"dog": 1, "cat": 0}'],
    ["Hugging Face's config.json", '{"model_type": "vit", "id2label": {"1": "dog", "0": "cat"}}'],
    ["Teachable Machine's metadata.json", '{"tfjsVersion": "1.7", "labels": ["cat", "dog"]}'],
    ["Lobe's signature.json", '{"classes": {"Label": ["cat", "dog"]}}'],
    ["Teachable Machine's labels.txt", '0 cat\n1 dog\n'],
  ] as const)
    it(`are read from ${what}`, async (test) => {
      assert.deepEqual(await readLabels(await written(test, 'labels', text)), ['cat', 'dog']);
    });

  it('keep the numbers that are part of them', async (test) => {
    assert.deepEqual(await readLabels(await written(test, 'labels.txt', '7 up\n1 dog')), ['7 up', '1 dog']);
  });

  it('are refused where the numbers of the outputs leave one out', async (test) => {
    await assert.rejects(readLabels(await written(test, 'labels.json', '{"cat": 0, "dog": 2}')), {
      code: 'invalid_model',
    });
  });

  it('are found beside the model, where there are as many as it has classes', async (test) => {
    const path = await written(test, 'labels.txt', 'cat\ndog');
    assert.deepEqual((await findLabelsBeside(path, 2))?.labels, ['cat', 'dog']);
    assert.equal(await findLabelsBeside(path, 3), undefined);
  });
});
