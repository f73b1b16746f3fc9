import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createInThread } from '../../src/engines/create.js';
import type { EngineName } from '../../src/engines/engine.js';
import { importBundle } from '../../src/models/bundle.js';
import { compileBackbone } from '../../src/models/compileBackbone.js';
import { exportVersion } from '../../src/models/exportModel.js';
import { detectModelFormat, type ExternalFormat } from '../../src/importing/modelFormat.js';
import type { ExternalModel } from '../../src/importing/externalModel.js';
import { understandGraph } from '../../src/importing/tensorflow/graphImport.js';
import { understandSavedModel } from '../../src/importing/tensorflow/savedModelImport.js';
import type { Version } from '../../src/models/versions.js';
import { installExternal, understandExternal, type GraphRunner } from '../../src/importing/externalImport.js';
import { createModelsDirectory } from '../../src/serving/modelsDirectory.js';
import { softmax } from '../../src/softmax.js';
import { withoutAddon } from '../engines/addon.js';
import { freshFolder } from '../support/folder.js';
import { fillWithRandom, maxDifference, runInTfjs, sketchTopology } from '../support/reference.js';

if (withoutAddon) console.error(withoutAddon);

const size = 32;
const labels = ['rose', 'tulip', 'weed'];
const savedModel = 'test/fixtures/models/saved-model';
const pixels = Uint8Array.from({ length: 2 * size * size * 3 }, (_, i) => (i * 37) % 251);

/** The reference: the same network as layers, run by tfjs in plain JavaScript. */
const reference = await fillWithRandom(
  sketchTopology(
    [size, size, 3],
    [
      [
        'Conv2D',
        'conv',
        ['input'],
        { filters: 4, kernel_size: [3, 3], strides: [2, 2], padding: 'same', activation: 'relu' },
      ],
      ['GlobalAveragePooling2D', 'pool', ['conv']],
      ['Dense', 'out', ['pool'], { units: 3, activation: 'softmax' }],
    ],
  ),
  5,
);
const expected = await runInTfjs(
  reference,
  Float32Array.from(pixels, (value) => value / 255),
  [2, size, size, 3],
);

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const typed = { T: { type: 'DT_FLOAT' } };
const constants = { w: 'conv/kernel', b: 'conv/bias', k: 'out/kernel', c: 'out/bias' } as const;
const node = (name: string, op: string, input: readonly string[], attr: object = typed): object => ({
  name,
  op,
  input,
  attr,
});
const convolution = {
  ...typed,
  strides: { list: { i: ['1', '2', '2', '1'] } },
  padding: { s: base64('SAME') },
  data_format: { s: base64('NHWC') },
  fused_ops: { list: { s: [base64('BiasAdd'), base64('Relu')] } },
  num_args: { i: '1' },
};
const image = {
  dtype: { type: 'DT_FLOAT' },
  shape: { shape: { dim: [-1, size, size, 3].map((side) => ({ size: String(side) })) } },
};

/** As tensorflowjs_converter writes them, out of order as its optimiser may leave them. */
const nodes: readonly object[] = [
  node('Identity', 'Identity', ['net/softmax']),
  node('pixels', 'Placeholder', [], image),
  node('net/conv', '_FusedConv2D', ['pixels', 'w', 'b'], convolution),
  ...[...Object.keys(constants), 'axes'].map((name) =>
    node(name, 'Const', [], { dtype: { type: name === 'axes' ? 'DT_INT32' : 'DT_FLOAT' } }),
  ),
  node('net/pool', 'Mean', ['net/conv:0', 'axes'], { ...typed, keep_dims: { b: false } }),
  node('net/product', 'MatMul', ['net/pool', 'k'], { ...typed, transpose_a: { b: false }, transpose_b: { b: false } }),
  node('net/sum', 'AddV2', ['net/product', 'c']),
  node('net/softmax', 'Softmax', ['net/sum']),
];

async function writeGraph(test: TestContext, changed: readonly object[] = nodes): Promise<string> {
  const folder = join(await freshFolder(test), 'flowers');
  await mkdir(folder, { recursive: true });
  const floats = Object.entries(constants).map(([name, weight]) => ({ name, ...reference.weights.get(weight)! }));
  const weights = [
    ...floats.map(({ name, shape }) => ({ name, shape, dtype: 'float32' })),
    { name: 'axes', shape: [2], dtype: 'int32' },
  ];
  const bytes = [...floats.map(({ data }) => new Uint8Array(data.buffer)), new Uint8Array(Int32Array.of(1, 2).buffer)];
  await writeFile(join(folder, 'group1-shard1of1.bin'), Buffer.concat(bytes));
  await writeFile(
    join(folder, 'model.json'),
    JSON.stringify({
      format: 'graph-model',
      modelTopology: { node: changed, versions: { producer: 1882 } },
      weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights }],
    }),
  );
  return folder;
}

const replaced = (name: string, ...by: readonly object[]): object[] =>
  nodes.flatMap((one) => ((one as { name: string }).name === name ? by : [one]));

async function install(
  path: string,
  format: ExternalFormat,
  modelsDir: string,
  scratch: string,
  runner: GraphRunner,
): Promise<{ model: ExternalModel; version: Version }> {
  const model = await understandExternal(path, format, scratch, { normalisation: 'unit' }, runner);
  return {
    model,
    version: await installExternal({ own: modelsDir }, model, {
      name: 'garden',
      labels,
      license: 'CC0-1.0',
      provenance: {},
    }),
  };
}

/** Probabilities of both images, as a server has its engine run them. */
async function serve(modelsDir: string, engineName: EngineName, cacheDir: string): Promise<number[]> {
  const store = createModelsDirectory({ own: modelsDir });
  const [version] = (await store.list()).versions;
  const {
    manifest: {
      backbone: { id, embeddingSize },
      preprocessing,
    },
    backboneDirectory: directory,
  } = version!;
  const engine = await createInThread({
    engine: engineName,
    device: 'cpu',
    threads: 1,
    cacheDir,
    warmupBatchSizes: [],
  });
  try {
    await engine.loadBackbone({ id, directory, embeddingSize, preprocessing });
    await engine.loadHead({ id: 'head', backboneId: id, model: await store.loadHead(version!), classes: 3 });
    const { logits } = await engine.run({ backboneId: id, pixels: pixels.slice(), count: 2, headIds: ['head'] });
    const values = logits.get('head')!;
    return [values.subarray(0, 3), values.subarray(3)].flatMap((row) => [...softmax(row)]);
  } finally {
    await engine.close();
  }
}

describe('a tfjs graph model that TensorFlow runs', () => {
  it('is distinguished from a layers model, and cut at its global pooling', async (test) => {
    const folder = await writeGraph(test);
    assert.deepEqual(
      [await detectModelFormat(folder), await detectModelFormat(join(folder, 'model.json'))],
      ['tfjs-graph', 'tfjs-graph'],
    );
    const { cutAt, embeddingSize, classes, givesProbabilities, preprocessing } = await understandGraph(
      folder,
      join(folder, '..', 'scratch'),
      { normalisation: 'inception' },
    );
    assert.deepEqual(
      { cutAt, embeddingSize, classes, givesProbabilities, width: preprocessing.width },
      { cutAt: 'net/pool', embeddingSize: 4, classes: 3, givesProbabilities: true, width: size },
    );
  });

  it(
    'gives the probabilities of the same network as layers, and travels in a bundle',
    { skip: withoutAddon },
    async (test) => {
      const folder = await writeGraph(test);
      const [modelsDir, scratch, bundle, other] = ['models', 'scratch', 'garden.taxon', 'other'].map((name) =>
        join(folder, '..', name),
      ) as [string, string, string, string];
      const { version } = await install(folder, 'tfjs-graph', modelsDir, scratch, 'tfjs');
      assert.ok(maxDifference(await serve(modelsDir, 'tfjs', scratch), expected) < 1e-5);
      await exportVersion({ own: modelsDir }, version, 'taxon', bundle);
      await importBundle({ own: other }, bundle);
      assert.ok(maxDifference(await serve(other, 'tfjs', scratch), expected) < 1e-5);
      await assert.rejects(exportVersion({ own: modelsDir }, version, 'onnx', join(folder, 'x.onnx')), {
        code: 'invalid_model',
        message: /kind graph.*export it as taxon/,
      });
      await assert.rejects(serve(modelsDir, 'onnx', scratch), {
        code: 'invalid_model',
        message: /start with ENGINE=tfjs, after npm run build:tfjs-native/,
      });
    },
  );

  it('is refused by name where it has no pooling, another input, a loop, or too few bytes', async (test) => {
    for (const [changed, message] of [
      [
        nodes.map((one) =>
          (one as { op: string }).op === 'MatMul'
            ? node('net/product', 'Erf', ['net/pool'])
            : (one as { op: string }).op === 'Mean'
              ? node('net/pool', 'Erf', ['net/conv'])
              : one,
        ),
        /no global pooling/,
      ],
      [
        replaced('pixels', node('pixels', 'Placeholder', [], { ...image, dtype: { type: 'DT_INT32' } })),
        /input pixels has shape \[-1, 32, 32, 3\] of DT_INT32/,
      ],
      [[...nodes, node('mask', 'Placeholder', [], image)], /has 2 inputs \(pixels, mask\)/],
      [replaced('net/sum', node('net/sum', 'AddV2', ['net/product', 'net/softmax'])), /waits for its own result/],
    ] as const)
      await assert.rejects(understandGraph(await writeGraph(test, changed), await freshFolder(test)), {
        code: 'invalid_model',
        message,
      });
    const folder = await writeGraph(test);
    await writeFile(join(folder, 'group1-shard1of1.bin'), 'short');
    await assert.rejects(understandGraph(folder, await freshFolder(test)), {
      code: 'invalid_model',
      message: /flowers: the shards end before constant w/,
    });
  });
});

describe('a TensorFlow graph that becomes ONNX', () => {
  it('gives the probabilities of the same network as layers, exports as ONNX and comes back', async (test) => {
    const folder = await writeGraph(test);
    const [modelsDir, scratch, file, other] = ['models', 'scratch', 'garden.onnx', 'other'].map((name) =>
      join(folder, '..', name),
    ) as [string, string, string, string];
    const { model, version } = await install(folder, 'tfjs-graph', modelsDir, scratch, 'onnx');
    assert.deepEqual(
      { kind: model.kind, embeddingSize: model.embeddingSize, givesProbabilities: model.givesProbabilities },
      { kind: 'onnx', embeddingSize: 4, givesProbabilities: true },
    );
    assert.ok(maxDifference(await serve(modelsDir, 'onnx', scratch), expected) < 1e-6);
    await exportVersion({ own: modelsDir }, version, 'onnx', file);
    const back = await understandExternal(file, 'onnx', other);
    assert.deepEqual(back.labels, labels);
  });

  it('gives what TensorFlow gave for a SavedModel that Keras exported', async (test) => {
    const folder = await freshFolder(test);
    const [modelsDir, scratch] = [join(folder, 'models'), join(folder, 'scratch')];
    const { model } = await install(savedModel, 'saved-model', modelsDir, scratch, 'onnx');
    assert.equal(model.kind, 'onnx');
    const { probabilities } = JSON.parse(await readFile(`${savedModel}.json`, 'utf8')) as { probabilities: number[] };
    assert.ok(maxDifference(await serve(modelsDir, 'onnx', folder), probabilities) < 1e-6);
  });

  it('is refused with the operation and the way round where it has one that is not known', async (test) => {
    const changed = replaced('net/sum', node('net/sum', 'Bessel', ['net/product']));
    await assert.rejects(understandExternal(await writeGraph(test, changed), 'tfjs-graph', await freshFolder(test)), {
      code: 'invalid_model',
      message: /flowers: node net\/sum is a Bessel, an operation that Taxon does not convert: .*tf2onnx.*ENGINE=tfjs/,
    });
  });
});

describe('a SavedModel that TensorFlow runs', () => {
  it('is known by its folder and its file, and read by its signature', async (test) => {
    assert.deepEqual(
      [await detectModelFormat(savedModel), await detectModelFormat(join(savedModel, 'saved_model.pb'))],
      ['saved-model', 'saved-model'],
    );
    const { classes, preprocessing, backboneId } = await understandSavedModel(
      savedModel,
      await freshFolder(test),
      { normalisation: 'unit' },
      true,
    );
    assert.deepEqual({ classes, height: preprocessing.height }, { classes: 3, height: size });
    await assert.rejects(compileBackbone(backboneId, savedModel, preprocessing, 'unused'), { code: 'invalid_model' });
  });

  it('gives the probabilities that TensorFlow gives', { skip: withoutAddon }, async (test) => {
    const folder = await freshFolder(test);
    const { model } = await install(savedModel, 'saved-model', join(folder, 'models'), join(folder, 'scratch'), 'tfjs');
    assert.ok(model.givesProbabilities);
    const { probabilities } = JSON.parse(await readFile(`${savedModel}.json`, 'utf8')) as { probabilities: number[] };
    assert.ok(maxDifference(await serve(join(folder, 'models'), 'tfjs', folder), probabilities) < 1e-5);
  });

  it('is refused by name when it is damaged, fixed to another size, or has an operation that TensorFlow does not know', async (test) => {
    const folder = await freshFolder(test);
    const copy = join(folder, 'copy');
    await cp(savedModel, copy, { recursive: true });
    await assert.rejects(understandSavedModel(copy, join(folder, 'a'), { size: 64, normalisation: 'unit' }, true), {
      code: 'invalid_model',
      message: /fixed to 32 × 32/,
    });
    if (!withoutAddon) {
      const graph = await readFile(join(copy, 'saved_model.pb'), 'latin1');
      await writeFile(join(copy, 'saved_model.pb'), graph.replaceAll('Conv2D', 'Conv2X'), 'latin1');
      await assert.rejects(
        understandExternal(copy, 'saved-model', join(folder, 'b'), { normalisation: 'unit' }, 'tfjs'),
        {
          code: 'invalid_model',
          message: /copy cannot be loaded by TensorFlow: .*Conv2X/,
        },
      );
    }
    await writeFile(join(copy, 'saved_model.pb'), 'no protobuf at all');
    await assert.rejects(understandSavedModel(copy, join(folder, 'c'), {}, true), {
      code: 'invalid_model',
      message: /saved_model\.pb (cannot be read|holds no graph)/,
    });
  });

  it(
    'says how to build the engine where it is absent',
    { skip: !withoutAddon && 'the tfjs engine is here' },
    async (test) => {
      await assert.rejects(
        understandExternal(savedModel, 'saved-model', await freshFolder(test), { normalisation: 'unit' }, 'tfjs'),
        {
          code: 'engine_unavailable',
          message: /can only be run by the tfjs engine.*npm run build:tfjs-native/,
        },
      );
    },
  );
});
