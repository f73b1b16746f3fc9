import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { cutAtGlobalPooling } from '../../src/formats/globalPoolingCut.js';
import { int, ints } from '../../src/formats/onnx/compiler/graph.js';
import { encodeModel } from '../../src/formats/onnx/protobuf.js';
import { writeLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import { installExternal, understandExternal } from '../../src/importing/externalImport.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';
import { backboneId } from '../../src/models/backboneId.js';
import { publishVersion } from '../../src/models/versions.js';
import { floatTensor, sketchOnnx, type NodeSketch } from '../importing/sketchOnnx.js';
import { fillWithRandom, sketchTopology, type LayerSketch } from '../support/reference.js';
import { adminKey, call, formOf, post, startApp } from './runningApp.js';

interface Explanation {
  readonly label: string;
  readonly method: string;
  readonly width: number;
  readonly height: number;
  readonly heatmap?: number[][];
  readonly png?: string;
}
interface Classified {
  readonly results: Array<{
    readonly predictions: Array<{ readonly label: string }>;
    readonly explanation?: Explanation;
    readonly error?: { readonly code: string };
  }>;
  readonly code: string;
  readonly detail: string;
}

const side = 64;

/** A classifier of 8 × 8 cells that says `red` where one of them is red, and `plain` otherwise. */
async function publishRedness(
  directory: string,
  name: string,
  head: readonly LayerSketch[],
  changes: Partial<Preprocessing> = {},
): Promise<void> {
  const preprocessing: Preprocessing = { ...inceptionPreprocessing, height: side, width: side, ...changes };
  const { height, width } = preprocessing;
  const topology = sketchTopology(
    [height, width, 3],
    [
      ['Conv2D', 'conv', ['input'], { filters: 1, kernel_size: [8, 8], strides: [8, 8], activation: 'relu' }],
      ['GlobalAveragePooling2D', 'pool', ['conv']],
      ...head,
    ],
  );
  const model = await fillWithRandom(topology, 1);
  model.weights.get('conv/kernel')!.data.forEach((_, i, kernel) => (kernel[i] = (i % 3 === 0 ? 2 : -1) / 64));
  for (const layer of ['conv', 'hidden', 'logits']) model.weights.get(`${layer}/bias`)?.data.fill(0);
  model.weights.get('hidden/kernel')?.data.fill(1);
  model.weights.get('logits/kernel')!.data.forEach((_, i, kernel) => (kernel[i] = i % 2 === 0 ? 9 : 0));
  model.weights.get('logits/bias')!.data.set([0, 0.2]);
  const backbone = {
    id: backboneId(cutAtGlobalPooling(model).backbone, preprocessing),
    architecture: 'sketch',
    embeddingSize: 1,
  };
  const facts = { temperature: 1, metrics: {}, provenance: {}, license: 'CC0-1.0' };
  const draft = { name, layout: 'full' as const, labels: ['red', 'plain'], preprocessing, backbone, ...facts };
  await publishVersion({ own: directory }, draft, (to) => writeLayersModel(to, model));
}

const linear: readonly LayerSketch[] = [['Dense', 'logits', ['pool'], { units: 2, activation: 'softmax' }]];
const hidden: readonly LayerSketch[] = [
  ['Dense', 'hidden', ['pool'], { units: 4, activation: 'relu' }],
  ['Dense', 'logits', ['hidden'], { units: 2, activation: 'softmax' }],
];

/** The same network as an ONNX file of another program, imported. */
async function importRedness(directory: string, name: string, head: readonly NodeSketch[]): Promise<void> {
  const model = sketchOnnx({
    input: ['image', ['batch', 3, side, side]],
    nodes: [
      ['Conv', ['image', 'conv'], 'c', { kernel_shape: ints([8, 8]), strides: ints([8, 8]) }],
      ['Relu', ['c'], 'r'],
      ['ReduceMean', ['r'], 'pool', { axes: ints([2, 3]), keepdims: int(1) }],
      ['Flatten', ['pool'], 'flat'],
      ...head,
    ],
    weights: { conv: [1, 3, 8, 8], hidden: [1, 1], kernel: [1, 2], bias: [2] },
    output: ['logits', ['batch', 2]],
  });
  const values: Readonly<Record<string, Float32Array>> = {
    conv: Float32Array.from({ length: 192 }, (_, i) => (i < 64 ? 2 : -1) / 64),
    hidden: Float32Array.of(1),
    kernel: Float32Array.of(9, 0),
    bias: Float32Array.of(0, 0.2),
  };
  const initializer = model.graph.initializer.map((tensor) =>
    floatTensor(tensor.name, tensor.dims.map(Number), values[tensor.name]!),
  );
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-import-'));
  try {
    const path = join(scratch, 'net.onnx');
    const { resize, kernel } = inceptionPreprocessing;
    await writeFile(path, encodeModel({ ...model, graph: { ...model.graph, initializer } }));
    const external = await understandExternal(path, 'onnx', scratch, { normalisation: 'inception', resize, kernel });
    const options = { name, labels: ['red', 'plain'], license: 'CC0-1.0', provenance: {} };
    await installExternal({ own: directory }, external, options);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const gemm = (input: string): NodeSketch => ['Gemm', [input, 'kernel', 'bias'], 'logits'];

const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
after(() => rm(modelsDir, { recursive: true, force: true }));
await publishRedness(modelsDir, 'linear', linear);
await publishRedness(modelsDir, 'hidden', hidden);
await publishRedness(modelsDir, 'oblong', linear, { width: 96 });
await importRedness(modelsDir, 'imported', [gemm('flat')]);
await importRedness(modelsDir, 'imported-hidden', [
  ['MatMul', ['flat', 'hidden'], 'h'],
  ['Relu', ['h'], 'positive'],
  gemm('positive'),
]);
const { url } = await startApp({ MODELS_DIR: modelsDir });

/** Grey with a red square near the lower left corner, 160 × 120. */
const image = await sharp({ create: { width: 160, height: 120, channels: 3, background: '#808080' } })
  .composite([{ input: { create: { width: 24, height: 20, channels: 3, background: '#ff2020' } }, left: 8, top: 92 }])
  .png()
  .toBuffer();

const explain = (query: string, bytes: Uint8Array = image) =>
  post<Classified>(`${url}/v1/classify?explain=heatmap&${query}`, bytes as Uint8Array<ArrayBuffer>, 'image/png');

/** The place of the largest value, in shares of the map's width and height. */
function peakOf(heatmap: readonly number[][]): [x: number, y: number] {
  const largest = Math.max(...heatmap.flat());
  const y = heatmap.findIndex((row) => row.includes(largest));
  return [(heatmap[y]!.indexOf(largest) + 0.5) / heatmap[0]!.length, (y + 0.5) / heatmap.length];
}

for (const [model, method] of [
  ['linear', 'cam'],
  ['hidden', 'occlusion'],
  ['oblong', 'occlusion'],
  ['imported', 'cam'],
  ['imported-hidden', 'occlusion'],
] as const)
  test(`${method} finds the corner that the class of "${model}" depends on`, async () => {
    const { status, body } = await explain(`model=${model}`);
    assert.equal(status, 200, JSON.stringify(body));
    const [{ predictions, explanation }] = body.results as [Classified['results'][0]];
    assert.equal(predictions[0]!.label, 'red');
    const { heatmap, png, ...facts } = explanation!;
    assert.deepEqual(facts, { label: 'red', method, width: 32, height: 24 });
    assert.deepEqual([heatmap!.length, heatmap!.every(({ length }) => length === 32), png], [24, true, undefined]);
    const [x, y] = peakOf(heatmap!);
    assert.ok(x < 0.25 && y > 0.7, `the peak is at ${x}, ${y}`);
    assert.equal(Math.max(...heatmap!.flat()), 1);
    assert.ok(heatmap![2]![28]! < 0.2, 'the opposite corner says nothing');
  });

test('the map of an imported graph is that of the same network in layers', async () => {
  const maps = [];
  for (const model of ['linear', 'imported']) {
    const { body } = await explain(`model=${model}&explainLabel=red`);
    maps.push(body.results[0]!.explanation!.heatmap!.flat());
  }
  const [ofLayers, ofGraph] = maps as [number[], number[]];
  assert.ok(ofLayers.every((value, i) => Math.abs(value - ofGraph[i]!) <= 0.002));
});

test('both methods agree on the other class too: nothing speaks for plain where it is red', async () => {
  for (const model of ['linear', 'hidden']) {
    const { body } = await explain(`model=${model}&explainLabel=plain`);
    const { label, heatmap } = body.results[0]!.explanation!;
    assert.equal(label, 'plain');
    assert.equal(heatmap![21]![4], 0, model);
  }
});

test('an upright map: of an image that is turned by its EXIF orientation', async () => {
  const turned = await sharp(image).jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer();
  const { body } = await explain('model=linear', turned);
  const { width, height, heatmap } = body.results[0]!.explanation!;
  assert.deepEqual([width, height], [24, 32]);
  const [x, y] = peakOf(heatmap!);
  assert.ok(x < 0.3 && y < 0.25, `a quarter turn clockwise takes the corner to the upper left, not to ${x}, ${y}`);
});

test('a PNG is laid over the image', async () => {
  const { body } = await explain('model=linear&explainFormat=png');
  const { png, heatmap, width, height } = body.results[0]!.explanation!;
  assert.equal(heatmap, undefined);
  const { data, info } = await sharp(Buffer.from(png!, 'base64')).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [width, height]);
  assert.deepEqual([width, height], [256, 192]);
  const alphaAt = (x: number, y: number): number => data[(y * info.width + x + 1) * info.channels - 1]!;
  assert.ok(alphaAt(32, 165) > 200 && alphaAt(220, 20) < 50);
});

test('a form of several images, base64 and a bad file among good ones', async () => {
  const form = formOf('image', [
    ['a.png', image],
    ['b.png', Buffer.from('no image')],
    ['c.png', image],
  ]);
  const { body } = await post<Classified>(`${url}/v1/classify?explain=heatmap&model=linear`, form);
  assert.deepEqual(
    body.results.map(({ error, explanation }) => [error?.code, explanation?.method]),
    [
      [undefined, 'cam'],
      ['unsupported_image', undefined],
      [undefined, 'cam'],
    ],
  );
  const json = JSON.stringify({ images: [image.toString('base64')] });
  const base64 = `${url}/v1/classify/base64?explain=heatmap&model=linear`;
  const answer = await post<Classified>(base64, json, 'application/json');
  assert.equal(answer.body.results[0]!.explanation!.method, 'cam');
});

test('without explain there is none', async () => {
  const { body } = await post<Classified>(`${url}/v1/classify?model=linear`, image, 'image/png');
  assert.equal(body.results[0]!.explanation, undefined);
});

test('what makes no sense is refused', async () => {
  const refused = async (query: string, bytes: NonNullable<RequestInit['body']> = image): Promise<unknown> => {
    const type = bytes instanceof FormData ? undefined : 'image/png';
    const { status, body } = await post<Classified>(`${url}/v1/classify?${query}`, bytes, type);
    return [status, body.code];
  };
  const invalid = [400, 'invalid_request'];
  assert.deepEqual(await refused('explain=why&model=linear'), invalid);
  assert.deepEqual(await refused('explain=&model=linear'), invalid);
  assert.deepEqual(await refused('explain=heatmap&explainFormat=jpeg&model=linear'), invalid);
  assert.deepEqual(await refused('explain=heatmap&explainLabel=blue&model=linear'), invalid);
  assert.deepEqual(await refused('explainFormat=png&model=linear'), invalid);
  assert.deepEqual(await refused('explainLabel=red&model=linear'), invalid);
  assert.deepEqual(await refused('explain=heatmap&model=linear,hidden'), invalid);
  const nine = formOf(
    'image',
    Array.from({ length: 9 }, (_, i) => [`${i}.png`, image] as const),
  );
  assert.deepEqual(await refused('explain=heatmap&model=linear', nine), [413, 'too_many_images']);
});

test('a key is asked for where classifications ask for one', async () => {
  const closed = await startApp({ MODELS_DIR: modelsDir, AUTH: 'required' });
  const ask = (headers: Record<string, string>) =>
    call<Classified>(`${closed.url}/v1/classify?explain=heatmap&model=linear`, {
      method: 'POST',
      headers: { 'content-type': 'image/png', ...headers },
      body: image,
    });
  assert.equal((await ask({})).status, 401);
  assert.equal((await ask({ authorization: `Bearer ${adminKey}` })).status, 200);
});
