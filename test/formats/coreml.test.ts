// What stands in an .mlmodel file. What its layers compute is compared with the server by bench/coreml.ts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeCoreMl, type CoreMlFacts } from '../../src/formats/coreml/classifier.js';
import type { WeightPrecision } from '../../src/formats/coreml/network.js';
import { decodeCoreMl, type CoreMlModelProto, type LayerProto } from '../../src/formats/coreml/protobuf.js';
import { decodeFloat16 } from '../../src/formats/float16.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import { compilePixels } from '../../src/formats/onnx/compiler/compile.js';
import { Graph, ints } from '../../src/formats/onnx/compiler/graph.js';
import { decodeOnnx } from '../../src/formats/onnx/onnxFile.js';
import type { Preprocessing } from '../../src/image/preprocessing.js';
import { fillWithRandom, sketchTopology } from '../support/reference.js';

const preprocessing: Preprocessing = {
  height: 20,
  width: 30,
  resize: 'stretch',
  cropFraction: 1,
  kernel: 'cubic',
  channels: 'rgb',
  scale: [0.25, 0.5, 0.75],
  offset: [-1, -2, -3],
};
const facts: CoreMlFacts = {
  name: 'garden',
  version: 3,
  license: 'CC0-1.0',
  labels: ['rose', 'tulip', 'weed'],
  preprocessing,
  isMultiLabel: false,
  metadata: { architecture: 'sketch' },
};

const sketch = (activation: string): Promise<LayersModel> =>
  fillWithRandom(
    sketchTopology(
      [20, 30, 3],
      [
        ['Conv2D', 'conv', ['input'], { filters: 4, kernel_size: [3, 5], strides: [2, 1], padding: 'same' }],
        ['BatchNormalization', 'norm', ['conv'], {}],
        ['Activation', 'act', ['norm'], { activation: 'relu' }],
        ['MaxPooling2D', 'max', ['act'], { pool_size: [3, 3], strides: [2, 2], padding: 'same' }],
        ['AveragePooling2D', 'average', ['act'], { pool_size: [2, 2], strides: [2, 2], padding: 'same' }],
        ['Concatenate', 'both', ['max', 'average']],
        ['GlobalAveragePooling2D', 'pool', ['both']],
        ['Dense', 'predictions', ['pool'], { units: 3, activation }],
      ],
    ),
    5,
  );

const write = (model: LayersModel, given = facts, precision: WeightPrecision = 'float32'): Uint8Array => {
  const { bytes } = compilePixels(model, given.preprocessing, 'probabilities');
  return writeCoreMl(decodeOnnx(bytes, 'the graph'), given, precision);
};

type Params = Readonly<Record<string, unknown>>;
const kindOf = (layer: LayerProto): string =>
  Object.keys(layer).find((key) => !['name', 'input', 'output', 'inputTensor', 'outputTensor'].includes(key))!;
const find = ({ neuralNetworkClassifier: { layers } }: CoreMlModelProto, kind: string): Params =>
  layers.find((layer) => kindOf(layer) === kind)![kind] as Params;
const valuesOf = (params: Params, name: string): number[] => {
  const { floatValue } = params[name] as { readonly floatValue: Uint8Array };
  return [...new Float32Array(Uint8Array.from(floatValue).buffer)];
};
const imageType = ({ description: { input } }: CoreMlModelProto): Params =>
  input[0]!.type['imageType'] as unknown as Params;
const numbers = (values: unknown): number[] => [...(values as Iterable<unknown>)].map(Number);

describe('a Core ML file', () => {
  it('takes an image and gives a label and the probabilities of the labels', async () => {
    const model = decodeCoreMl(write(await sketch('softmax')));
    const { specificationVersion, description, neuralNetworkClassifier: network } = model;
    assert.equal(specificationVersion, 4);
    const { width, height, colorSpace } = imageType(model);
    assert.deepEqual([Number(width), Number(height), colorSpace], [30, 20, 20]);
    assert.match(description.input[0]!.shortDescription, /\.scaleFill$/);
    assert.deepEqual(
      description.output.map(({ name, type }) => [name, Object.keys(type)[0]]),
      [
        ['classLabel', 'stringType'],
        ['classLabelProbs', 'dictionaryType'],
      ],
    );
    assert.equal(description.predictedFeatureName, 'classLabel');
    assert.equal(description.predictedProbabilitiesName, 'classLabelProbs');
    assert.equal(description.metadata.versionString, '3');
    assert.equal(description.metadata.license, 'CC0-1.0');
    assert.deepEqual({ ...description.metadata.userDefined }, { architecture: 'sketch' });
    assert.deepEqual([...network.stringClassLabels.vector], ['rose', 'tulip', 'weed']);
    const last = network.layers.at(-1)!;
    assert.equal(network.labelProbabilityLayerName, last.output[0]);
    assert.deepEqual(numbers(last.outputTensor[0]!.dimValue), [1, 3]);
  });

  it('has the layers of the network in order, each taking what was made before it', async () => {
    const { layers } = decodeCoreMl(write(await sketch('softmax'))).neuralNetworkClassifier;
    assert.deepEqual(layers.map(kindOf), [
      ...['scale', 'bias', 'convolution', 'activation', 'pooling', 'pooling', 'concatND', 'pooling', 'reshapeStatic'],
      ...['innerProduct', 'softmaxND'],
    ]);
    const made = new Map([['image', [1, 3, 20, 30]]]);
    for (const { input, inputTensor, output, outputTensor } of layers) {
      input.forEach((name, i) => assert.deepEqual(numbers(inputTensor[i]!.dimValue), made.get(name), name));
      output.forEach((name, i) => made.set(name, numbers(outputTensor[i]!.dimValue)));
    }
  });

  it('prepares pixels, pads and weighs as the graph that the server runs', async () => {
    const model = await sketch('softmax');
    const file = decodeCoreMl(write(model));
    assert.deepEqual(valuesOf(find(file, 'scale'), 'scale'), [0.25, 0.5, 0.75]);
    assert.deepEqual(valuesOf(find(file, 'bias'), 'bias'), [-1, -2, -3]);
    const { kernelSize, stride, valid, nGroups, kernelChannels, outputChannels } = find(file, 'convolution');
    assert.deepEqual([kernelSize, stride].map(numbers), [
      [3, 5],
      [2, 1],
    ]);
    assert.deepEqual([nGroups, kernelChannels, outputChannels].map(Number), [1, 3, 4]);
    const { borderAmounts } = (valid as { readonly paddingAmounts: { readonly borderAmounts: readonly Params[] } })
      .paddingAmounts;
    // TensorFlow's padding of 20 × 30 with a window of 3 × 5 in steps of 2 × 1.
    assert.deepEqual(
      borderAmounts.map(({ startEdgeSize, endEdgeSize }) => [Number(startEdgeSize), Number(endEdgeSize)]),
      [
        [0, 1],
        [2, 2],
      ],
    );
    const kernel = model.weights.get('predictions/kernel')!;
    const turned = Array.from({ length: 24 }, (_, i) => kernel.data[(i % 8) * 3 + Math.floor(i / 8)]!);
    assert.deepEqual(valuesOf(find(file, 'innerProduct'), 'weights'), turned);
    assert.deepEqual(valuesOf(find(file, 'innerProduct'), 'bias'), [...model.weights.get('predictions/bias')!.data]);
  });

  it('asks for blue first where the network does, and turns nothing round itself', async () => {
    const bgr = { ...facts, preprocessing: { ...preprocessing, channels: 'bgr' as const } };
    const model = decodeCoreMl(write(await sketch('softmax'), bgr));
    assert.equal(imageType(model)['colorSpace'], 30);
    assert.deepEqual(model.neuralNetworkClassifier.layers.slice(0, 2).map(kindOf), ['scale', 'bias']);
  });

  it('says of classes that do not exclude one another that they do not', async () => {
    const model = decodeCoreMl(write(await sketch('sigmoid'), { ...facts, isMultiLabel: true }));
    const last = model.neuralNetworkClassifier.layers.at(-1)!;
    assert.ok('sigmoid' in (last['activation'] as object));
    assert.match(model.description.output[1]!.shortDescription, /do not exclude one another/);
  });

  it('keeps its weights in halves where that is asked for, and the numbers for the pixels whole', async () => {
    const model = await sketch('softmax');
    const file = decodeCoreMl(write(model, facts, 'float16'));
    assert.deepEqual(valuesOf(find(file, 'scale'), 'scale'), [0.25, 0.5, 0.75]);
    const { bias } = find(file, 'innerProduct') as { readonly bias: { readonly float16Value: Uint8Array } };
    const halves = decodeFloat16(new Uint16Array(Uint8Array.from(bias.float16Value).buffer));
    const whole = model.weights.get('predictions/bias')!.data;
    halves.forEach((value, i) => assert.ok(Math.abs(value - whole[i]!) <= Math.abs(whole[i]!) * 2 ** -11));
  });

  it('is refused where float16 cannot hold a weight', async () => {
    const model = await sketch('softmax');
    const large = { shape: [3], data: Float32Array.of(0, 70_000, 0) };
    const weights = new Map([...model.weights, ['predictions/bias', large] as const]);
    assert.throws(() => write({ ...model, weights }, facts, 'float16'), /beyond ±65504.*coreml, in float32/);
    assert.ok(write({ ...model, weights }).length > 0);
  });

  it('is refused with the name of an operator that Core ML has not', () => {
    const graph = new Graph();
    const pixels = graph.input('pixels', 'uint8', [20, 30, 3]);
    const planes = graph.node('Transpose', [pixels.name], { perm: ints([0, 3, 1, 2]) });
    const strange = graph.node('DepthToSpace', [planes]);
    const onnx = decodeOnnx(graph.encode('probabilities', { name: strange, shape: [3] }), 'the graph');
    assert.throws(() => writeCoreMl(onnx, facts, 'float32'), {
      code: 'invalid_model',
      message: /^DepthToSpace \(DepthToSpace_1\): Core ML has no layer for this operator; .* export it as onnx/,
    });
  });
});
