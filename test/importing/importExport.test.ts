import assert from 'node:assert/strict';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { exportVersion, type ExportFormat } from '../../src/models/exportModel.js';
import { detectModelFormat, readLayersFile, type LayersFormat } from '../../src/importing/modelFormat.js';
import { installLayers, understandLayers } from '../../src/importing/layersImport.js';
import { importBundle } from '../../src/models/bundle.js';
import { readKerasTopology } from '../../src/formats/keras/topology.js';
import { orderWeights } from '../../src/formats/keras/variables.js';
import { readStatement, statedByOwn } from '../../src/importing/ownExports.js';
import { readLabels } from '../../src/importing/labels.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import type { Version } from '../../src/models/versions.js';
import { freshFolder } from '../support/folder.js';
import { runPixels } from '../support/onnxRun.js';
import { fillWithRandom, maxDifference, runInTfjs, sketchTopology } from '../support/reference.js';

const model = await fillWithRandom(
  sketchTopology(
    [40, 40, 3],
    [
      ['Conv2D', 'b_conv', ['input'], { filters: 5, kernel_size: [3, 3], use_bias: false }],
      ['BatchNormalization', 'a_norm', ['b_conv'], {}],
      ['DepthwiseConv2D', 'depthwise', ['a_norm'], { kernel_size: [3, 3], padding: 'same' }],
      ['Add', 'sum', ['a_norm', 'depthwise']],
      ['GlobalAveragePooling2D', 'pool', ['sum']],
      ['Dense', 'predictions', ['pool'], { units: 3, activation: 'softmax' }],
    ],
  ),
  5,
);
/** The same with classes that do not exclude one another. */
const multiLabel: LayersModel = {
  ...model,
  topology: {
    ...model.topology,
    layers: model.topology.layers.map((layer) =>
      layer.name === 'predictions' ? { ...layer, config: { ...layer.config, activation: 'sigmoid' } } : layer,
    ),
  },
};
const install = (modelsDir: string, given: LayersModel = model, labels = ['rose', 'tulip', 'weed']): Promise<Version> =>
  installLayers({ own: modelsDir }, understandLayers(given, { normalisation: 'unit' }), {
    name: 'garden',
    labels,
    license: 'CC0-1.0',
    provenance: {},
  });

/** As `taxon import` without a word on pixels, labels and terms. */
async function reimportSilently(modelsDir: string, path: string): Promise<Version> {
  const format = (await detectModelFormat(path)) as LayersFormat;
  const own = (await readStatement(path, format))!;
  const understood = understandLayers(await readLayersFile(path, format), {}, statedByOwn(own));
  const { labels, license, thresholds } = own;
  return installLayers(
    { own: modelsDir },
    { ...understood, thresholds },
    { name: 'garden', labels, license, provenance: {} },
  );
}

async function reimport(modelsDir: string, path: string): Promise<Version> {
  const format = await detectModelFormat(path);
  return format === 'taxon'
    ? importBundle({ own: modelsDir }, path)
    : install(modelsDir, await readLayersFile(path, format as LayersFormat));
}

async function exported(
  test: TestContext,
  format: ExportFormat,
  given = model,
): Promise<{ folder: string; version: Version; path: string }> {
  const folder = await freshFolder(test);
  const version = await install(join(folder, 'models'), given);
  const path = join(folder, `out.${format}`);
  await exportVersion({ own: join(folder, 'models') }, version, format, path);
  return { folder, version, path };
}

describe('a model that goes out and comes back', () => {
  const sources = [
    ['drawn here', async () => model],
    ['drawn here, of classes that do not exclude one another', async () => multiLabel],
    ['saved by Keras as .h5', () => readLayersFile('test/fixtures/keras/tutorial.h5', 'keras-hdf5')],
    [
      'saved by Keras as .keras, with a model as a layer',
      () => readLayersFile('test/fixtures/keras/nested.keras', 'keras'),
    ],
  ] as const;
  for (const format of ['tfjs', 'h5', 'keras', 'taxon'] as const)
    for (const [origin, read] of sources) {
      it(`as ${format} is the same to the last byte, ${origin}`, async (test) => {
        const { folder, version, path } = await exported(test, format, await read());
        const again = await reimport(join(folder, 'other'), path);
        for (const name of Object.keys(version.manifest.files))
          assert.deepEqual(
            await readFile(join(again.directory, name)),
            await readFile(join(version.directory, name)),
            name,
          );
        assert.deepEqual(again.manifest.backbone, version.manifest.backbone);
        assert.equal(again.manifest.activation, version.manifest.activation);
      });
    }

  for (const format of ['tfjs', 'h5', 'keras'] as const)
    it(`as ${format} states its pixels, labels and license, so that nothing is asked`, async (test) => {
      const { folder, version, path } = await exported(test, format, multiLabel);
      const { manifest } = await reimportSilently(join(folder, 'other'), path);
      const { labels, license, preprocessing, backbone, thresholds } = version.manifest;
      assert.deepEqual(
        [manifest.labels, manifest.license, manifest.preprocessing, manifest.backbone, manifest.thresholds],
        [labels, license, preprocessing, backbone, thresholds],
      );
    });

  it('but refuses a statement that somebody damaged, and takes a file of others for what it is', async (test) => {
    const { path } = await exported(test, 'tfjs');
    const file = join(path, 'model.json');
    const json = JSON.parse(await readFile(file, 'utf8')) as { userDefinedMetadata?: { taxon: { labels: unknown } } };
    json.userDefinedMetadata!.taxon.labels = 'rose';
    await writeFile(file, JSON.stringify(json));
    await assert.rejects(readStatement(path, 'tfjs-layers'), {
      code: 'invalid_model',
      message: /what it states of itself.*labels/s,
    });
    assert.equal(await readStatement('test/fixtures/keras/tutorial.h5', 'keras-hdf5'), undefined);
    assert.equal(await readStatement('test/fixtures/keras/nested.keras', 'keras'), undefined);
  });

  it('as keras says in the words of Keras 3 what Keras 2 wrote otherwise', async (test) => {
    const layers = model.topology.layers.map((layer) =>
      layer.className === 'BatchNormalization' ? { ...layer, config: { ...layer.config, axis: [3] } } : layer,
    );
    const { folder, version, path } = await exported(test, 'keras', {
      ...model,
      topology: { ...model.topology, layers },
    });
    const { topology } = await readLayersFile(path, 'keras');
    assert.equal(topology.layers.find(({ name }) => name === 'a_norm')!.config['axis'], 3);
    assert.deepEqual((await reimport(join(folder, 'other'), path)).manifest.backbone, version.manifest.backbone);
  });

  for (const given of [model, multiLabel])
    it(`as onnx takes bytes and gives the probabilities, ${given === model ? 'of one class of several' : 'of each class by itself'}`, async (test) => {
      const { path, version } = await exported(test, 'onnx', given);
      assert.equal(version.manifest.activation, given === model ? undefined : 'sigmoid');
      const pixels = Uint8Array.from({ length: 40 * 40 * 3 }, (_, i) => (i * 37) % 256);
      const expected = await runInTfjs(
        given,
        Float32Array.from(pixels, (value) => value / 255),
        [1, 40, 40, 3],
      );
      assert.ok(maxDifference(await runPixels(await readFile(path), pixels, [1, 40, 40, 3]), expected) < 1e-5);
    });
});

describe('an import', () => {
  it('refuses a damaged HDF5 file, and a file of another kind, by name', async (test) => {
    const { folder, path } = await exported(test, 'h5');
    await truncate(path, 5000);
    await assert.rejects(readLayersFile(path, 'keras-hdf5'), {
      code: 'invalid_model',
      message: /out\.h5 cannot be read/,
    });
    await writeFile(join(folder, 'notes.h5'), 'these are notes');
    await assert.rejects(detectModelFormat(join(folder, 'notes.h5')), {
      code: 'invalid_model',
      message: /notes\.h5 is none of the formats/,
    });
  });

  it('refuses too few labels and a missing weight, and installs nothing', async (test) => {
    const folder = await freshFolder(test);
    await assert.rejects(install(folder, model, ['rose', 'weed']), {
      code: 'invalid_model',
      message: /2 labels were given, but the model has 3 outputs/,
    });
    const without = {
      ...model,
      weights: new Map([...model.weights].filter(([name]) => name !== 'a_norm/moving_mean')),
    };
    assert.throws(() => understandLayers(without, { normalisation: 'unit' }), {
      code: 'invalid_model',
      message: /a_norm\/moving_mean is missing/,
    });
  });

  it('of a Keras 3 file without layer names finds weights by class and number, and refuses what cannot be distinguished that way', async () => {
    const [named, unnamed] = await Promise.all(
      ['tutorial', 'tutorial-unnamed'].map((name) => readLayersFile(`test/fixtures/keras/${name}.keras`, 'keras')),
    );
    assert.deepEqual(orderWeights(unnamed!), orderWeights(named!));
    const nested = readLayersFile('test/fixtures/keras/nested-unnamed.keras', 'keras');
    await assert.rejects(nested, {
      code: 'invalid_model',
      message: /nested-unnamed\.keras: .*functional.* model used as a layer .*save the model again/,
    });
  });

  it('reads labels one per line, as a list, and as the class index of Keras, where equal ones are distinguished', async (test) => {
    const folder = await freshFolder(test);
    const path = join(folder, 'labels');
    for (const [text, labels] of [
      ['rose\r\n weed \n\n', ['rose', 'weed']],
      ['["rose", "weed"]', ['rose', 'weed']],
      ['{"1": ["n2", "crane"], "0": ["n1", "crane"]}', ['crane (0)', 'crane (1)']],
    ] as const) {
      await writeFile(path, text);
      assert.deepEqual(await readLabels(path), labels);
    }
  });
});

describe('a Keras 3 topology', () => {
  const tensor = (name: string): unknown => ({
    class_name: '__keras_tensor__',
    config: { keras_history: [name, 0, 0] },
  });
  const layer = (
    class_name: string,
    name: string,
    inputs: readonly string[],
    config: Record<string, unknown> = {},
  ): unknown => ({
    class_name,
    name,
    config: { name, ...config },
    inbound_nodes: inputs.length === 0 ? [] : [{ args: inputs.map(tensor), kwargs: {} }],
  });
  const functional = (
    name: string,
    layers: readonly unknown[],
    input: string,
    output: string,
  ): Record<string, unknown> => ({
    class_name: 'Functional',
    config: { name, layers, input_layers: [input, 0, 0], output_layers: [output, 0, 0] },
  });

  it('opens models used as layers and drops augmentation', () => {
    const inner = functional(
      'base',
      [layer('InputLayer', 'inner_in', []), layer('ReLU', 'act', ['inner_in'])],
      'inner_in',
      'act',
    );
    const outer = functional(
      'whole',
      [
        layer('InputLayer', 'in', [], { batch_shape: [null, 32, 32, 3] }),
        layer('RandomFlip', 'flip', ['in']),
        { ...inner, name: 'base', inbound_nodes: [{ args: [tensor('flip')], kwargs: { training: false } }] },
        layer('GlobalAveragePooling2D', 'pool', ['base']),
      ],
      'in',
      'pool',
    );
    const { layers, output } = readKerasTopology(outer, 'test');
    assert.deepEqual(
      layers.map(({ name, inputs }) => [name, ...inputs]),
      [['in'], ['act', 'in'], ['pool', 'act']],
    );
    assert.equal(output, 'pool');
  });

  it('refuses Python code in a Lambda by name', () => {
    const lambda = functional('m', [layer('InputLayer', 'in', []), layer('Lambda', 'magic', ['in'])], 'in', 'magic');
    assert.throws(() => readKerasTopology(lambda, 'test'), {
      code: 'invalid_model',
      message: /magic.*Lambda.*Python code/,
    });
  });
});
