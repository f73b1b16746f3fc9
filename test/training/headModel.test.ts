import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { headToLayersModel } from '../../src/training/fit/headModel.js';
import { runHead } from '../../src/training/worker/runHead.js';
import type { DenseLayer } from '../../src/training/fit/headFit.js';
import {
  foldStandardisation,
  measureStandardisation,
  standardiseRows,
} from '../../src/training/fit/standardisation.js';
import { createRandom } from '../../src/training/random.js';

const random = createRandom(3);
const values = (length: number, scale = 1): Float32Array =>
  Float32Array.from({ length }, () => (random.next() - 0.5) * scale);

describe('the exported head', () => {
  before(() => tf.setBackend('cpu'));

  it('runs as a tfjs layers model and gives what its layers say', async () => {
    const layers: DenseLayer[] = [
      { units: 3, activation: 'swish', kernel: values(6), bias: values(3) },
      { units: 2, activation: 'linear', kernel: values(6), bias: values(2) },
    ];
    const input = [0.3, -0.7];
    const hidden = [0, 1, 2].map(
      (j) => input[0]! * layers[0]!.kernel[j]! + input[1]! * layers[0]!.kernel[3 + j]! + layers[0]!.bias[j]!,
    );
    const active = hidden.map((x) => x / (1 + Math.exp(-x)));
    const expected = [0, 1].map((j) =>
      active.reduce((sum, x, i) => sum + x * layers[1]!.kernel[i * 2 + j]!, layers[1]!.bias[j]!),
    );
    const output = await runHead(headToLayersModel(layers, 2), Float32Array.from([...input, ...input]), 2);
    [...expected, ...expected].forEach((value, i) => assert.ok(Math.abs(output[i]! - value) < 1e-5));
  });

  it('does not let a value that hardly varied among few images outshout the others', () => {
    const steady = [0, 1, 0, 1].flatMap((value) => [value, 0.5, value * 1e-4, 1 - value]);
    const input = measureStandardisation(Float32Array.from(steady), 4);
    const [first, never, hardly] = standardiseRows(Float32Array.from([1, 0.6, 0.5, 0]), input);
    assert.ok(first! > 0.9 && first! < 1.1, `${first}`);
    assert.equal(never, 0);
    // Divided by its own deviation it would be 10,000.
    assert.ok(hardly! > 1 && hardly! < 15, `${hardly}`);
  });

  it('takes raw embeddings: the standardisation is folded into its first layer', async () => {
    const raw = values(40 * 4, 50).map((value, i) => (i % 4 === 3 ? 7 : value + 20));
    const input = measureStandardisation(raw, 4);
    const layer: DenseLayer = { units: 2, activation: 'linear', kernel: values(8), bias: values(2) };
    const onStandardised = await runHead(headToLayersModel([layer], 4), standardiseRows(raw, input), 40);
    const onRaw = await runHead(headToLayersModel([{ ...layer, ...foldStandardisation(layer, input) }], 4), raw, 40);
    onStandardised.forEach((value, i) => assert.ok(Math.abs(onRaw[i]! - value) < 1e-4, `${onRaw[i]!} is not ${value}`));
  });
});
