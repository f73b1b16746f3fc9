// A network with all that Inception-V3 has, in int8 on every engine that computes it, beside itself in fp32.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInThread } from '../../src/engines/create.js';
import { loadedIdOf, type Engine, type EngineName, type ReducedPrecision } from '../../src/engines/engine.js';
import { readProcessorFeatures } from '../../src/engines/processor.js';
import { AppError } from '../../src/errors.js';
import { emitPixels } from '../../src/formats/onnx/compiler/compile.js';
import { Graph, ints } from '../../src/formats/onnx/compiler/graph.js';
import { decodeOnnx } from '../../src/formats/onnx/onnxFile.js';
import type { ActivationRanges } from '../../src/quantization/activationRanges.js';
import { quantizeGraph, type PixelRounding } from '../../src/quantization/quantizeGraph.js';
import { findQuantizable, wire } from '../../src/quantization/quantizableValues.js';
import { explainedVariance } from '../../src/training/evaluation/precisionComparison.js';
import { measureActivationRanges } from '../../src/training/backboneRanges.js';
import { withoutOpenvino } from '../engines/addon.js';
import { preprocessing, randomPixels, writeSmallModel, type SmallModel } from '../engines/contract.js';

let folder: string;
let model: SmallModel;
let ranges: ActivationRanges;
const imageCount = 40;

async function* images(): AsyncGenerator<Uint8Array> {
  for (let seed = 1; seed <= imageCount; seed++) yield randomPixels(1, seed);
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  model = await writeSmallModel(folder);
  ranges = await measureActivationRanges(model.backbone, join(folder, 'cache'), images(), { threads: 1 });
});
after(() => rm(folder, { recursive: true, force: true }));

const refusesInt8: string | false =
  (readProcessorFeatures()?.int8 ?? false) ? false : 'SKIPPED: this processor has no 8-bit dot products';

/** Embeddings of twelve images that nothing was measured on. */
async function embed(engine: Engine, reduced?: ReducedPrecision): Promise<Float32Array> {
  const artifact = { ...model.backbone, ...(reduced && { reduced }) };
  await engine.loadBackbone(artifact);
  const pixels = randomPixels(12, 99);
  const { embeddings } = await engine.run({ backboneId: loadedIdOf(artifact), pixels, count: 12, headIds: [] });
  await engine.unloadBackbone(loadedIdOf(artifact));
  return embeddings;
}

const start = (name: EngineName): Promise<Engine> =>
  createInThread({ engine: name, device: 'cpu', threads: 1, cacheDir: join(folder, 'cache'), warmupBatchSizes: [] });

it('the ranges are of every activation that a convolution reads or writes', () => {
  assert.equal(ranges.images, imageCount);
  assert.ok(Object.keys(ranges.ranges).length >= 4);
  for (const [low, high] of Object.values(ranges.ranges)) assert.ok(low <= 0 && high >= 0 && high - low > 0);
});

for (const [name, skip] of [
  ['onnx', refusesInt8],
  ['openvino', withoutOpenvino || refusesInt8],
] as const)
  describe(`int8 on ${name}`, { skip }, () => {
    let engine: Engine;
    before(async () => {
      engine = await start(name);
    });
    after(() => engine.close());

    it('gives nearly the embeddings of fp32', async () => {
      const kept = explainedVariance(await embed(engine), await embed(engine, { precision: 'int8', ranges }), 12);
      assert.ok(kept > 0.95, `${kept}`);
      assert.ok(kept < 1, 'it was computed in fp32');
    });

    it('gives others with ranges that are wrong: nothing fails, which is what the gate is for', async () => {
      const absurd = Object.fromEntries(
        Object.entries(ranges.ranges).map(([value, [low, high]]) => [value, [low / 50, high / 50] as [number, number]]),
      );
      const wrong = { ...ranges, ranges: absurd };
      const kept = explainedVariance(
        await embed(engine),
        await embed(engine, { precision: 'int8', ranges: wrong }),
        12,
      );
      assert.ok(kept < 0.5, `${kept}`);
    });

    it('refuses ranges that are of another graph', async () => {
      const refused = (changed: ActivationRanges): Promise<unknown> =>
        assert.rejects(
          embed(engine, { precision: 'int8', ranges: changed }),
          (error) => error instanceof AppError && error.code === 'invalid_model',
        );
      await refused({ ...ranges, ranges: {} });
      await refused({ ...ranges, graphRevision: ranges.graphRevision + 1 });
    });
  });

it('engines agree with each other', { skip: withoutOpenvino || refusesInt8 }, async () => {
  const [onnx, openvino] = [await start('onnx'), await start('openvino')];
  const reduced = { precision: 'int8', ranges } as const;
  const kept = explainedVariance(await embed(onnx, reduced), await embed(openvino, reduced), 12);
  assert.ok(kept > 0.999, `${kept}`);
  await onnx.close();
  await openvino.close();
});

/** conv → relu, once to a concatenation with its own pooling, then conv; the first one padded or not. */
function sketch(pads: readonly number[]) {
  const graph = new Graph();
  const pixels = emitPixels(graph, preprocessing);
  const weights = (outputs: number, inputs: number): string =>
    graph.floats([outputs, inputs, 3, 3], new Float32Array(outputs * inputs * 9).fill(0.01));
  const window = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
  const first = graph.node('Conv', [pixels.name, weights(4, 3)], { ...window, pads: ints(pads) });
  const relu = graph.node('Relu', [first]);
  const pool = graph.node('MaxPool', [relu], window);
  const joined = graph.node('Concat', [relu, pool], { axis: { type: 2, i: 1 } });
  const last = graph.node('Conv', [joined, weights(2, 8)], window);
  const mean = graph.node('GlobalAveragePool', [graph.node('Sigmoid', [last])]);
  const bytes = graph.encode('embedding', { name: mean, shape: [2, 1, 1] });
  return { model: decodeOnnx(bytes, 'sketch'), relu, pool, joined, pixels: pixels.name };
}

describe('the placement', () => {
  it('shares one scale among what is only chosen from, and leaves what a sigmoid reads in floats', () => {
    const { model: graph, relu, pool, joined, pixels } = sketch([0, 0, 0, 0]);
    const { names, groupOf } = findQuantizable(wire(graph.graph), new Set([pixels]));
    assert.deepEqual(names, [relu, pool, joined]);
    assert.equal(new Set(names.map(groupOf)).size, 1);
  });

  it('makes the normalisation part of a first convolution that is not padded, and of no other', () => {
    const operators = (pads: readonly number[], rounding: PixelRounding = 'bytes'): string[] => {
      const { model: graph, relu, pool, joined } = sketch(pads);
      const measured = { ...ranges, ranges: { [relu]: [0, 1], [pool]: [0, 1], [joined]: [0, 1] } };
      return quantizeGraph(graph, measured as ActivationRanges, rounding).graph.node.map(({ op_type }) => op_type);
    };
    const folded = operators([0, 0, 0, 0]);
    assert.equal(folded.includes('Cast'), false);
    const padded = operators([1, 1, 1, 1]);
    assert.equal(padded.filter((operator) => operator === 'Cast').length, 1);
    assert.equal(folded.filter((operator) => operator === 'QuantizeLinear').length, 3);
    const centred = operators([0, 0, 0, 0], 'centred');
    assert.equal(centred.filter((operator) => operator === 'QuantizeLinear').length, 4);
  });
});
