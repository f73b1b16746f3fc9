import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileHead, compilePixels } from '../../src/formats/onnx/compiler/compile.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';
import {
  createRandom,
  fillWithRandom,
  maxDifference,
  runInTfjs,
  sketchTopology,
  type LayerSketch,
} from '../support/reference.js';
import { runEmbedding, runPixels } from '../support/onnxRun.js';

const height = 33;
const width = 38;
const preprocessing: Preprocessing = {
  ...inceptionPreprocessing,
  height,
  width,
  scale: [1 / 127.5, 1 / 60, 1 / 90],
  offset: [-1, -0.4, 0.3],
};
const pool: LayerSketch = ['GlobalAveragePooling2D', 'pool', ['last']];

const randomPixels = (count: number): Uint8Array => {
  const random = createRandom(5);
  return Uint8Array.from({ length: count * height * width * 3 }, () => random() * 256);
};

function normalise(pixels: Uint8Array, { scale, offset, channels }: Preprocessing): Float32Array {
  const source = (i: number): number => (channels === 'rgb' ? i : i - (i % 3) + 2 - (i % 3));
  return Float32Array.from(pixels, (_, i) => pixels[source(i)]! * scale[i % 3]! + offset[i % 3]!);
}

async function compareOnPixels(
  sketches: readonly LayerSketch[],
  prepare: Preprocessing = preprocessing,
): Promise<number> {
  const model = await fillWithRandom(sketchTopology([height, width, 3], [...sketches, pool]), 7);
  const pixels = randomPixels(2);
  const shape = [2, height, width, 3];
  const compiled = compilePixels(model, prepare, 'embedding');
  return maxDifference(
    await runPixels(compiled.bytes, pixels, shape),
    await runInTfjs(model, normalise(pixels, prepare), shape),
  );
}

const conv = (name: string, input: string, options: Record<string, unknown>): LayerSketch => [
  'Conv2D',
  name,
  [input],
  { filters: 6, kernel_size: [3, 3], ...options },
];

/** One network a name; its last layer is called `last` and gives an image. */
const networks: Record<string, readonly LayerSketch[]> = {
  'a padded, strided convolution with bias': [
    conv('last', 'input', { strides: [2, 2], padding: 'same', activation: 'relu' }),
  ],
  'an even kernel under same padding': [
    conv('last', 'input', { kernel_size: [4, 2], strides: [3, 2], padding: 'same' }),
  ],
  'a dilated convolution': [conv('last', 'input', { dilation_rate: [2, 3], padding: 'same' })],
  'a batch-norm with scale after a convolution with bias': [
    conv('c', 'input', {}),
    ['BatchNormalization', 'last', ['c'], { epsilon: 0.01 }],
  ],
  'a batch-norm after an activation, which cannot be folded': [
    conv('c', 'input', { activation: 'tanh' }),
    ['BatchNormalization', 'last', ['c'], { axis: [3] }],
  ],
  'a batch-norm whose convolution is used elsewhere too': [
    conv('c', 'input', {}),
    ['BatchNormalization', 'n', ['c'], { center: false, scale: false }],
    ['Add', 'last', ['c', 'n']],
  ],
  'a depthwise convolution': [
    [
      'DepthwiseConv2D',
      'd',
      ['input'],
      { kernel_size: [3, 3], strides: [2, 2], padding: 'same', depth_multiplier: 2, use_bias: false },
    ],
    ['BatchNormalization', 'n', ['d'], {}],
    ['ReLU', 'last', ['n'], { max_value: 6 }],
  ],
  'a separable convolution': [
    ['SeparableConv2D', 's', ['input'], { filters: 5, kernel_size: [3, 3], padding: 'same', use_bias: false }],
    ['BatchNormalization', 'last', ['s'], {}],
  ],
  'zero padding before a valid convolution': [
    [
      'ZeroPadding2D',
      'z',
      ['input'],
      {
        padding: [
          [1, 2],
          [3, 0],
        ],
      },
    ],
    conv('last', 'z', { strides: [2, 2] }),
  ],
  cropping: [
    [
      'Cropping2D',
      'last',
      ['input'],
      {
        cropping: [
          [1, 2],
          [3, 0],
        ],
      },
    ],
  ],
  'padded pools': [
    ['MaxPooling2D', 'm', ['input'], { pool_size: [3, 3], strides: [2, 2], padding: 'same' }],
    ['AveragePooling2D', 'last', ['m'], { pool_size: [3, 3], strides: [1, 1], padding: 'same' }],
  ],
  'concatenation and merges': [
    conv('a', 'input', {}),
    conv('b', 'input', { activation: 'sigmoid' }),
    ['Multiply', 'm', ['a', 'b']],
    ['Maximum', 'x', ['a', 'm']],
    ['Average', 'v', ['x', 'b', 'a']],
    ['Concatenate', 'last', ['v', 'm'], { axis: 3 }],
  ],
  'squeeze and excite': [
    conv('c', 'input', { activation: 'swish', padding: 'same' }),
    ['GlobalAveragePooling2D', 'squeeze', ['c']],
    ['Reshape', 'r', ['squeeze'], { target_shape: [1, 1, 6] }],
    conv('e', 'r', { kernel_size: [1, 1], activation: 'sigmoid' }),
    ['Multiply', 'last', ['c', 'e']],
  ],
  'a reshape of an image': [conv('c', 'input', {}), ['Reshape', 'last', ['c'], { target_shape: [-1, 31, 6] }]],
  'leaky activations': [conv('c', 'input', {}), ['LeakyReLU', 'l', ['c'], { alpha: 0.1 }], ['ELU', 'last', ['l'], {}]],
  'dropout and noise, which do nothing': [
    conv('c', 'input', {}),
    ['GaussianNoise', 'd', ['c'], { stddev: 0.5 }],
    ['Dropout', 'last', ['d'], { rate: 0.5 }],
  ],
};

describe('the ONNX compiler on pixels', () => {
  for (const [name, sketches] of Object.entries(networks)) {
    it(`gives what tfjs gives for ${name}`, async () => {
      assert.ok((await compareOnPixels(sketches)) < 1e-5);
    });
  }

  it('swaps the channels where the network was trained on BGR', async () => {
    assert.ok(
      (await compareOnPixels([conv('last', 'input', { padding: 'same' })], { ...preprocessing, channels: 'bgr' })) <
        1e-5,
    );
  });

  it('names the layer whose class it does not know', async () => {
    const topology = sketchTopology(
      [height, width, 3],
      [
        ['Conv2DTranspose', 'up', ['input']],
        ['GlobalAveragePooling2D', 'pool', ['up']],
      ],
    );
    assert.throws(() => compilePixels({ topology, weights: new Map() }, preprocessing, 'embedding'), {
      code: 'invalid_model',
      message: /layer 1 \(up\).*Conv2DTranspose/,
    });
  });

  it('names a missing weight, and one of the wrong shape', async () => {
    const { topology, weights } = await fillWithRandom(
      sketchTopology([height, width, 3], [conv('last', 'input', {}), pool]),
      1,
    );
    const compileWith = (changed: LayersModel['weights']) => (): unknown =>
      compilePixels({ topology, weights: changed }, preprocessing, 'embedding');
    const without = new Map([...weights].filter(([name]) => name !== 'last/bias'));
    assert.throws(compileWith(without), { code: 'invalid_model', message: /last\/bias is missing/ });
    const wrong = new Map(weights).set('last/bias', { shape: [5], data: new Float32Array(5) });
    assert.throws(compileWith(wrong), { code: 'invalid_model', message: /last\/bias has shape \[5\]; expected \[6\]/ });
  });

  it('refuses a convolution whose groups do not divide its channels', async () => {
    const model = await fillWithRandom(sketchTopology([height, width, 3], [conv('last', 'input', {}), pool]), 1);
    const layers = model.topology.layers.map((layer) =>
      layer.name === 'last' ? { ...layer, config: { ...layer.config, groups: 2 } } : layer,
    );
    const grouped = { ...model, topology: { ...model.topology, layers } };
    assert.throws(() => compilePixels(grouped, preprocessing, 'embedding'), {
      code: 'invalid_model',
      message: /layer last \(Conv2D\): 3 channels do not divide into 2 groups$/,
    });
  });

  it('refuses an image size that the model was not made for', async () => {
    const model = await fillWithRandom(sketchTopology([height, width, 3], [conv('last', 'input', {}), pool]), 1);
    assert.throws(() => compilePixels(model, inceptionPreprocessing, 'embedding'), {
      code: 'invalid_model',
      message: /299/,
    });
  });
});

const activations = [
  'relu',
  'relu6',
  'sigmoid',
  'hard_sigmoid',
  'tanh',
  'swish',
  'elu',
  'selu',
  'gelu',
  'softplus',
  'softsign',
  'softmax',
];

describe('the ONNX compiler on heads', () => {
  for (const activation of activations) {
    it(`gives what tfjs gives for dense layers with ${activation}`, async () => {
      const sketches: LayerSketch[] = [
        ['Dense', 'hidden', ['input'], { units: 9, activation }],
        ['Dropout', 'drop', ['hidden'], { rate: 0.4 }],
        ['Dense', 'plain', ['drop'], { units: 7, use_bias: false }],
        ['BatchNormalization', 'norm', ['plain'], {}],
        ['Dense', 'logits', ['norm'], { units: 4 }],
      ];
      const head = await fillWithRandom(sketchTopology([12], sketches), 3);
      const random = createRandom(9);
      const input = Float32Array.from({ length: 3 * 12 }, () => random() * 4 - 2);
      const compiled = compileHead(head, 12);
      assert.equal(compiled.outputSize, 4);
      assert.ok(
        maxDifference(await runEmbedding(compiled.bytes, input, [3, 12]), await runInTfjs(head, input, [3, 12])) < 1e-5,
      );
    });
  }
});
