import assert from 'node:assert/strict';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createInThread } from '../../src/engines/create.js';
import type { EngineName } from '../../src/engines/engine.js';
import { readBackboneRecord } from '../../src/models/backboneRecord.js';
import { importBundle } from '../../src/models/bundle.js';
import { exportVersion } from '../../src/models/exportModel.js';
import { encodeFloat16 } from '../../src/formats/float16.js';
import { detectModelFormat } from '../../src/importing/modelFormat.js';
import { installExternal } from '../../src/importing/externalImport.js';
import type { ExternalModel } from '../../src/importing/externalModel.js';
import { installLayers, understandLayers } from '../../src/importing/layersImport.js';
import type { PixelOptions } from '../../src/importing/modelFacts.js';
import { understandOnnx } from '../../src/importing/onnx/onnxImport.js';
import { float, int, ints } from '../../src/formats/onnx/compiler/graph.js';
import {
  elementTypes,
  encodeModel,
  type ModelProto,
  type TensorProto,
  type ValueInfoProto,
} from '../../src/formats/onnx/protobuf.js';
import { readFloats } from '../../src/formats/onnx/tensors.js';
import type { Version } from '../../src/models/versions.js';
import { createModelsDirectory } from '../../src/serving/modelsDirectory.js';
import { probabilitiesOf } from '../../src/models/versionAnswer.js';
import { softmax } from '../../src/softmax.js';
import { verifyExternal } from '../../src/importing/verification.js';
import { withoutOpenvino } from '../engines/addon.js';
import { freshFolder } from '../support/folder.js';
import { runPixels } from '../support/onnxRun.js';
import { fillWithRandom, maxDifference, sketchTopology } from '../support/reference.js';
import {
  floatTensor,
  randomPixels,
  runOriginal,
  sketchOnnx,
  valueOf,
  type NodeSketch,
  type OnnxSketch,
} from './sketchOnnx.js';

const size = 36;
const labels = ['rose', 'tulip', 'weed'];

/** As torch.onnx.export writes a ShuffleNet by default: one image, its size repeated in every Reshape, no softmax. */
const torchStyle: OnnxSketch = {
  input: ['x.1', [1, 3, size, size]],
  nodes: [
    [
      'Conv',
      ['x.1', 'conv.weight', 'conv.bias'],
      'c',
      { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
    ],
    ['BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'variance'], 'n'],
    ['Relu', ['n'], 'r'],
    ['Reshape', ['r', 'split'], 's'],
    ['Transpose', ['s'], 't', { perm: ints([0, 2, 1, 3, 4]) }],
    ['Reshape', ['t', 'merge'], 'm'],
    ['GlobalAveragePool', ['m'], 'g'],
    ['Flatten', ['g'], 'f', { axis: int(1) }],
    ['Gemm', ['f', 'fc.weight', 'fc.bias'], 'logits', { transB: int(1) }],
  ],
  weights: {
    'conv.weight': [6, 3, 3, 3],
    'conv.bias': [6],
    gamma: [6],
    beta: [6],
    mean: [6],
    variance: [6],
    'fc.weight': [3, 6],
    'fc.bias': [3],
  },
  integers: { split: [1, 2, 3, 18, 18], merge: [1, 6, 18, 18] },
  output: ['logits', [1, 3]],
};

const convolution = (input: string): NodeSketch => ['Conv', [input, 'w'], 'c', { kernel_shape: ints([3, 3]) }];
const open4: readonly ['x', readonly (number | string)[]] = ['x', ['batch', 3, size, size]];

/** Other ways in which exporters write a classifier; the embedding's size where it is not 6. */
const styles: Readonly<Record<string, OnnxSketch & { readonly embedding?: number }>> = {
  'PyTorch, with batch 1 and shapes written into the graph': torchStyle,
  'tf2onnx: channels last, a mean, a product and a sum, a softmax': {
    input: ['x', ['unk__1', size, size, 3]],
    nodes: [
      ['Transpose', ['x'], 'p', { perm: ints([0, 3, 1, 2]) }],
      convolution('p'),
      ['Clip', ['c', 'zero', 'six'], 'r'],
      ['ReduceMean', ['r'], 'g', { axes: ints([2, 3]), keepdims: int(0) }],
      ['MatMul', ['g', 'kernel'], 'product'],
      ['Add', ['product', 'bias'], 'sum'],
      ['Softmax', ['sum'], 'dense', { axis: int(-1) }],
    ],
    weights: { w: [6, 3, 3, 3], zero: [], six: [], kernel: [6, 3], bias: [3] },
    output: ['dense', ['unk__1', 3]],
    opset: 13,
    producer: 'tf2onnx',
  },
  'an old PyTorch: operator set 9, x.view(x.size(0), -1) as nodes': {
    input: open4,
    nodes: [
      convolution('x'),
      ['Shape', ['x'], 'sizes'],
      ['Gather', ['sizes', 'first'], 'batch', { axis: int(0) }],
      ['AveragePool', ['c'], 'g', { kernel_shape: ints([34, 34]) }],
      ['Concat', ['batch', 'rest'], 'shape', { axis: int(0) }],
      ['Reshape', ['g', 'shape'], 'f'],
      ['Gemm', ['f', 'k', 'b'], 'out', { alpha: float(0.5), beta: float(2) }],
    ],
    weights: { w: [6, 3, 3, 3], k: [6, 3], b: [3] },
    integers: { first: [0], rest: [-1] },
    output: ['out', ['batch', 3]],
    opset: 9,
  },
  'MobileNetV3 of Keras: convolutions of one pixel behind the pooling, and an activation that no head has': {
    input: open4,
    nodes: [
      convolution('x'),
      ['ReduceMean', ['c', 'axes'], 'g', { keepdims: int(1) }],
      ['Conv', ['g', 'w2', 'b2'], 'h'],
      ['HardSwish', ['h'], 'a'],
      ['Conv', ['a', 'w3', 'b3'], 's'],
      ['Squeeze', ['s', 'axes'], 'flat'],
      ['Softmax', ['flat'], 'out'],
    ],
    weights: { w: [6, 3, 3, 3], w2: [5, 6, 1, 1], b2: [5], w3: [3, 5, 1, 1], b3: [3] },
    integers: { axes: [2, 3] },
    output: ['out', ['batch', 3]],
    opset: 18,
    embedding: 5,
  },
  'a head of hidden layers with batch-norm and swish': {
    input: open4,
    nodes: [
      convolution('x'),
      ['GlobalMaxPool', ['c'], 'g'],
      ['Flatten', ['g'], 'f'],
      ['BatchNormalization', ['f', 'gamma', 'beta', 'mean', 'variance'], 'n', { epsilon: float(0.01) }],
      ['Gemm', ['n', 'k1', 'b1'], 'h'],
      ['Sigmoid', ['h'], 'gate'],
      ['Mul', ['h', 'gate'], 'swish'],
      ['Dropout', ['swish'], 'd'],
      ['Gemm', ['d', 'k2'], 'h2'],
      ['Relu', ['h2'], 'r2'],
      ['MatMul', ['r2', 'k3'], 'out'],
    ],
    weights: {
      w: [6, 3, 3, 3],
      gamma: [6],
      beta: [6],
      mean: [6],
      variance: [6],
      k1: [6, 4],
      b1: [4],
      k2: [4, 5],
      k3: [5, 3],
    },
    output: ['out', ['batch', 3]],
  },
  'no global pooling, as in VGG: cut before the last dense layer': {
    input: open4,
    nodes: [
      ['Conv', ['x', 'w'], 'c', { kernel_shape: ints([3, 3]), strides: ints([9, 9]) }],
      ['Flatten', ['c'], 'f'],
      ['Gemm', ['f', 'k1', 'b1'], 'h'],
      ['Relu', ['h'], 'r'],
      ['Gemm', ['r', 'k2', 'b2'], 'logits'],
    ],
    weights: { w: [2, 3, 3, 3], k1: [32, 7], b1: [7], k2: [7, 3], b2: [3] },
    output: ['logits', ['batch', 3]],
    embedding: 7,
  },
  'ResNet50V2 of Keras: zeros around what a maximum pooling takes': {
    input: open4,
    nodes: [
      convolution('x'),
      ['Relu', ['c'], 'r'],
      ['Neg', ['r'], 'negative'],
      ['Pad', ['negative', 'margins'], 'padded'],
      ['MaxPool', ['padded'], 'pooled', { kernel_shape: ints([3, 3]), strides: ints([2, 2]) }],
      ['GlobalAveragePool', ['pooled'], 'g'],
      ['Flatten', ['g'], 'f'],
      ['Gemm', ['f', 'k', 'b'], 'logits'],
    ],
    weights: { w: [6, 3, 3, 3], k: [6, 3], b: [3] },
    integers: { margins: [0, 0, 1, 1, 0, 0, 1, 1] },
    output: ['logits', ['batch', 3]],
  },
  'values that have the names of ours': {
    input: ['pixels', ['batch', 3, size, size]],
    nodes: [
      convolution('pixels'),
      ['GlobalAveragePool', ['c'], 'embedding'],
      ['Flatten', ['embedding'], 'f'],
      ['Gemm', ['f', 'k'], 'probabilities'],
    ],
    weights: { w: [6, 3, 3, 3], k: [6, 3] },
    output: ['probabilities', ['batch', 3]],
  },
};

async function written(
  test: TestContext,
  model: ModelProto,
  name = 'net.onnx',
): Promise<{ folder: string; path: string }> {
  const folder = await freshFolder(test);
  const path = join(folder, name);
  await writeFile(path, encodeModel(model));
  return { folder, path };
}

/** What the command does with the file. */
async function understood(
  folder: string,
  path: string,
  options: PixelOptions = { normalisation: 'torch' },
): Promise<ExternalModel> {
  const model = await understandOnnx(path, join(folder, 'scratch'), options);
  await verifyExternal(model, path, join(folder, 'scratch'));
  return model;
}

const installed = async (folder: string, model: ExternalModel): Promise<Version> =>
  installExternal({ own: join(folder, 'models') }, model, {
    name: 'garden',
    labels: model.labels ?? labels,
    license: 'CC0-1.0',
    provenance: {},
  });

async function exported(folder: string, version: Version): Promise<string> {
  const path = join(folder, `out-${version.manifest.name}.onnx`);
  await exportVersion({ own: join(folder, 'models') }, version, 'onnx', path);
  return path;
}

/** The probabilities that the onnx engine gives for a batch, as a server has it run; openvino's, where it is installed, are within `tolerance`. */
async function serve(folder: string, pixels: Uint8Array, count: number, tolerance = 1e-5): Promise<number[][]> {
  const probabilities = await serveOn('onnx', folder, pixels, count);
  if (!withoutOpenvino) {
    const others = await serveOn('openvino', folder, pixels, count);
    assert.ok(maxDifference(others.flat(), probabilities.flat()) < tolerance);
  }
  return probabilities;
}

async function serveOn(engineName: EngineName, folder: string, pixels: Uint8Array, count: number): Promise<number[][]> {
  const store = createModelsDirectory({ own: join(folder, 'models') });
  const [version] = (await store.list()).versions;
  const {
    manifest: {
      backbone: { id, embeddingSize },
      preprocessing,
      labels: names,
    },
    backboneDirectory: directory,
  } = version!;
  const engine = await createInThread({
    engine: engineName,
    device: 'cpu',
    threads: 1,
    cacheDir: join(folder, 'cache'),
    warmupBatchSizes: [],
  });
  await engine.loadBackbone({ id, directory, embeddingSize, preprocessing });
  await engine.loadHead({ id: 'head', backboneId: id, model: await store.loadHead(version!), classes: names.length });
  const { logits } = await engine.run({ backboneId: id, pixels: pixels.slice(), count, headIds: ['head'] });
  await engine.close();
  const values = logits.get('head')!;
  return Array.from({ length: count }, (_, i) => [
    ...probabilitiesOf(version!.manifest, values.subarray(i * names.length, (i + 1) * names.length)),
  ]);
}

describe('an ONNX file', () => {
  for (const [style, sketch] of Object.entries(styles)) {
    it(`of this style gives its own probabilities, served and exported again: ${style}`, async (test) => {
      const model = sketchOnnx(sketch);
      const { folder, path } = await written(test, model);
      const external = await understood(folder, path);
      assert.equal(external.embeddingSize, sketch.embedding ?? 6);
      const version = await installed(folder, external);
      const pixels = randomPixels(size, 3);
      const original = await runOriginal(
        model,
        pixels,
        external.preprocessing,
        sketch.input[1][3] === 3 ? 'NHWC' : 'NCHW',
      );
      const expected = original.map((row) => (external.givesProbabilities ? [...row] : [...softmax(row)])).flat();
      const served = (await serve(folder, pixels, 3)).flat();
      assert.ok(Math.max(...expected) - Math.min(...expected) > 0.05, 'the classes differ');
      assert.ok(maxDifference(served, expected) < 1e-5, `${maxDifference(served, expected)}`);
      const again = await runPixels(await readFile(await exported(folder, version)), pixels, [3, size, size, 3]);
      assert.ok(maxDifference(again, expected) < 1e-5);
    });
  }

  it('that is made for one image is run once for each image of a batch', async (test) => {
    const model = sketchOnnx({
      ...torchStyle,
      nodes: torchStyle.nodes.map((node) =>
        node[2] === 'r' ? ['Gather', ['n', 'first'], 'r', { axis: int(0) }] : node,
      ),
      integers: { ...torchStyle.integers, first: [0] },
    });
    const { folder, path } = await written(test, model);
    const external = await understood(folder, path);
    await installed(folder, external);
    const pixels = randomPixels(size, 3);
    const expected = (await runOriginal(model, pixels, external.preprocessing, 'NCHW')).flatMap((row) => [
      ...softmax(row),
    ]);
    assert.ok(maxDifference((await serve(folder, pixels, 3)).flat(), expected) < 1e-5);
  });

  it('as PyTorch writes it by default now, with shapes that may hold zeros, takes a batch', async (test) => {
    const model = sketchOnnx({
      ...torchStyle,
      nodes: torchStyle.nodes.map(([operator, input, output, attributes]) =>
        operator === 'Reshape'
          ? [operator, input, output, { allowzero: int(1) }]
          : [operator, input, output, attributes ?? {}],
      ),
    });
    const { folder, path } = await written(test, model);
    const external = await understood(folder, path);
    assert.equal((await readBackboneRecord(external.directory))?.oneAtATime, undefined);
    await installed(folder, external);
    const pixels = randomPixels(size, 3);
    const expected = (await runOriginal(model, pixels, external.preprocessing, 'NCHW')).flatMap((row) => [
      ...softmax(row),
    ]);
    assert.ok(maxDifference((await serve(folder, pixels, 3)).flat(), expected) < 1e-5);
  });

  for (const [what, ending, activation] of [
    ['sigmoids', ['Sigmoid', ['h'], 'logits'], undefined],
    ['scores that the user says are followed by them', ['Identity', ['h'], 'logits'], 'sigmoid'],
  ] as const)
    it(`with several outputs, ${what}, has classes that do not exclude one another, and exports them`, async (test) => {
      const model = sketchOnnx({
        ...torchStyle,
        nodes: [
          ...torchStyle.nodes.slice(0, -1),
          ['Gemm', ['f', 'fc.weight', 'fc.bias'], 'h', { transB: int(1) }],
          ending,
        ],
      });
      const { folder, path } = await written(test, model);
      const external = await understood(folder, path, { normalisation: 'torch', activation });
      const { manifest, directory } = await installed(folder, external);
      assert.deepEqual([manifest.format, manifest.activation], ['taxon-model/2', 'sigmoid']);
      const pixels = randomPixels(size, 2);
      const outputs = (await runOriginal(model, pixels, external.preprocessing, 'NCHW')).flatMap((row) => [...row]);
      const expected = activation === undefined ? outputs : outputs.map((score) => 1 / (1 + Math.exp(-score)));
      assert.ok(maxDifference((await serve(folder, pixels, 2)).flat(), expected) < 1e-6);

      const thresholds = manifest.labels.map((_, i) => 0.3 + i / 100);
      const exported = join(folder, 'exported.onnx');
      await exportVersion(
        { own: join(folder, 'models') },
        { directory, manifest: { ...manifest, thresholds } },
        'onnx',
        exported,
      );
      const back = await understandOnnx(exported, join(folder, 'again'), {});
      assert.deepEqual([back.activation, back.thresholds], ['sigmoid', thresholds]);
    });

  for (const [what, ending, activation] of [
    ['a sigmoid', ['Sigmoid', ['h'], 'logits'], undefined],
    ['a score that the user says is one', ['Identity', ['h'], 'logits'], 'sigmoid'],
  ] as const)
    it(`with one output, ${what}, is the second of two classes`, async (test) => {
      const model = sketchOnnx({
        ...torchStyle,
        nodes: [
          ...torchStyle.nodes.slice(0, -1),
          ['Gemm', ['f', 'fc.weight', 'fc.bias'], 'h', { transB: int(1) }],
          ending,
        ],
        weights: { ...torchStyle.weights, 'fc.weight': [1, 6], 'fc.bias': [1] },
        output: ['logits', [1, 1]],
      });
      const { folder, path } = await written(test, model);
      const external = await understood(folder, path, { normalisation: 'torch', activation });
      await installExternal({ own: join(folder, 'models') }, external, {
        name: 'garden',
        labels: ['weed', 'rose'],
        license: 'CC0-1.0',
        provenance: {},
      });
      const pixels = randomPixels(size, 2);
      const outputs = (await runOriginal(model, pixels, external.preprocessing, 'NCHW')).flatMap((row) => [...row]);
      const second = activation === undefined ? outputs : outputs.map((score) => 1 / (1 + Math.exp(-score)));
      const expected = second.flatMap((probability) => [1 - probability, probability]);
      assert.ok(maxDifference((await serve(folder, pixels, 2)).flat(), expected) < 1e-6);
    });

  it('that we exported comes back with its labels and preprocessing, and gives the same probabilities', async (test) => {
    const folder = await freshFolder(test);
    const model = await fillWithRandom(
      sketchTopology(
        [size, size, 3],
        [
          ['Conv2D', 'conv', ['input'], { filters: 5, kernel_size: [3, 3] }],
          ['GlobalAveragePooling2D', 'pool', ['conv']],
          ['Dense', 'out', ['pool'], { units: 3, activation: 'softmax' }],
        ],
      ),
      5,
    );
    const first = await installLayers(
      { own: join(folder, 'models') },
      understandLayers(model, { normalisation: 'caffe', kernel: 'lanczos3' }),
      { name: 'keras', labels, license: 'MIT', provenance: {} },
    );
    const path = await exported(folder, first);
    const external = await understood(folder, path, {});
    assert.deepEqual(
      {
        labels: external.labels,
        license: external.license,
        preprocessing: external.preprocessing,
        embedding: external.embeddingSize,
      },
      { labels, license: 'MIT', preprocessing: first.manifest.preprocessing, embedding: 5 },
    );
    const second = await installed(folder, external);
    const pixels = randomPixels(size, 2);
    const [before, after] = [
      await runPixels(await readFile(path), pixels, [2, size, size, 3]),
      await runPixels(await readFile(await exported(folder, second)), pixels, [2, size, size, 3]),
    ];
    assert.ok(maxDifference(before, after) < 1e-6);
  });

  it('of float16 gives nearly the probabilities of float32', async (test) => {
    const model = sketchOnnx(torchStyle);
    const { folder, path } = await written(test, toFloat16(model));
    const external = await understood(folder, path);
    await installed(folder, external);
    const pixels = randomPixels(size, 2);
    const expected = (await runOriginal(model, pixels, external.preprocessing, 'NCHW')).flatMap((row) => [
      ...softmax(row),
    ]);
    assert.ok(maxDifference((await serve(folder, pixels, 2, 5e-3)).flat(), expected) < 5e-3);
  });

  it('may keep its weights in a file beside it, and in no other place', async (test) => {
    const model = sketchOnnx(torchStyle);
    const expected = (await understood(...(await folderOf(test, model)))).head;
    const [weights, ...others] = [model.graph.initializer[0]!, ...model.graph.initializer.slice(1)];
    const outside: TensorProto = {
      name: weights.name,
      dims: weights.dims,
      data_type: weights.data_type,
      data_location: 1,
      external_data: [
        { key: 'location', value: 'net.data' },
        { key: 'offset', value: '8' },
        { key: 'length', value: String(weights.raw_data!.length) },
      ],
    };
    const { folder, path } = await written(test, {
      ...model,
      graph: { ...model.graph, initializer: [outside, ...others] },
    });
    await assert.rejects(understood(folder, path), {
      code: 'invalid_model',
      message: /net\.data, which holds tensor conv\.weight, cannot be read/,
    });
    await writeFile(join(folder, 'net.data'), Buffer.concat([Buffer.alloc(8), weights.raw_data!]));
    assert.deepEqual((await understood(join(folder, 'again'), path)).head, expected);
    const escaping = { ...outside, external_data: [{ key: 'location', value: '../net.data' }] };
    await writeFile(path, encodeModel({ ...model, graph: { ...model.graph, initializer: [escaping, ...others] } }));
    await assert.rejects(understood(folder, path), {
      code: 'invalid_model',
      message: /conv\.weight is kept in "\.\.\/net\.data"/,
    });
  });

  it('goes into a bundle and comes out of it, and has no layers to write as tfjs or Keras', async (test) => {
    const { folder, path } = await written(test, sketchOnnx(torchStyle));
    const version = await installed(folder, await understood(folder, path));
    const bundle = join(folder, 'garden.taxon');
    await exportVersion({ own: join(folder, 'models') }, version, 'taxon', bundle);
    const again = await importBundle({ own: join(folder, 'other') }, bundle);
    assert.deepEqual(again.manifest, version.manifest);
    assert.equal((await createModelsDirectory({ own: join(folder, 'other') }).list()).versions.length, 1);
    for (const format of ['tfjs', 'h5'] as const)
      await assert.rejects(exportVersion({ own: join(folder, 'models') }, version, format, join(folder, format)), {
        code: 'invalid_model',
        message: /kind onnx, which has no layers.*export it as onnx or taxon/,
      });
  });
});

/** The same network throughout in half precision. */
function toFloat16(model: ModelProto): ModelProto {
  const half = ({ name }: ValueInfoProto, sides: readonly number[]): ValueInfoProto => ({
    name,
    type: {
      tensor_type: { elem_type: elementTypes.float16, shape: { dim: sides.map((side) => ({ dim_value: side })) } },
    },
  });
  const initializer = model.graph.initializer.map((tensor) => {
    const floats = readFloats(tensor);
    return floats
      ? { ...tensor, data_type: elementTypes.float16, raw_data: new Uint8Array(encodeFloat16(floats.data).buffer) }
      : tensor;
  });
  return {
    ...model,
    graph: {
      ...model.graph,
      initializer,
      input: [half(model.graph.input[0]!, [1, 3, size, size])],
      output: [half(model.graph.output[0]!, [1, 3])],
    },
  };
}

const folderOf = async (test: TestContext, model: ModelProto): Promise<[folder: string, path: string]> => {
  const { folder, path } = await written(test, model);
  return [folder, path];
};

const changed = (changes: Partial<OnnxSketch>): ModelProto => sketchOnnx({ ...torchStyle, ...changes });
const replaced = (output: string, ...by: readonly NodeSketch[]): ModelProto =>
  changed({ nodes: torchStyle.nodes.flatMap((node) => (node[2] === output ? by : [node])) });
const withGraph = (change: Partial<ModelProto['graph']>): ModelProto => {
  const model = sketchOnnx(torchStyle);
  return { ...model, graph: { ...model.graph, ...change } };
};

const refusals: Readonly<Record<string, readonly [model: ModelProto, message: RegExp, options?: PixelOptions]>> = {
  'two inputs': [
    withGraph({ input: [valueOf(torchStyle.input), valueOf(['mask', [1, 3]])] }),
    /net\.onnx has 2 inputs \(x\.1, mask\); expected one/,
  ],
  'two outputs': [
    withGraph({ output: [valueOf(['logits', [1, 3]]), valueOf(['g', [1, 6]])] }),
    /net\.onnx has 2 outputs \(logits, g\)/,
  ],
  'an input that is no image': [
    changed({ input: ['x.1', [1, 128]] }),
    /input x\.1 has shape \[1, 128\]; expected \[N, 3, height, width\]/,
  ],
  'another size than the file is fixed to': [
    sketchOnnx(torchStyle),
    /fixed to 36 × 36; leave --size out/,
    { size: 64 },
  ],
  'an operator set from before broadcasting': [changed({ opset: 6 }), /operator set 6; at least 7/],
  'an end in tanh': [
    replaced('logits', ['Gemm', ['f', 'fc.weight', 'fc.bias'], 'h', { transB: int(1) }], ['Tanh', ['h'], 'logits']),
    /it ends in tanh; expected softmax, sigmoid/,
  ],
  'one output without an activation': [
    changed({ weights: { ...torchStyle.weights, 'fc.weight': [1, 6], 'fc.bias': [1] }, output: ['logits', [1, 1]] }),
    /has one output; say with --activation sigmoid/,
  ],
  'one output with a softmax': [
    changed({
      nodes: [
        ...torchStyle.nodes.slice(0, -1),
        ['Gemm', ['f', 'fc.weight', 'fc.bias'], 'h', { transB: int(1) }],
        ['Softmax', ['h'], 'logits'],
      ],
      weights: { ...torchStyle.weights, 'fc.weight': [1, 6], 'fc.bias': [1] },
      output: ['logits', [1, 1]],
    }),
    /one output with a softmax, which is 1 for every image/,
  ],
  'a file that does not say how its pixels were prepared': [
    changed({}),
    /does not say how its pixels were prepared.*--preprocess inception\|unit\|caffe\|torch\|raw/,
    {},
  ],
  'an end in batch-norm': [
    replaced(
      'logits',
      ['Gemm', ['f', 'fc.weight', 'fc.bias'], 'h', { transB: int(1) }],
      ['BatchNormalization', ['h', 'fc.bias', 'fc.bias', 'fc.bias', 'fc.bias'], 'logits'],
    ),
    /what follows its cut is no head: layer norm_2 \(BatchNormalization/,
  ],
  'neither pooling nor dense layer': [
    changed({
      nodes: [
        ['Conv', ['x.1', 'conv.weight'], 'c'],
        ['Flatten', ['c'], 'logits'],
      ],
    }),
    /has no global pooling .* and ends in no dense layer/,
  ],
  'an operator that ONNX Runtime does not have': [
    replaced('r', ['Frobnicate', ['n'], 'r']),
    /ONNX Runtime cannot run it.*Frobnicate/,
  ],
  'weights that are not numbers': [
    withGraph({
      initializer: sketchOnnx(torchStyle).graph.initializer.map((tensor) =>
        tensor.name === 'conv.bias' ? floatTensor('conv.bias', [6], new Float32Array(6).fill(NaN)) : tensor,
      ),
    }),
    /value g is not finite/,
  ],
  'bytes as input and a preprocessing': [
    withGraph({
      input: [
        {
          name: 'x.1',
          type: {
            tensor_type: {
              elem_type: elementTypes.uint8,
              shape: { dim: [1, 3, size, size].map((side) => ({ dim_value: side })) },
            },
          },
        },
      ],
    }),
    /takes bytes, so the model prepares its pixels itself; leave --preprocess out/,
  ],
};

describe('the import of an ONNX file', () => {
  for (const [what, [model, message, options]] of Object.entries(refusals)) {
    it(`refuses ${what}, in one sentence that names the file`, async (test) => {
      const { folder, path } = await written(test, model);
      await assert.rejects(understood(folder, path, options), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'invalid_model');
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(path) && !error.message.includes('\n'), error.message);
        return true;
      });
    });
  }

  it('refuses a damaged file, one of 2 GB, and too few labels, and installs nothing', async (test) => {
    const { folder, path } = await written(test, sketchOnnx(torchStyle));
    assert.equal(await detectModelFormat(path), 'onnx');
    const model = await understood(folder, path);
    await assert.rejects(
      installExternal({ own: join(folder, 'models') }, model, {
        name: 'garden',
        labels: ['rose'],
        license: 'x',
        provenance: {},
      }),
      { code: 'invalid_model', message: /1 labels were given/ },
    );
    await assert.rejects(
      installExternal({ own: join(folder, 'models') }, model, {
        name: 'garden',
        labels: ['rose', 'rose', 'weed'],
        license: 'x',
        provenance: {},
      }),
      { code: 'invalid_model', message: /differ from one another/ },
    );
    assert.ok(!(await readdir(folder)).includes('models'));
    const file = await open(path, 'r+');
    await file.truncate(500);
    await assert.rejects(understood(folder, path), {
      code: 'invalid_model',
      message: /net\.onnx cannot be read: it is damaged/,
    });
    await file.truncate(2 ** 31);
    await file.close();
    await assert.rejects(understood(folder, path), {
      code: 'invalid_model',
      message: /2\.0 GB of weights; an ONNX model must stay below 2 GB/,
    });
  });
});
