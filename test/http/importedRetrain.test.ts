// A model of a kind that others write: imported, asked over HTTP, trained again, taken away as a file, and brought back.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { int, ints } from '../../src/formats/onnx/compiler/graph.js';
import { encodeModel, type ModelProto } from '../../src/formats/onnx/protobuf.js';
import { floatTensor, sketchOnnx, type NodeSketch, type Side } from '../importing/sketchOnnx.js';
import { maxDifference } from '../support/reference.js';
import { runTaxonWith } from '../support/taxon.js';
import { colourImage, type ColourName } from '../support/tinyModel.js';
import { zipOf } from '../support/zips.js';
import { adminKey, call, post, startApp } from './runningApp.js';

const features = 24;

interface Kind {
  readonly name: string;
  readonly size: number;
  readonly batch?: Side;
  readonly channels?: number;
  /** From the logits to the output. */
  readonly end?: readonly NodeSketch[];
  readonly outputs?: number;
  /** Between the convolution and the pooling, from r to q. */
  readonly middle?: readonly NodeSketch[];
  readonly preprocess?: string;
}

const rounded: readonly NodeSketch[] = [
  ['QuantizeLinear', ['r', 'step'], 'r_bytes'],
  ['DequantizeLinear', ['r_bytes', 'step'], 'q'],
];

const kinds: readonly Kind[] = [
  { name: 'log-softmax', size: 40, end: [['LogSoftmax', ['logits'], 'out', { axis: int(1) }]] },
  { name: 'one-sigmoid', size: 40, outputs: 1, end: [['Sigmoid', ['logits'], 'out']] },
  { name: 'grey-28', size: 28, channels: 1, preprocess: 'unit' },
  { name: 'quantised', size: 40, middle: rounded },
  { name: 'batch-of-one', size: 40, batch: 1 },
];

/** A small network as PyTorch exports it; its pooled values are taken through a Reshape that knows the batch where that is fixed. */
function networkOf({ size, batch = 'n', channels = 3, end = [], outputs = 3, middle = [] }: Kind): ModelProto {
  const model = sketchOnnx({
    input: ['image', [batch, channels, size, size]],
    nodes: [
      ['Conv', ['image', 'w'], 'c', { kernel_shape: ints([3, 3]), strides: ints([2, 2]) }],
      ['Relu', ['c'], 'r'],
      ...(middle.length > 0 ? middle : [['Identity', ['r'], 'q'] as const]),
      ['GlobalAveragePool', ['q'], 'g'],
      batch === 1 ? ['Reshape', ['g', 'row'], 'f'] : ['Flatten', ['g'], 'f', { axis: int(1) }],
      ['Gemm', ['f', 'k'], end.length > 0 ? 'logits' : 'out'],
      ...end,
    ],
    weights: { w: [features, channels, 3, 3], k: [features, outputs] },
    integers: { row: [1, features] },
    output: ['out', [batch, outputs]],
  });
  const step = floatTensor('step', [], Float32Array.of(0.02));
  return { ...model, graph: { ...model.graph, initializer: [...model.graph.initializer, step] } };
}

const colours = ['red', 'green', 'blue'] as const satisfies readonly ColourName[];
const folder = await mkdtemp(join(tmpdir(), 'taxon-round-'));
after(() => rm(folder, { recursive: true, force: true }));
const modelsDir = join(folder, 'models');
const taxon = (...args: string[]): void => {
  const { status, stderr } = runTaxonWith({ MODELS_DIR: modelsDir, DATA_DIR: join(folder, 'data') }, ...args);
  assert.equal(status, 0, stderr);
};

for (const kind of kinds) {
  const [file, labels] = [join(folder, `${kind.name}.onnx`), join(folder, `${kind.name}.txt`)];
  await writeFile(file, encodeModel(networkOf(kind)));
  await writeFile(labels, (kind.outputs === 1 ? ['no', 'yes'] : ['a', 'b', 'c']).join('\n'));
  taxon('import', file, '--labels', labels, '--preprocess', kind.preprocess ?? 'torch');
}

const { url } = await startApp({ MODELS_DIR: modelsDir, DEFAULT_MODEL: 'log-softmax' });
const headers = { authorization: `Bearer ${adminKey}` };
const entries = await Promise.all(
  colours.flatMap((colour) =>
    Array.from({ length: 12 }, async (_, i) => [`${colour}/${i}.png`, await colourImage(colour, i)] as const),
  ),
);
await call(`${url}/v1/admin/datasets/colours`, { method: 'PUT', headers });
const sent = await call(`${url}/v1/admin/datasets/colours/archive`, {
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/zip' },
  body: new Uint8Array(await zipOf(Object.fromEntries(entries))),
});
assert.equal(sent.status, 201);

interface TrainingView {
  readonly id: string;
  readonly state: string;
  readonly version: number | null;
  readonly error: unknown;
}

async function train(model: string): Promise<TrainingView> {
  const body = JSON.stringify({ dataset: 'colours', model, activate: 'always' });
  const asked = await call<TrainingView>(`${url}/v1/admin/retrain`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  assert.equal(asked.status, 202, JSON.stringify(asked.body));
  await (await fetch(`${url}/v1/admin/trainings/${asked.body.id}/events`, { headers })).text();
  return (await call<TrainingView>(`${url}/v1/admin/trainings/${asked.body.id}`, { headers })).body;
}

interface Answered {
  readonly model: { readonly version: number };
  readonly results: readonly { readonly predictions: readonly { label: string; probability: number }[] }[];
}

/** Probabilities by label, in the order of the labels. */
async function ask(model: string, image: Buffer): Promise<{ version: number; labels: string[]; values: number[] }> {
  const { status, body } = await post<Answered>(`${url}/v1/classify?model=${model}`, image, 'image/png');
  assert.equal(status, 200, JSON.stringify(body));
  const sorted = body.results[0]!.predictions.toSorted((a, b) => a.label.localeCompare(b.label));
  return {
    version: body.model.version,
    labels: sorted.map(({ label }) => label),
    values: sorted.map(({ probability }) => probability),
  };
}

async function takeAway(name: string): Promise<string> {
  const response = await fetch(`${url}/v1/admin/models/${name}/versions/2/export?format=onnx`, { headers });
  assert.equal(response.status, 200);
  const path = join(folder, `${name}-2.onnx`);
  await writeFile(path, Buffer.from(await response.arrayBuffer()));
  return path;
}

for (const { name } of kinds)
  test(`${name}: imported, it retrains, and what is exported comes back with the same answers`, async () => {
    const images = await Promise.all(colours.map((colour) => colourImage(colour, 999)));
    assert.equal((await ask(name, images[0]!)).version, 1);
    const training = await train(name);
    assert.deepEqual([training.state, training.version], ['succeeded', 2], JSON.stringify(training.error));
    const served = await Promise.all(images.map((image) => ask(name, image)));
    for (const { version, labels, values } of served) {
      assert.deepEqual([version, labels], [2, ['blue', 'green', 'red']]);
      assert.ok(Math.abs(values.reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
    }
    const back = `${name}-back`;
    taxon('import', await takeAway(name), '--name', back);
    await call(`${url}/v1/admin/reload`, { method: 'POST', headers });
    for (const [i, image] of images.entries()) {
      const { labels, values } = await ask(back, image);
      assert.deepEqual(labels, served[i]!.labels);
      assert.ok(maxDifference(values, served[i]!.values) < 1e-4, `${values.join()}, ${served[i]!.values.join()}`);
    }
  });
