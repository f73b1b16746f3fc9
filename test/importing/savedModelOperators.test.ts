// Operations of SavedModels against what they are by definition, on numbers small enough to be computed here.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { encodeModel } from '../../src/formats/onnx/protobuf.js';
import type { Weight } from '../../src/formats/layersModel.js';
import { convertToOnnx } from '../../src/formats/tensorflow/toOnnx/convert.js';
import { readSavedModelGraph } from '../../src/formats/tensorflow/savedModelGraph.js';
import { freshFolder } from '../support/folder.js';
import { runFloats } from '../support/onnxRun.js';
import { maxDifference } from '../support/reference.js';
import {
  integers,
  ints,
  node,
  text,
  writeSavedModel,
  type SketchModel,
  type SketchNode,
} from '../support/savedModel.js';

const [side, channels] = [4, 3];
const image = Float32Array.from({ length: side * side * channels }, (_, i) => ((i * 7) % 11) / 5 - 1);
const at = (y: number, x: number, c: number): number =>
  y < 0 || x < 0 || y >= side || x >= side ? 0 : image[(y * side + x) * channels + c]!;
const noVariables: ReadonlyMap<string, Weight> = new Map();

const sketch = (nodes: readonly SketchNode[], result: string, variables = noVariables): SketchModel => ({
  inputShape: [-1, side, side, channels],
  nodes,
  result,
  variables,
});

/** The values that the converted model gives for the image. */
async function run(test: TestContext, model: SketchModel): Promise<ArrayLike<number>> {
  const folder = await freshFolder(test);
  await writeSavedModel(folder, model);
  const converted = convertToOnnx(await readSavedModelGraph(folder), { height: side, width: side });
  return runFloats(encodeModel(converted), 'serving_default_image', image, [1, side, side, channels]);
}

async function refuses(test: TestContext, model: SketchModel, message: RegExp): Promise<void> {
  await assert.rejects(run(test, model), { code: 'invalid_model', message });
}

const kernel: Weight = {
  shape: [2, 2, channels, 2],
  data: Float32Array.from({ length: 2 * 2 * channels * 2 }, (_, i) => ((i * 5) % 13) / 10 - 0.5),
};
const strided = { strides: ints([1, 2, 2, 1]), data_format: text('NHWC') };

describe('an operation of a SavedModel', () => {
  it('Conv2D takes its kernel from the checkpoint and pads behind the image, as TensorFlow does', async (test) => {
    const nodes = [
      node('weights', 'ReadVariableOp', ['kernel']),
      node('conv', 'Conv2D', ['image', 'weights:value:0'], { strides: ints([1, 1, 1, 1]), padding: text('SAME') }),
    ];
    const found = await run(test, sketch(nodes, 'conv:output:0', new Map([['kernel', kernel]])));
    const expected = Array.from({ length: side * side * 2 }, (_, i) => {
      const [y, x, out] = [Math.floor(i / (2 * side)), Math.floor(i / 2) % side, i % 2];
      let sum = 0;
      for (let dy = 0; dy < 2; dy++)
        for (let dx = 0; dx < 2; dx++)
          for (let c = 0; c < channels; c++)
            sum += at(y + dy, x + dx, c) * kernel.data[((dy * 2 + dx) * channels + c) * 2 + out]!;
      return sum;
    });
    assert.ok(maxDifference(found, expected) < 1e-6);
  });

  it('AvgPool leaves the padding out of the mean', async (test) => {
    const pool = node('pool', 'AvgPool', ['image'], {
      ...strided,
      ksize: ints([1, 3, 3, 1]),
      padding: text('SAME'),
    });
    const found = await run(test, sketch([pool], 'pool:output:0'));
    // Of four pixels and a stride of two, SAME pads one behind: the last window has two rows and two columns.
    const last = [0, 1, 2].map((c) => (at(2, 2, c) + at(2, 3, c) + at(3, 2, c) + at(3, 3, c)) / 4);
    assert.ok(maxDifference(Array.from(found).slice(-channels), last) < 1e-6);
  });

  it('StridedSlice, Reshape and ConcatV2 keep the order of [N, H, W, C], also behind an operation on planes', async (test) => {
    const nodes = [
      node('pool', 'MaxPool', ['image'], { ...strided, ksize: ints([1, 1, 1, 1]), padding: text('VALID') }),
      integers('begin', [0, 0, 1, 0]),
      integers('end', [0, 2, 0, -1]),
      integers('steps', [1, 1, 1, -1]),
      integers('axis', [-1]),
      node('part', 'StridedSlice', ['pool:output:0', 'begin:output:0', 'end:output:0', 'steps:output:0'], {
        begin_mask: { i: 0b1001 },
        end_mask: { i: 0b1101 },
        shrink_axis_mask: { i: 0 },
      }),
      node('both', 'ConcatV2', ['part:output:0', 'part:output:0', 'axis:output:0'], {}),
      node('shape', 'Shape', ['both:output:0']),
      integers('zero', [0]),
      integers('one', [1]),
      node('count', 'StridedSlice', ['shape:output:0', 'zero:output:0', 'one:output:0', 'one:output:0'], {
        shrink_axis_mask: { i: 1 },
      }),
      node('rest', 'Const', [], { value: { tensor: { dtype: 3, tensor_shape: { dim: [] }, int_val: [-1] } } }),
      node('target', 'Pack', ['count:output:0', 'rest:output:0']),
      node('flat', 'Reshape', ['both:output:0', 'target:output:0']),
    ];
    const found = await run(test, sketch(nodes, 'flat:output:0'));
    const row = (y: number): number[] => [2, 1, 0, 2, 1, 0].map((c) => at(y, 2, c));
    assert.deepEqual(Array.from(found), [...row(0), ...row(2)]);
  });

  it('SpaceToBatchND and BatchToSpaceND, around nothing, give the image back', async (test) => {
    const pairs = (name: string, values: readonly number[]): SketchNode =>
      node(name, 'Const', [], {
        value: { tensor: { dtype: 3, tensor_shape: { dim: [{ size: 2 }, { size: 2 }] }, int_val: values } },
      });
    const nodes = [
      integers('block', [2, 2]),
      pairs('margins', [1, 1, 2, 0]),
      node('apart', 'SpaceToBatchND', ['image', 'block:output:0', 'margins:output:0']),
      node('joined', 'BatchToSpaceND', ['apart:output:0', 'block:output:0', 'margins:output:0']),
    ];
    assert.deepEqual(Array.from(await run(test, sketch(nodes, 'joined:output:0'))), Array.from(image));
  });

  it('is computed beforehand where it depends on no image: a batch-norm in pieces is one product and one sum', async (test) => {
    const vector = (values: readonly number[]): Weight => ({ shape: [channels], data: Float32Array.from(values) });
    const nodes = [
      node('v', 'ReadVariableOp', ['variance']),
      node('m', 'ReadVariableOp', ['mean']),
      node('scale', 'Rsqrt', ['v:value:0']),
      node('moved', 'Mul', ['m:value:0', 'scale:y:0']),
      node('x', 'Mul', ['image', 'scale:y:0']),
      node('y', 'Sub', ['x:z:0', 'moved:z:0']),
    ];
    const variables = new Map([
      ['variance', vector([4, 1, 0.25])],
      ['mean', vector([1, 2, 3])],
    ]);
    const model = sketch(nodes, 'y:z:0', variables);
    const folder = await freshFolder(test);
    await writeSavedModel(folder, model);
    const { graph } = convertToOnnx(await readSavedModelGraph(folder), { height: side, width: side });
    assert.deepEqual(
      graph.node.map(({ op_type: operator }) => operator),
      ['Mul', 'Sub', 'Identity'],
    );
    const expected = image.map((value, i) => (value - [1, 2, 3][i % 3]!) * [0.5, 1, 2][i % 3]!);
    assert.ok(maxDifference(await run(test, model), expected) < 1e-6);
  });
});

describe('a SavedModel is refused', () => {
  const relu = sketch([node('relu', 'Relu', ['image'])], 'relu:activations:0');

  it('by the node where a function calls itself, or a node waits for its own result', async (test) => {
    const call = node('again', 'PartitionedCall', ['image'], { f: { func: { name: 'serve' } } });
    await refuses(test, sketch([call], 'again:output:0'), /function serve calls itself/);
    const loop = [node('a', 'Relu', ['b:activations:0']), node('b', 'Relu', ['a:activations:0'])];
    await refuses(test, sketch(loop, 'b:activations:0'), /waits for its own result/);
  });

  it('where it takes text in place of pixels, or an operation for training', async (test) => {
    await refuses(
      test,
      { ...relu, inputShape: [-1], inputType: 7 },
      /data type 7; expected \[N, height, width, channels\]/,
    );
    const variables = new Map(['g', 'b', 'm', 'v'].map((name) => [name, { shape: [3], data: new Float32Array(3) }]));
    const parameters = [...variables.keys()].map((name) => node(`read_${name}`, 'ReadVariableOp', [name]));
    const norm = node('norm', 'FusedBatchNormV3', ['image', ...parameters.map(({ name }) => `${name}:value:0`)], {
      is_training: { b: true },
    });
    await refuses(
      test,
      sketch([...parameters, norm], 'norm:y:0', variables),
      /norm \(FusedBatchNormV3\) is in its form for training/,
    );
  });

  it('naming the file whose weights are missing, too few, or no table', async (test) => {
    const folder = await freshFolder(test);
    const nodes = [node('read', 'ReadVariableOp', ['w']), node('sum', 'Add', ['image', 'read:value:0'])];
    const variables = new Map([['w', { shape: [channels], data: Float32Array.of(1, 2, 3) }]]);
    await writeSavedModel(folder, sketch(nodes, 'sum:z:0', variables));
    const [index, data] = ['variables.index', 'variables.data-00000-of-00001'].map((name) =>
      join(folder, 'variables', name),
    ) as [string, string];
    await writeFile(data, (await readFile(data)).subarray(0, 8));
    await assert.rejects(readSavedModelGraph(folder), {
      code: 'invalid_model',
      message: /data-00000.* is too short or damaged/,
    });
    const table = await readFile(index);
    for (let length = 0; length < table.length; length += 3) {
      await writeFile(index, table.subarray(0, length));
      await assert.rejects(readSavedModelGraph(folder), { code: 'invalid_model', message: /variables\.index/ });
    }
  });
});
