// Model files that must not be trusted, given to the real command: one sentence each, exit code 1, and nothing installed.
import assert from 'node:assert/strict';
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { writeKerasHdf5 } from '../../src/formats/keras/writeHdf5.js';
import { writeLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import type { LayersModel, Weight } from '../../src/formats/layersModel.js';
import { fillWithRandom, sketchTopology, type LayerSketch } from '../support/reference.js';
import { runTaxon } from '../support/taxon.js';
import { publishTinyModel } from '../support/tinyModel.js';
import { claimSize, escapeFolder, zipOf } from '../support/zips.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-refusals-'));
after(() => rm(folder, { recursive: true, force: true }));
const modelsDir = join(folder, 'models');
const at = (name: string): string => join(folder, name);
await publishTinyModel(modelsDir, 'here-before', ['a', 'b']);
const listing = async (): Promise<string[]> => (await readdir(modelsDir, { recursive: true })).sort();
const before = await listing();
await writeFile(at('labels.txt'), 'a\nb\nc\n');

/** Runs the command, which must refuse in one line that names `file` and matches every pattern. */
async function refuses(args: readonly string[], file: string, ...patterns: readonly RegExp[]): Promise<void> {
  const { status, stderr } = runTaxon(modelsDir, ...args);
  assert.equal(status, 1, stderr);
  assert.match(stderr, /^[^\n]+\n$/, 'one line');
  for (const pattern of [new RegExp(file.replaceAll('.', '\\.')), ...patterns]) assert.match(stderr, pattern);
  assert.deepEqual(await listing(), before);
}
const refusesImport = (file: string, ...patterns: readonly RegExp[]): Promise<void> =>
  refuses(['import', at(file), '-l', at('labels.txt'), '-p', 'unit'], file, ...patterns);

const layers: readonly LayerSketch[] = [
  ['Conv2D', 'conv', ['input'], { filters: 5, kernel_size: [3, 3] }],
  ['GlobalAveragePooling2D', 'pool', ['conv']],
  ['Dense', 'predictions', ['pool'], { units: 3, activation: 'softmax' }],
];
const model = await fillWithRandom(sketchTopology([32, 32, 3], layers), 5);
const withWeight = (name: string, weight: Weight | undefined): LayersModel => {
  const weights = new Map(model.weights);
  if (weight) weights.set(name, weight);
  else weights.delete(name);
  return { ...model, weights };
};

describe('taxon import of a zip', () => {
  it('with names that lead out of it is refused, as .keras and as .taxon', async () => {
    const bytes = await zipOf({ 'config.json': '{}', 'aa/evil.txt': 'gotcha' });
    for (const name of ['evil.keras', 'evil.taxon']) {
      await writeFile(at(name), escapeFolder(bytes, 'aa'));
      await refusesImport(name, /invalid relative path: \.\.\/evil\.txt/, /save or download it again/);
    }
  });

  it('that claims more than it can hold, or would unpack to hundreds of times its size, is refused before it is unpacked', async () => {
    const small = await zipOf({
      'config.json': '{}',
      'model.weights.h5': Buffer.alloc(100_000),
      'manifest.json': '{}',
    });
    const bomb = await zipOf({
      'config.json': '{}',
      'model.weights.h5': Buffer.alloc(100_000_000),
      'manifest.json': '{}',
    });
    for (const ending of ['keras', 'taxon']) {
      await writeFile(at(`claim.${ending}`), claimSize(small, 'model.weights.h5', 4_200_000_000));
      await refusesImport(`claim.${ending}`, /claims to unpack to 4200\d+, which no model does; save/);
      await writeFile(at(`bomb.${ending}`), bomb);
      await refusesImport(`bomb.${ending}`, /claims to unpack to 10000\d+/);
    }
  });

  it('that lacks a part or is cut off is refused', async () => {
    await writeFile(at('empty.keras'), await zipOf({ 'metadata.json': '{}' }));
    await refusesImport('empty.keras', /has no config\.json/);
    await writeFile(at('cut.keras'), (await readFile('test/fixtures/keras/tutorial.keras')).subarray(0, 20_000));
    await refusesImport('cut.keras', /cannot be read as a zip file/);
  });
});

describe('taxon import of a Keras HDF5 file', () => {
  it('that is cut off is refused', async () => {
    await writeFile(at('cut.h5'), (await readFile('test/fixtures/keras/tutorial.h5')).subarray(0, 20_000));
    await refusesImport('cut.h5', /damaged|incomplete/);
  });

  it('without a weight, or with one of another shape, is refused by layer', async () => {
    await writeKerasHdf5(at('lacking.h5'), withWeight('predictions/kernel', undefined));
    await refusesImport('lacking.h5', /layer predictions \(Dense\).*kernel is missing.*; save the model again/);
    await writeKerasHdf5(
      at('unfit.h5'),
      withWeight('conv/kernel', { shape: [3, 3, 3, 4], data: new Float32Array(108) }),
    );
    await refusesImport('unfit.h5', /layer conv \(Conv2D\).*has shape \[3, 3, 3, 4\]; expected \[3, 3, 3, 5\]: save/);
  });

  it('with a weight larger than the file is refused', async () => {
    await writeKerasHdf5(at('huge.h5'), model);
    const bytes = await readFile(at('huge.h5'));
    // The dimensions 5 and 3 of predictions/kernel, as HDF5 stores them, become 5 and a billion.
    const [five, three, billion] = [5n, 3n, 1_000_000_000n].map((side) => Buffer.from(BigUint64Array.of(side).buffer));
    const place = bytes.indexOf(Buffer.concat([five!, three!]));
    assert.ok(place > 0);
    bytes.set(billion!, place + 8);
    await writeFile(at('huge.h5'), bytes);
    await refusesImport('huge.h5', /damaged or incomplete; save or download it again/);
  });
});

const twoInputs = sketchTopology(
  [32, 32, 3],
  [
    ['InputLayer', 'other', [], { batch_input_shape: [null, 32, 32, 3] }],
    ['Add', 'sum', ['input', 'other']],
    ['Conv2D', 'conv', ['sum'], { filters: 5, kernel_size: [3, 3] }],
    ...layers.slice(1),
  ],
);
const undivided: readonly LayerSketch[] = [
  ['Conv2D', 'conv', ['input'], { filters: 3, kernel_size: [32, 32] }],
  ['Flatten', 'flatten', ['conv']],
  ['Activation', 'predictions', ['flatten'], { activation: 'softmax' }],
];
const ofThousand: readonly LayerSketch[] = [
  ...layers.slice(0, 2),
  ['Dense', 'predictions', ['pool'], { units: 1000, activation: 'softmax' }],
];

describe('taxon import of a model that Taxon cannot serve', () => {
  it('is refused for two inputs, for no place to be cut at, and for a wrong number of labels', async () => {
    await writeKerasHdf5(at('twins.h5'), { ...model, topology: twoInputs });
    await refusesImport('twins.h5', /expected one InputLayer, found input, other; save a model that takes one image/);
    await writeKerasHdf5(at('undivided.h5'), await fillWithRandom(sketchTopology([32, 32, 3], undivided), 5));
    await refusesImport('undivided.h5', /no global pooling layer/, /let it end in a Dense layer/);
    await writeKerasHdf5(at('thousand.h5'), await fillWithRandom(sketchTopology([32, 32, 3], ofThousand), 5));
    await writeFile(at('999.txt'), Array.from({ length: 999 }, (_, i) => `class ${i}`).join('\n'));
    await refuses(
      ['import', at('thousand.h5'), '-p', 'unit', '-l', at('999.txt')],
      '999 labels',
      /1000 outputs/,
      /one label per line/,
    );
    await refuses(['import', at('thousand.h5'), '-p', 'unit'], '1000 outputs', /--labels/);
    await refuses(['import', at('thousand.h5'), '-p', 'unit', '-l', at('nowhere.txt')], 'nowhere.txt');
  });

  it('is refused for a shard that is missing or short', async () => {
    await mkdir(at('web'));
    await writeLayersModel(at('web'), model);
    await cp(at('web'), at('short'), { recursive: true });
    await writeFile(join(at('short'), 'group1-shard1of1.bin'), 'short');
    await refusesImport('short', /the shards hold 5 bytes/);
    await rm(join(at('web'), 'group1-shard1of1.bin'));
    await refusesImport('web', /group1-shard1of1\.bin/);
  });
});

describe('taxon pull --from', () => {
  it('refuses a file with another checksum, naming both', async () => {
    await copyFile('test/fixtures/keras/tutorial.h5', at('weights.h5'));
    await refuses(
      ['pull', 'inception-v3', '--from', at('weights.h5')],
      'weights.h5',
      /MD5 [0-9a-f]{32}; Keras publishes 9a0d58056eeedaa3f26cb7ebd46da564/,
      /nothing was installed/,
    );
    await refuses(['pull', 'inception-v3', '--from', at('nowhere.h5')], 'nowhere.h5');
  });
});
