// Fully connected layers of imported models in int8, in ONNX Runtime and OpenVINO themselves: which kernels they take, and what comes out.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, before, after } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { InferenceSession, Tensor } from '../../src/engines/onnxRuntime.js';
import { findLibrary } from '../../src/engines/openvino/findLibrary.js';
import { Openvino } from '../../src/engines/openvino/library.js';
import { readProcessorFeatures } from '../../src/engines/processor.js';
import { emitPixels } from '../../src/formats/onnx/compiler/compile.js';
import { Graph, int, ints } from '../../src/formats/onnx/compiler/graph.js';
import { decodeOnnx, readOnnxFile } from '../../src/formats/onnx/onnxFile.js';
import { encodeModel, type ModelProto } from '../../src/formats/onnx/protobuf.js';
import type { ActivationRanges } from '../../src/quantization/activationRanges.js';
import { measureRanges } from '../../src/quantization/measureRanges.js';
import { quantizeGraph } from '../../src/quantization/quantizeGraph.js';
import { explainedVariance } from '../../src/training/evaluation/precisionComparison.js';
import { withoutOpenvino } from '../engines/addon.js';
import { preprocessing, randomPixels } from '../engines/contract.js';
import { createRandom } from '../support/reference.js';

const { height, width } = preprocessing;
const [hidden, outputs, images] = [96, 24, 12];
const pixels = randomPixels(images, 99);

/** conv → pool → flatten → Gemm → Gemm, the other way round → MatMul and a bias: the end of a VGG. */
function sketch() {
  const random = createRandom(3);
  const graph = new Graph();
  const noise = (dims: readonly number[], size: number): string =>
    graph.floats(
      dims,
      Float32Array.from({ length: dims.reduce((product, side) => product * side, 1) }, () => (random() - 0.5) * size),
    );
  const window = { kernel_shape: ints([3, 3]), strides: ints([2, 2]) };
  const conv = graph.node(
    'Conv',
    [emitPixels(graph, preprocessing).name, noise([8, 3, 3, 3], 0.5), noise([8], 0.2)],
    window,
  );
  const flat = graph.node('Flatten', [graph.node('MaxPool', [graph.node('Relu', [conv])], window)]);
  const inputs = 8 * 5 * 7;
  const first = graph.node('Gemm', [flat, noise([inputs, hidden], 0.3), noise([hidden], 0.2)]);
  const second = graph.node('Gemm', [graph.node('Relu', [first]), noise([hidden, hidden], 0.3), noise([hidden], 0.2)], {
    transB: int(1),
  });
  const product = graph.node('MatMul', [graph.node('Relu', [second]), noise([hidden, outputs], 0.3)]);
  const sum = graph.node('Add', [product, noise([outputs], 0.2)]);
  return { model: decodeOnnx(graph.encode('embedding', { name: sum, shape: [outputs] }), 'sketch'), flat };
}

const { model, flat } = sketch();
let folder: string;
let ranges: ActivationRanges;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  const file = join(folder, 'fp32.onnx');
  await writeFile(file, encodeModel(model));
  async function* measured(): AsyncGenerator<Uint8Array> {
    for (let seed = 1; seed <= 20; seed++) yield randomPixels(1, seed);
  }
  const found = await measureRanges(file, [height, width, 3], measured(), { threads: 1 });
  ranges = { format: 'taxon-activation-ranges/1', backboneId: 'sketch', graphRevision: 1, ...found };
});
after(() => rm(folder, { recursive: true, force: true }));

/** What ONNX Runtime gives, and the operators that it made of the graph. */
async function runOnnx(graph: ModelProto): Promise<{ values: Float32Array; operators: string[] }> {
  const optimizedModelFilePath = join(folder, 'optimized.onnx');
  const options = { intraOpNumThreads: 1, graphOptimizationLevel: 'extended', optimizedModelFilePath } as const;
  const session = await InferenceSession.create(encodeModel(graph), options);
  const outcome = await session.run({ pixels: new Tensor('uint8', pixels, [images, height, width, 3]) });
  await session.release();
  const operators = (await readOnnxFile(optimizedModelFilePath)).graph.node.map(({ op_type }) => op_type);
  return { values: Object.values(outcome)[0]!.data as Float32Array, operators };
}

function runOpenvino(graph: ModelProto): Float32Array {
  const library = new Openvino(findLibrary());
  const compiled = library.compileBytes(encodeModel(graph), 'CPU', { INFERENCE_PRECISION_HINT: 'f32' });
  const values = compiled.run(pixels, [images, height, width, 3]);
  compiled.close();
  library.close();
  return values;
}

const refusesInt8: string | false =
  (readProcessorFeatures()?.int8 ?? false) ? false : 'SKIPPED: this processor has no 8-bit dot products';

describe('fully connected layers', { skip: refusesInt8 }, () => {
  it('are computed in integers by ONNX Runtime, with nearly the results of fp32', async () => {
    const exact = await runOnnx(model);
    const rounded = await runOnnx(quantizeGraph(model, ranges, 'bytes'));
    const products = rounded.operators.filter((operator) => /gemm|matmul/i.test(operator));
    assert.deepEqual(products, ['QGemm', 'QGemm', 'QLinearMatMul']);
    const kept = explainedVariance(exact.values, rounded.values, images);
    assert.ok(kept > 0.98 && kept < 1, `${kept}`);
  });

  it('give the same in OpenVINO', { skip: withoutOpenvino }, async () => {
    const graph = quantizeGraph(model, ranges, 'bytes');
    const kept = explainedVariance((await runOnnx(graph)).values, runOpenvino(graph), images);
    assert.ok(kept > 0.999, `${kept}`);
  });
});

describe('the ranges of an earlier release, which knew convolutions alone,', () => {
  it('leave fully connected layers in fp32', () => {
    const known = Object.entries(ranges.ranges).slice(0, Object.keys(ranges.ranges).indexOf(flat));
    const earlier = { ...ranges, ranges: Object.fromEntries(known) };
    const operators = quantizeGraph(model, earlier, 'bytes').graph.node;
    const gemm = operators.find(({ op_type }) => op_type === 'Gemm')!;
    assert.equal(
      operators.filter(({ op_type }) => op_type === 'DequantizeLinear').length,
      2 + 2,
      'pixels and values, weights and bias',
    );
    assert.equal(gemm.input[0], flat);
  });
});
