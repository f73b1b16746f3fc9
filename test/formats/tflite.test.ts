// ONNX graphs as TFLite: each operator against ONNX Runtime on the same pixels.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emitPixels } from '../../src/formats/onnx/compiler/compile.js';
import { compileHead, compilePixels } from '../../src/formats/onnx/compiler/compile.js';
import { float, Graph, int, ints, type Tensor } from '../../src/formats/onnx/compiler/graph.js';
import { decodeOnnx } from '../../src/formats/onnx/onnxFile.js';
import { convertClassifier, type ConvertOptions } from '../../src/formats/tflite/fromOnnx/convert.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';
import { runEmbedding, runPixels } from '../support/onnxRun.js';
import { createRandom, fillWithRandom, maxDifference, sketchTopology, type LayerSketch } from '../support/reference.js';
import { readTflite, runTflite, type TfliteModel } from '../support/tfliteRun.js';

const side = 21;
const preprocessing: Preprocessing = { ...inceptionPreprocessing, height: side, width: side };
const random = createRandom(3);
const pixels = Uint8Array.from({ length: side * side * 3 }, () => Math.floor(random() * 256));
const floatOptions: ConvertOptions = { pixels: 'float32', storage: 'float32' };

const headOf = (embeddingSize: number) =>
  fillWithRandom(sketchTopology([embeddingSize], [['Dense', 'logits', ['input'], { units: 5 }]]), 4);

/** The probabilities that ONNX Runtime gives, in two steps as the server does. */
async function expectedOf(backbone: Uint8Array, head: Uint8Array): Promise<number[]> {
  const embedding = await runPixels(backbone, pixels, [1, side, side, 3]);
  const logits = await runEmbedding(head, embedding, [1, embedding.length]);
  const exponentials = Array.from(logits, (value) => Math.exp(value - Math.max(...logits)));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

async function convert(
  backbone: Uint8Array,
  embeddingSize: number,
  options = floatOptions,
): Promise<{ model: TfliteModel; expected: number[] }> {
  const head = compileHead(await headOf(embeddingSize), embeddingSize).bytes;
  const graphs = { backbone: decodeOnnx(backbone, 'a'), head: decodeOnnx(head, 'b'), activation: 'softmax' as const };
  const { graph, input, output } = convertClassifier(graphs, options);
  const bytes = graph.encode({ input, output, description: 'a test' }, {});
  return { model: readTflite(bytes), expected: await expectedOf(backbone, head) };
}

const namesOf = ({ operators }: TfliteModel): string[] => operators.map(({ name }) => name);

const convolution = (name: string, from: string, options: Record<string, unknown> = {}): LayerSketch => [
  'Conv2D',
  name,
  [from],
  { filters: 6, kernel_size: [3, 3], ...options },
];

/** Layers between the image and a pooling that ends the backbone. */
const layerCases: Readonly<Record<string, readonly LayerSketch[]>> = {
  'convolutions that pad, step and have gaps': [
    convolution('a', 'input', { padding: 'same', strides: [2, 2], activation: 'relu' }),
    convolution('b', 'a', { dilation_rate: [2, 2], padding: 'same', use_bias: false }),
    convolution('c', 'b', { kernel_size: [1, 7], padding: 'same', activation: 'relu6' }),
  ],
  'the blocks of MobileNet-V2': [
    [
      'ZeroPadding2D',
      'pad',
      ['input'],
      {
        padding: [
          [0, 1],
          [0, 1],
        ],
      },
    ],
    convolution('stem', 'pad', { strides: [2, 2], use_bias: false }),
    ['BatchNormalization', 'stem_norm', ['stem'], {}],
    ['ReLU', 'stem_relu', ['stem_norm'], { max_value: 6 }],
    ['DepthwiseConv2D', 'depth', ['stem_relu'], { kernel_size: [3, 3], padding: 'same', use_bias: false }],
    ['BatchNormalization', 'depth_norm', ['depth'], {}],
    ['ReLU', 'depth_relu', ['depth_norm'], { max_value: 6 }],
    convolution('project', 'depth_relu', { kernel_size: [1, 1] }),
    ['Add', 'residual', ['stem_relu', 'project']],
  ],
  'the pools and branches of Inception-V3': [
    convolution('a', 'input', { activation: 'relu' }),
    ['MaxPooling2D', 'largest', ['a'], { pool_size: [3, 3], strides: [2, 2] }],
    ['AveragePooling2D', 'means', ['largest'], { pool_size: [3, 3], strides: [1, 1], padding: 'same' }],
    convolution('b', 'means', { kernel_size: [1, 1] }),
    convolution('c', 'largest', { padding: 'same' }),
    ['Concatenate', 'branches', ['b', 'c', 'largest']],
  ],
  'a squeeze and excitation with swish': [
    convolution('a', 'input', { activation: 'swish' }),
    ['GlobalAveragePooling2D', 'squeeze', ['a'], { keepdims: true }],
    ['Dense', 'excite', ['squeeze'], { units: 6, activation: 'sigmoid' }],
    ['Multiply', 'scaled', ['a', 'excite']],
  ],
  'a depthwise kernel of two for each channel, and a separable one': [
    ['DepthwiseConv2D', 'two', ['input'], { kernel_size: [3, 3], depth_multiplier: 2 }],
    ['SeparableConv2D', 'separable', ['two'], { filters: 6, kernel_size: [3, 3], padding: 'same' }],
  ],
  'other activations': [
    convolution('a', 'input', { activation: 'elu' }),
    ['LeakyReLU', 'leaky', ['a'], { alpha: 0.1 }],
    ['PReLU', 'learnt', ['leaky'], { shared_axes: [1, 2] }],
    ['Activation', 'hard', ['learnt'], { activation: 'hard_sigmoid' }],
    ['Activation', 'bent', ['hard'], { activation: 'tanh' }],
  ],
  'cropping, means of several and the larger of two': [
    convolution('a', 'input'),
    convolution('b', 'input'),
    ['Average', 'mean', ['a', 'b']],
    ['Maximum', 'larger', ['mean', 'b']],
    [
      'Cropping2D',
      'middle',
      ['larger'],
      {
        cropping: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
  ],
};

async function compileLayers(sketches: readonly LayerSketch[], own = preprocessing): Promise<Uint8Array> {
  const pooled: LayerSketch = ['GlobalAveragePooling2D', 'pool', [sketches.at(-1)![1]], {}];
  const model = await fillWithRandom(sketchTopology([side, side, 3], [...sketches, pooled]), 5);
  return compilePixels(model, own, 'embedding').bytes;
}

describe('Keras layers as TFLite give what ONNX Runtime gives', () => {
  for (const [name, sketches] of Object.entries(layerCases))
    it(name, async () => {
      const backbone = await compileLayers(sketches);
      const size = (await runPixels(backbone, pixels, [1, side, side, 3])).length;
      const { model, expected } = await convert(backbone, size);
      assert.ok(maxDifference(await runTflite(model, pixels), expected) < 1e-5);
      // Images are stored as TFLite wants them from the first to the last operator.
      assert.ok(!namesOf(model).includes('TRANSPOSE'), namesOf(model).join());
    });

  it('in BGR, with a scale for each channel', async () => {
    const own: Preprocessing = {
      ...preprocessing,
      channels: 'bgr',
      scale: [1 / 50, 1 / 60, 1 / 70],
      offset: [-2, -1, 0],
    };
    const { model, expected } = await convert(await compileLayers([convolution('a', 'input')], own), 6);
    assert.ok(maxDifference(await runTflite(model, pixels), expected) < 1e-5);
    assert.ok(namesOf(model).includes('GATHER'));
  });

  it('flattened in their own order of values', async () => {
    const sketches: LayerSketch[] = [
      convolution('a', 'input', { strides: [4, 4] }),
      ['Flatten', 'flat', ['a']],
      ['Dense', 'hidden', ['flat'], { units: 7, activation: 'relu' }],
    ];
    const model = await fillWithRandom(sketchTopology([side, side, 3], sketches), 6);
    const { model: written, expected } = await convert(compilePixels(model, preprocessing, 'embedding').bytes, 7);
    assert.ok(maxDifference(await runTflite(written, pixels), expected) < 1e-5);
  });
});

/** A graph as other exporters write them: `emit` appends what comes between the normalised image and a mean over all of it. */
function sketchGraph(emit: (graph: Graph, image: Tensor) => string, channels = 4): Uint8Array {
  const graph = new Graph();
  const image = emitPixels(graph, preprocessing);
  const pooled = graph.node('GlobalAveragePool', [emit(graph, image)]);
  return graph.encode('embedding', { name: graph.node('Flatten', [pooled], { axis: int(1) }), shape: [channels] });
}

function weights(graph: Graph, dims: readonly number[]): string {
  const size = dims.reduce((product, one) => product * one, 1);
  const next = createRandom(size);
  return graph.floats(
    dims,
    Float32Array.from({ length: size }, () => next() - 0.5),
  );
}

const stem = (graph: Graph, image: Tensor): string =>
  graph.node('Conv', [image.name, weights(graph, [4, 3, 3, 3]), weights(graph, [4])], { pads: ints([1, 1, 1, 1]) });
const pool = { kernel_shape: ints([3, 3]), strides: ints([2, 2]) };

const graphCases: Readonly<Record<string, (graph: Graph, image: Tensor) => string>> = {
  'a maximum that PyTorch pads on both sides': (graph, image) =>
    graph.node('MaxPool', [stem(graph, image)], { ...pool, pads: ints([1, 1, 1, 1]) }),
  'a maximum whose last window reaches over the edge': (graph, image) =>
    graph.node('MaxPool', [stem(graph, image)], {
      kernel_shape: ints([2, 2]),
      strides: ints([2, 2]),
      ceil_mode: int(1),
    }),
  'an average that counts its padding': (graph, image) =>
    graph.node('AveragePool', [stem(graph, image)], {
      kernel_shape: ints([3, 3]),
      strides: ints([1, 1]),
      pads: ints([1, 1, 1, 1]),
      count_include_pad: int(1),
    }),
  'an average that does not count padding which is not SAME': (graph, image) =>
    graph.node('AveragePool', [stem(graph, image)], { ...pool, pads: ints([2, 2, 1, 1]) }),
  'a step that PyTorch pads where TensorFlow would not': (graph, image) =>
    graph.node('Conv', [stem(graph, image), weights(graph, [4, 4, 4, 4])], {
      pads: ints([1, 1, 1, 1]),
      strides: ints([2, 2]),
    }),
  'transposed, normalised over the channels and back': (graph, image) => {
    const last = graph.node('Transpose', [stem(graph, image)], { perm: ints([0, 2, 3, 1]) });
    const scaled = graph.node('Mul', [last, weights(graph, [4])]);
    return graph.node('Transpose', [scaled], { perm: ints([0, 3, 1, 2]) });
  },
  'a batch-norm that is not folded': (graph, image) =>
    graph.node('BatchNormalization', [
      stem(graph, image),
      ...[1, 2, 3].map((seed) => graph.floats([4], Float32Array.of(seed, -1, 0.5, 2))),
      graph.floats([4], Float32Array.of(1, 2, 3, 4)),
    ]),
  'the mean of the rows, which is one value for each channel and column': (graph, image) =>
    graph.node('ReduceMean', [stem(graph, image), graph.integers([2])], { keepdims: int(1) }),
  'hard swish, and a clip between other bounds': (graph, image) =>
    graph.node('Clip', [graph.node('HardSwish', [stem(graph, image)]), graph.scalar(-0.1), graph.scalar(0.8)]),
  'a softmax over the channels': (graph, image) => graph.node('Softmax', [stem(graph, image)], { axis: int(1) }),
  'slices of channels in another order': (graph, image) => {
    const value = stem(graph, image);
    const part = (from: number, to: number): string =>
      graph.node('Slice', [value, graph.integers([from]), graph.integers([to]), graph.integers([1])]);
    return graph.node('Concat', [part(2, 4), part(0, 2)], { axis: int(1) });
  },
  'channels shuffled as ShuffleNet does': (graph, image) => {
    const grouped = graph.node('Reshape', [stem(graph, image), graph.integers([0, 2, 2, side, side])]);
    const shuffled = graph.node('Transpose', [grouped], { perm: ints([0, 2, 1, 3, 4]) });
    const flat = graph.node('Reshape', [shuffled, graph.integers([0, 4, side, side])]);
    const weighted = graph.floats([4, 1, 1], Float32Array.of(1, 2, 3, 4));
    return graph.node('Mul', [flat, weighted]);
  },
  'an Elu behind a LeakyRelu': (graph, image) =>
    graph.node('Elu', [graph.node('LeakyRelu', [stem(graph, image)], { alpha: float(0.2) })]),
};

describe('graphs of other exporters as TFLite give what ONNX Runtime gives', () => {
  for (const [name, emit] of Object.entries(graphCases))
    it(name, async () => {
      const { model, expected } = await convert(sketchGraph(emit), 4);
      const found = await runTflite(model, pixels);
      assert.ok(maxDifference(found, expected) < 1e-5, `${maxDifference(found, expected)}`);
    });

  it('and what TFLite has no operator for is refused by name', async () => {
    const backbone = sketchGraph((graph, image) => graph.node('Softsign', [stem(graph, image)]));
    await assert.rejects(convert(backbone, 4), { code: 'invalid_model', message: /computes Softsign/ });
  });
});

it('float16 halves the weights and changes probabilities by less than a hundredth', async () => {
  const backbone = await compileLayers(layerCases['the blocks of MobileNet-V2']!);
  const { model, expected } = await convert(backbone, 6, { pixels: 'float32', storage: 'float16' });
  const found = await runTflite(model, pixels);
  assert.ok(maxDifference(found, expected) < 1e-2);
  assert.ok(maxDifference(found, expected) > 0);
  const weightsOf = model.tensors.filter(
    ({ bytes, shape, type }) => bytes.length > 64 && shape.length > 1 && type !== 'int32',
  );
  assert.deepEqual([...new Set(weightsOf.map(({ type }) => type))], ['float16']);
});
