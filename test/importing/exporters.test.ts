import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { cutAtGlobalPooling } from '../../src/formats/globalPoolingCut.js';
import { readKerasTopology } from '../../src/formats/keras/topology.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import { compileHead, compilePixels } from '../../src/formats/onnx/compiler/compile.js';
import { writeLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import { understandLayers, type UnderstoodLayers } from '../../src/importing/layersImport.js';
import { unpackModel } from '../../src/importing/modelArchive.js';
import { detectModelFormat, readLayersFile, type LayersFormat } from '../../src/importing/modelFormat.js';
import { normalisationNames } from '../../src/importing/architectures.js';
import { statedByTeachableMachine } from '../../src/importing/statedPixels.js';
import { backboneId } from '../../src/models/backboneId.js';
import { readBackbone } from '../../src/models/modelParts.js';
import { softmax } from '../../src/softmax.js';
import { freshFolder } from '../support/folder.js';
import { runEmbedding, runPixels } from '../support/onnxRun.js';
import { fillWithRandom, maxDifference, runInTfjs, sketchTopology, type LayerSketch } from '../support/reference.js';
import { zipOf } from '../support/zips.js';
import { randomPixels } from './sketchOnnx.js';

/** Probabilities as a server has them: of the head on what the backbone gives. */
async function probabilitiesOf(
  { model, preprocessing, embeddingSize, classes }: UnderstoodLayers,
  pixels: Uint8Array,
  count: number,
): Promise<number[]> {
  const { backbone, head } = cutAtGlobalPooling(model);
  const { height, width } = preprocessing;
  const compiled = compilePixels(backbone, preprocessing, 'embedding').bytes;
  const embeddings = await runPixels(compiled, pixels, [count, height, width, 3]);
  const logits = await runEmbedding(compileHead(head, embeddingSize).bytes, embeddings, [count, embeddingSize]);
  return Array.from({ length: count }, (_, i) => [...softmax(logits.subarray(i * classes, (i + 1) * classes))]).flat();
}

const expectedSchema = z.object({
  size: z.int(),
  images: z.int(),
  preprocess: z.enum(normalisationNames).nullable(),
  probabilities: z.array(z.number()),
});

describe('a model as its program saved it (bench/oracle/make_imports.py)', () => {
  for (const file of [
    'keras2-preprocess-caffe/model.h5',
    'keras3-preprocess-torch/model.keras',
    'keras3-preprocess-torch/model.h5',
    'newer-layers/model.keras',
    'newer-layers/model.h5',
    'teachable-machine/converted_keras.zip',
    'teachable-machine/tm-my-image-model.zip',
  ])
    it(`gives that program's probabilities: ${file}`, async (test) => {
      const path = join('test/fixtures/imports', file);
      const format = await detectModelFormat(path);
      const inside = format === 'archive' ? await unpackModel(path, await freshFolder(test)) : path;
      const model = await readLayersFile(inside, (await detectModelFormat(inside)) as LayersFormat);
      const text = await readFile(join(path, '../expected.json'), 'utf8');
      const { size, images, preprocess, probabilities } = expectedSchema.parse(JSON.parse(text));
      const stated = await statedByTeachableMachine(inside);
      // Nothing is said of pixels that begin to be scaled in the model.
      const normalisation = preprocess === 'raw' ? undefined : (preprocess ?? undefined);
      const understood = understandLayers(model, { normalisation, size }, stated);
      if (format === 'archive') assert.equal(understood.preprocessing.resize, 'centre-crop');
      const pixels = await readFile(join(path, '../pixels.u8'));
      const found = await probabilitiesOf(understood, new Uint8Array(pixels), images);
      assert.ok(maxDifference(found, probabilities) < 1e-5, String(maxDifference(found, probabilities)));
      const { channels, scale, offset } = understood.preprocessing;
      assert.equal(channels, 'rgb');
      const input = Float32Array.from(pixels, (value, i) => value * scale[i % 3]! + offset[i % 3]!);
      const inTfjs = await runInTfjs(understood.model, input, [images, size, size, 3]);
      assert.ok(maxDifference(inTfjs, probabilities) < 1e-5, `tfjs: ${maxDifference(inTfjs, probabilities)}`);
    });
});

const side = 20;
const convolution: LayerSketch = ['Conv2D', 'conv', ['input'], { filters: 6, kernel_size: [3, 3], padding: 'same' }];
const dense = (name: string, from: string, units: number, activation = 'linear'): LayerSketch => [
  'Dense',
  name,
  [from],
  { units, activation },
];

/** The two models on the same pixels, the first by tfjs as it was. */
async function compare(original: LayersModel, understood: UnderstoodLayers, channels: number): Promise<number> {
  const pixels = randomPixels(side, 2);
  if (channels === 1) pixels.forEach((_, i) => (pixels[i] = pixels[i - (i % 3)]!));
  const input = Float32Array.from(channels === 1 ? pixels.filter((_, i) => i % 3 === 0) : pixels, (v) => v / 255);
  const expected = await runInTfjs(original, input, [2, side, side, channels]);
  return maxDifference(await probabilitiesOf(understood, pixels, 2), expected);
}

describe('a Keras model', () => {
  const ends: readonly [
    what: string,
    sketches: readonly LayerSketch[],
    backbone: string,
    head: readonly string[],
    size: number,
  ][] = [
    [
      'with an average pooling over the whole map has a global one',
      [
        convolution,
        ['AveragePooling2D', 'pool', ['conv'], { pool_size: [side, side] }],
        ['Flatten', 'flat', ['pool']],
        dense('hidden', 'flat', 5, 'relu'),
        dense('out', 'hidden', 3, 'softmax'),
      ],
      'GlobalAveragePooling2D',
      ['InputLayer', 'Dense', 'Dense'],
      6,
    ],
    [
      'whose head is convolutions of one pixel has dense layers in their place',
      [
        convolution,
        ['GlobalAveragePooling2D', 'pool', ['conv']],
        ['Reshape', 'pixel', ['pool'], { target_shape: [1, 1, 6] }],
        ['Conv2D', 'hidden', ['pixel'], { filters: 5, kernel_size: [1, 1], activation: 'relu' }],
        ['Conv2D', 'logits', ['hidden'], { filters: 3, kernel_size: [1, 1] }],
        ['Reshape', 'flat', ['logits'], { target_shape: [3] }],
        ['Activation', 'out', ['flat'], { activation: 'softmax' }],
      ],
      'GlobalAveragePooling2D',
      ['InputLayer', 'Dense', 'Dense'],
      6,
    ],
    [
      'that flattens its map is cut before its last dense layer',
      [
        convolution,
        ['MaxPooling2D', 'pool', ['conv'], { pool_size: [4, 4] }],
        ['Flatten', 'flat', ['pool']],
        dense('hidden', 'flat', 7, 'relu'),
        ['Dropout', 'dropout', ['hidden'], { rate: 0.5 }],
        dense('out', 'dropout', 3, 'softmax'),
      ],
      'Reshape',
      ['InputLayer', 'Dense'],
      7,
    ],
    [
      'with a pooling over part of its map, too',
      [
        convolution,
        ['AveragePooling2D', 'pool', ['conv'], { pool_size: [10, 10] }],
        ['Flatten', 'flat', ['pool']],
        dense('out', 'flat', 3, 'softmax'),
      ],
      'Reshape',
      ['InputLayer', 'Dense'],
      24,
    ],
  ];
  for (const [what, sketches, backboneEnd, headClasses, embeddingSize] of ends)
    it(what, async () => {
      const original = await fillWithRandom(sketchTopology([side, side, 3], sketches), 8);
      const understood = understandLayers(original, { normalisation: 'unit' });
      const { backbone, head } = cutAtGlobalPooling(understood.model);
      const last = backbone.topology.layers.at(-1)!;
      assert.equal(last.className, backboneEnd);
      assert.deepEqual(
        head.topology.layers.map(({ className }) => className).filter((name) => !/Dropout|Activation/.test(name)),
        headClasses,
      );
      assert.equal(understood.embeddingSize, embeddingSize);
      assert.ok((await compare(original, understood, 3)) < 1e-5);
    });

  it('without a global pooling is the same backbone with its head and kept without it', async (test) => {
    const sketches = ends[2]![1];
    const original = await fillWithRandom(sketchTopology([side, side, 3], sketches), 8);
    const { model, preprocessing, backboneId: id } = understandLayers(original, { normalisation: 'unit' });
    const folder = await freshFolder(test);
    for (const [name, kept] of [
      ['whole', model],
      ['alone', cutAtGlobalPooling(model).backbone],
    ] as const) {
      await mkdir(join(folder, name));
      await writeLayersModel(join(folder, name), kept);
      assert.equal(backboneId(await readBackbone(join(folder, name)), preprocessing), id, name);
    }
    // What goes out and comes back is not marked twice.
    assert.deepEqual(understandLayers(model, { normalisation: 'unit' }).model, model);
  });

  it('of grey images gets colours, and is refused where its channels would be prepared differently', async () => {
    const sketches = [convolution, ['Flatten', 'flat', ['conv']], dense('out', 'flat', 3, 'softmax')] as const;
    const original = await fillWithRandom(sketchTopology([side, side, 1], sketches), 8);
    assert.ok((await compare(original, understandLayers(original, { normalisation: 'unit' }), 1)) < 1e-5);
    assert.throws(() => understandLayers(original, { normalisation: 'caffe' }), {
      code: 'invalid_model',
      message: /grey.*--preprocess/,
    });
  });

  it('that resizes images takes them in that size, and is refused where it would resize others', () => {
    const sketch = (input: readonly unknown[]): LayersModel => ({
      topology: sketchTopology(input as number[], [
        ['Resizing', 'resizing', ['input'], { height: 24, width: 24 }],
        ['GlobalAveragePooling2D', 'pool', ['resizing']],
        ['Softmax', 'out', ['pool']],
      ]),
      weights: new Map(),
    });
    const { preprocessing } = understandLayers(sketch([null, null, 3]), { normalisation: 'unit' });
    assert.deepEqual([preprocessing.height, preprocessing.width], [24, 24]);
    assert.throws(() => understandLayers(sketch([32, 32, 3]), { normalisation: 'unit' }), {
      code: 'invalid_model',
      message: /resizing.*24 × 24 of 32 × 32; save the model without that layer/,
    });
  });

  it('means by hard_sigmoid what the version of Keras that wrote it means', async () => {
    const serialised = (shape: string): unknown => ({
      class_name: 'Sequential',
      config: {
        name: 'hard',
        layers: [
          { class_name: 'InputLayer', config: { name: 'input', [shape]: [null, side, side, 3] } },
          { class_name: 'Activation', config: { name: 'hard', activation: 'hard_sigmoid' } },
          { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } },
          { class_name: 'Softmax', config: { name: 'out' } },
        ],
      },
    });
    const pixels = new Uint8Array(side * side * 3).map((_, i) => [255, 0, 0][i % 3]!);
    for (const [shape, slope] of [
      ['batch_input_shape', 0.2],
      ['batch_shape', 1 / 6],
    ] as const) {
      const model = { topology: readKerasTopology(serialised(shape), 'test'), weights: new Map() };
      const found = await probabilitiesOf(understandLayers(model, { normalisation: 'unit' }), pixels, 1);
      assert.ok(maxDifference(found, softmax(Float32Array.of(0.5 + slope, 0.5, 0.5))) < 1e-6, shape);
    }
  });
});

describe('a zip', () => {
  const cases: readonly [what: string, names: readonly string[], message: RegExp][] = [
    ['without a model', ['readme.md', '__MACOSX/._model.onnx'], /cannot be read|no model|no config\.json/],
    ['with several', ['a.onnx', 'b.onnx'], /several models \(a\.onnx, b\.onnx\).*unpack it/],
  ];
  for (const [what, names, message] of cases)
    it(`${what} is refused`, async (test) => {
      const folder = await freshFolder(test);
      const path = join(folder, 'model.zip');
      await writeFile(path, await zipOf(Object.fromEntries(names.map((name) => [name, 'x']))));
      const scratch = join(folder, 'scratch');
      await mkdir(scratch);
      await assert.rejects(unpackModel(path, scratch), { code: 'invalid_model', message });
    });
});
