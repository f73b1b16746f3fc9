// A version as a .tflite file: what phone libraries find in it, what it answers, and when int8 is refused.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { loadedIdOf } from '../../src/engines/engine.js';
import { cutAtGlobalPooling } from '../../src/formats/globalPoolingCut.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import { writeLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import { openZip } from '../../src/formats/zipEntries.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';
import { backboneId } from '../../src/models/backboneId.js';
import { keepActivationRanges } from '../../src/models/backboneRanges.js';
import { compileBackboneBytes } from '../../src/models/compileBackbone.js';
import { exportVersion, type ExportFormat } from '../../src/models/exportModel.js';
import { listVersions, publishVersion, replaceMetrics, type Version } from '../../src/models/versions.js';
import type { ActivationRanges } from '../../src/quantization/activationRanges.js';
import { exportChecked } from '../../src/serving/checkedExport.js';
import { measureActivationRanges } from '../../src/training/backboneRanges.js';
import { runPixels } from '../support/onnxRun.js';
import { createRandom, fillWithRandom, maxDifference, sketchTopology, type LayerSketch } from '../support/reference.js';
import { readFlat, readTflite, runTflite } from '../support/tfliteRun.js';

const side = 32;
const preprocessing: Preprocessing = { ...inceptionPreprocessing, height: side, width: side };
const labels = ['rose', 'tulip', 'weed\nor grass', 'Löwenzahn'];
const temperature = 2;
const folder = await mkdtemp(join(tmpdir(), 'taxon-tflite-'));
after(() => rm(folder, { recursive: true, force: true }));
const dirs = { own: join(folder, 'models') };

function drawPixels(seed: number): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: side * side * 3 }, () => Math.floor(random() * 256));
}

/** A stem, two inverted residuals and a last convolution, as MobileNet-V2 has them. */
function mobileNet(): readonly LayerSketch[] {
  const norm = (from: string): LayerSketch[] => [
    ['BatchNormalization', `${from}_norm`, [from], {}],
    ['ReLU', `${from}_relu`, [`${from}_norm`], { max_value: 6 }],
  ];
  const point = (name: string, from: string, filters: number): LayerSketch => [
    'Conv2D',
    name,
    [from],
    { filters, kernel_size: [1, 1], use_bias: false },
  ];
  const depthwise = (name: string, from: string): LayerSketch => [
    'DepthwiseConv2D',
    name,
    [from],
    { kernel_size: [3, 3], padding: 'same', use_bias: false },
  ];
  const block = (name: string, from: string): LayerSketch[] => [
    point(`${name}_expand`, from, 24),
    ...norm(`${name}_expand`),
    depthwise(`${name}_depth`, `${name}_expand_relu`),
    ...norm(`${name}_depth`),
    point(`${name}_project`, `${name}_depth_relu`, 8),
    ['BatchNormalization', `${name}_project_norm`, [`${name}_project`], {}],
    ['Add', name, [from, `${name}_project_norm`]],
  ];
  return [
    ['Conv2D', 'stem', ['input'], { filters: 8, kernel_size: [3, 3], strides: [2, 2], use_bias: false }],
    ...norm('stem'),
    ...block('one', 'stem_relu'),
    ...block('two', 'one'),
    point('last', 'two', 32),
    ...norm('last'),
    ['GlobalAveragePooling2D', 'pool', ['last_relu']],
    ['Dense', 'predictions', ['pool'], { units: labels.length, activation: 'softmax' }],
  ];
}

async function publish(model: LayersModel, name: string): Promise<Version> {
  const draft = {
    name,
    layout: 'full' as const,
    labels,
    preprocessing,
    backbone: {
      id: backboneId(cutAtGlobalPooling(model).backbone, preprocessing),
      architecture: 'sketch',
      embeddingSize: 32,
    },
    temperature,
    metrics: {},
    provenance: {},
    license: 'CC0-1.0',
  };
  return publishVersion(dirs, draft, (directory) => writeLayersModel(directory, model));
}

async function write(version: Version, format: ExportFormat): Promise<{ path: string; bytes: Uint8Array }> {
  const path = join(folder, `${version.manifest.name}.${format}`);
  await rm(path, { force: true });
  await exportChecked(dirs, version, format, path);
  return { path, bytes: await readFile(path) };
}

let version: Version;
let onnx: Uint8Array;
before(async () => {
  const model = await fillWithRandom(sketchTopology([side, side, 3], mobileNet()), 11);
  version = await publish(model, 'garden');
  await exportVersion(dirs, version, 'onnx', join(folder, 'garden.onnx'));
  onnx = await readFile(join(folder, 'garden.onnx'));
});

const expected = (pixels: Uint8Array): Promise<Float32Array> => runPixels(onnx, pixels, [1, side, side, 3]);

describe('a version as tflite', () => {
  it('takes floats from 0 to 255 and gives the calibrated probabilities that the onnx export gives', async () => {
    const { bytes } = await write(version, 'tflite');
    const model = readTflite(bytes);
    const [input, output] = [model.tensors[model.input]!, model.tensors[model.output]!];
    assert.deepEqual([input.name, input.type, input.shape], ['image', 'float32', [1, side, side, 3]]);
    assert.deepEqual([output.name, output.shape], ['probabilities', [1, labels.length]]);
    for (const seed of [1, 2, 3]) {
      const pixels = drawPixels(seed);
      assert.ok(maxDifference(await runTflite(model, pixels), await expected(pixels)) < 1e-5);
    }
  });

  it('says in its metadata what phone libraries need, and has the labels behind it', async () => {
    const { path, bytes } = await write(version, 'tflite');
    const metadata = readFlat(readTflite(bytes).metadata.get('TFLITE_METADATA')!, 'M001');
    assert.deepEqual([metadata.text(0), metadata.text(2), metadata.text(5)], ['garden', '1', 'CC0-1.0']);
    const [subgraph] = metadata.tables(3);
    const [image, probability] = [subgraph!.tables(2)[0]!, subgraph!.tables(3)[0]!];
    const normalization = image.tables(4)[0]!.table(1)!;
    assert.deepEqual([normalization.float32s(0), normalization.float32s(1)], [[0], [1]]);
    assert.equal(probability.tables(6)[0]!.text(0), 'labels.txt');
    const zip = await openZip(path);
    const read = async (name: string): Promise<string> => text(await zip.open(name));
    assert.equal(await read('labels.txt'), 'rose\ntulip\nweed or grass\nLöwenzahn\n');
    const details = JSON.parse(await read('taxon.json')) as Record<string, unknown>;
    zip.close();
    assert.equal(details['temperature'], temperature);
    assert.deepEqual(details['preprocessing'], preprocessing);
    assert.deepEqual(details['labels'], labels);
  });

  it('is the same file each time', async () => {
    assert.deepEqual((await write(version, 'tflite')).bytes, (await write(version, 'tflite')).bytes);
  });

  it('takes half the place for its weights as tflite-float16', async () => {
    const { path, bytes } = await write(version, 'tflite-float16');
    const { size } = await stat((await write(version, 'tflite')).path);
    assert.ok((await stat(path)).size < size);
    const pixels = drawPixels(4);
    assert.ok(maxDifference(await runTflite(readTflite(bytes), pixels), await expected(pixels)) < 1e-2);
  });
});

describe('a version as tflite-int8', () => {
  let ranges: ActivationRanges;
  const check = (agreement: number) => ({
    precisions: [
      {
        engine: 'onnx',
        precision: 'int8',
        backbone: loadedIdOf({ id: version.manifest.backbone.id, reduced: { precision: 'int8', ranges } }),
        images: 100,
        agreement,
        explainedVariance: 0.99,
      },
    ],
  });
  const again = async (): Promise<Version> => (await listVersions(dirs)).versions.at(-1)!;

  it('is refused before anything is known of it in int8', () =>
    assert.rejects(write(version, 'tflite-int8'), {
      code: 'invalid_model',
      message: /never compared.*taxon quantize/,
    }));

  it('is refused where the gate of precisions did not let it through', async () => {
    async function* images(): AsyncGenerator<Uint8Array> {
      for (let seed = 20; seed < 40; seed++) yield drawPixels(seed);
    }
    const backbone = { ...version.manifest.backbone, directory: version.directory, preprocessing };
    ranges = await measureActivationRanges(backbone, join(folder, 'cache'), images(), { threads: 1 });
    await keepActivationRanges(dirs, ranges, [version]);
    await replaceMetrics(version.directory, check(0.9));
    await assert.rejects(write(await again(), 'tflite-int8'), { code: 'invalid_model', message: /90 %.*too little/ });
  });

  it('computes the backbone in integers, from bytes, as the int8 graph of the server rounds it', async () => {
    await replaceMetrics(version.directory, check(1));
    const { bytes } = await write(await again(), 'tflite-int8');
    const model = readTflite(bytes);
    assert.equal(model.tensors[model.input]!.type, 'uint8');
    const convolutions = model.operators.filter(({ name }) => name.includes('CONV_2D'));
    assert.equal(convolutions.length, 8);
    for (const { inputs, outputs } of convolutions)
      assert.deepEqual(
        [inputs[0]!, inputs[1]!, inputs[2]!, outputs[0]!].map((tensor) => model.tensors[tensor]!.type),
        ['int8', 'int8', 'int32', 'int8'],
      );
    const int8 = { ranges, pixels: 'bytes' as const };
    const { directory, manifest } = version;
    const backbone = await compileBackboneBytes(manifest.backbone.id, directory, preprocessing, { int8 });
    for (const seed of [1, 2, 3]) {
      const pixels = drawPixels(seed);
      const [found, exact] = [await runTflite(model, pixels), await expected(pixels)];
      assert.ok(maxDifference(found, exact) < 0.05, `${maxDifference(found, exact)}`);
      assert.ok(maxDifference(found, exact) > 1e-6, 'it was computed in floats');
      // As it is written: without the optimiser that replaces its roundings by integer kernels.
      const embedding = await runPixels(backbone, pixels, [1, side, side, 3], 'disabled');
      const pooled = await runTflite({ ...model, output: embeddingTensor(model) }, pixels);
      const spread = Math.max(...embedding.map(Math.abs));
      assert.ok(maxDifference(pooled, embedding) < 0.02 * spread, `${maxDifference(pooled, embedding) / spread}`);
    }
  });
});

/** What the head reads. */
const embeddingTensor = ({ operators }: ReturnType<typeof readTflite>): number =>
  operators.findLast(({ name }) => name === 'FULLY_CONNECTED')!.inputs[0]!;
