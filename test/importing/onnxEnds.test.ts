import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { InferenceSession, Tensor } from '../../src/engines/onnxRuntime.js';
import { understandExternal } from '../../src/importing/externalImport.js';
import { understandOnnx } from '../../src/importing/onnx/onnxImport.js';
import { int, ints } from '../../src/formats/onnx/compiler/graph.js';
import { encodeModel, type ModelProto, type NodeProto } from '../../src/formats/onnx/protobuf.js';
import { wrapOnnx } from '../../src/formats/onnx/wrap.js';
import { decodeOnnx } from '../../src/formats/onnx/onnxFile.js';
import { freshFolder } from '../support/folder.js';
import { runPixels } from '../support/onnxRun.js';
import { maxDifference } from '../support/reference.js';
import { randomPixels, sketchOnnx, valueOf, type NodeSketch, type Side } from './sketchOnnx.js';

const size = 20;

/** A small network whose logits are `logits`, with `end` behind them. */
const network = (channels: number, sides: readonly Side[], end: readonly NodeSketch[], output: string): ModelProto =>
  sketchOnnx({
    input: ['pixel_values', sides],
    nodes: [
      ['Conv', ['pixel_values', 'w'], 'c', { kernel_shape: ints([3, 3]) }],
      ['Relu', ['c'], 'r'],
      ['GlobalAveragePool', ['r'], 'g'],
      ['Flatten', ['g'], 'f', { axis: int(1) }],
      ['Gemm', ['f', 'k', 'b'], 'logits'],
      ...end,
    ],
    weights: { w: [6, channels, 3, 3], k: [6, 3], b: [3] },
    output: [output, ['batch', 3]],
  });

/** ONNX' ZipMap, which our sketches have no attribute for. */
const zipMap: NodeProto = {
  name: 'zip',
  op_type: 'ZipMap',
  domain: 'ai.onnx.ml',
  input: ['p'],
  output: ['pairs'],
  attribute: [
    { name: 'classlabels_strings', type: 8, strings: ['rose', 'tulip', 'weed'].map((label) => Buffer.from(label)) },
  ],
};

describe('an ONNX file', () => {
  it('with every side open and logarithms at its end takes its size from what lies beside it', async (test) => {
    const folder = await freshFolder(test);
    const path = join(folder, 'model.onnx');
    const open = ['batch', 'channels', 'height', 'width'];
    await writeFile(path, encodeModel(network(3, open, [['LogSoftmax', ['logits'], 'log', { axis: int(1) }]], 'log')));
    await writeFile(join(folder, 'preprocessor_config.json'), JSON.stringify({ size: { height: size, width: size } }));
    const model = await understandExternal(path, 'onnx', await mkdtemp(join(folder, 'scratch-')));
    assert.deepEqual([model.preprocessing.height, model.preprocessing.width], [size, size]);
    assert.equal(model.classes, 3);
    assert.equal(model.embeddingSize, 6);
  });

  it('of grey images computes on their grey, and refuses channels that are prepared differently', async (test) => {
    const folder = await freshFolder(test);
    const path = join(folder, 'model.onnx');
    const file = network(1, ['batch', 1, size, size], [], 'logits');
    await writeFile(path, encodeModel(file));
    const model = await understandOnnx(path, await mkdtemp(join(folder, 'scratch-')), { normalisation: 'unit' });
    const { preprocessing, head, embeddingSize } = model;
    const backbone = decodeOnnx(await readFile(join(model.directory, 'model.onnx')), path);
    const grey = randomPixels(size, 1).filter((_, i) => i % 3 === 0);
    const pixels = Uint8Array.from({ length: grey.length * 3 }, (_, i) => grey[Math.floor(i / 3)]!);
    const { bytes } = wrapOnnx(backbone, preprocessing, { outputName: 'probabilities', embeddingSize, head });
    const session = await InferenceSession.create(
      encodeModel(network(1, ['batch', 1, size, size], [['Softmax', ['logits'], 'p']], 'p')),
    );
    const input = new Tensor(
      'float32',
      Float32Array.from(grey, (value) => value / 255),
      [1, 1, size, size],
    );
    const expected = (await session.run({ pixel_values: input }))['p']!.data as Float32Array;
    await session.release();
    assert.ok(maxDifference(await runPixels(bytes, pixels, [1, size, size, 3]), expected) < 1e-5);
    await assert.rejects(understandOnnx(path, await mkdtemp(join(folder, 'scratch-')), { normalisation: 'torch' }), {
      code: 'invalid_model',
      message: /grey/,
    });
  });

  it('whose scores become pairs with labels has those labels', async (test) => {
    const folder = await freshFolder(test);
    const path = join(folder, 'model.onnx');
    const file = network(3, ['batch', 3, size, size], [['Softmax', ['logits'], 'p', { axis: int(1) }]], 'p');
    const graph = {
      ...file.graph,
      node: [...file.graph.node, zipMap],
      output: [{ name: 'classLabel' }, { name: 'pairs' }],
    };
    await writeFile(path, encodeModel({ ...file, graph }));
    const model = await understandOnnx(path, join(folder, 'scratch'), { normalisation: 'unit' });
    assert.deepEqual(model.labels, ['rose', 'tulip', 'weed']);
    assert.equal(model.givesProbabilities, true);
  });

  it('with two rows as outputs asks which of them is the scores', async (test) => {
    const folder = await freshFolder(test);
    const path = join(folder, 'model.onnx');
    const file = network(3, ['batch', 3, size, size], [], 'logits');
    const output = [valueOf(['f', ['batch', 6]]), ...file.graph.output];
    await writeFile(path, encodeModel({ ...file, graph: { ...file.graph, output } }));
    const understand = (wanted?: string): ReturnType<typeof understandOnnx> =>
      mkdtemp(join(folder, 'scratch-')).then((scratch) =>
        understandOnnx(path, scratch, { normalisation: 'unit', output: wanted }),
      );
    await assert.rejects(understand(), {
      code: 'invalid_model',
      message: /2 outputs \(f, logits\); say with --output/,
    });
    await assert.rejects(understand('scores'), {
      code: 'invalid_model',
      message: /no output scores; it has f, logits/,
    });
    assert.equal((await understand('logits')).classes, 3);
  });
});
