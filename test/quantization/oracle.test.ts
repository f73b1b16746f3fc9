// Weights and ranges beside those of NNCF, and divergences beside SciPy's: bench/oracle/quantization.py wrote down what they give.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { activationScale, quantizeWeights } from '../../src/quantization/arithmetic.js';
import { divergence, Histogram } from '../../src/quantization/histogram.js';

interface Expected {
  /** By layer: floats, outputs first, and what NNCF made of them. */
  readonly layers: Record<string, { weights: number[]; values: number[]; scales: number[] }>;
  /** By value: all that it was on the images, and the range that NNCF gave it. */
  readonly activations: Record<string, { low: number; high: number; levels: number; values: number[] }>;
  readonly divergences: {
    counts: number[];
    levels: number;
    cases: { first: number; end: number; divergence: number }[];
  };
}
const file = new URL('../../../test/fixtures/quantization/expected.json', import.meta.url);
const { layers, activations, divergences } = JSON.parse(readFileSync(file, 'utf8')) as Expected;

const isNear = (found: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected}`);

for (const [name, { weights, values, scales }] of Object.entries(layers))
  it(`the weights of the layer "${name}" are those of NNCF`, () => {
    const found = quantizeWeights(Float32Array.from(weights), scales.length);
    assert.deepEqual([...found.values], values);
    found.scales.forEach((scale, channel) => isNear(scale, scales[channel]!, 1e-6 * scales[channel]!));
  });

for (const [name, { low, high, levels, values }] of Object.entries(activations))
  it(`the largest range of "${name}" is that of NNCF, to a bin of the histogram, and so are its steps`, () => {
    const histogram = new Histogram();
    histogram.add(Float32Array.from(values));
    const [lowest, highest] = histogram.range('largest');
    isNear(lowest, low, 0);
    isNear(highest, high, high / 1024);
    const { scale, zeroPoint } = activationScale([low, high]);
    assert.deepEqual({ scale, zeroPoint }, { scale: (high - low) / (levels - 1), zeroPoint: 0 });
  });

it('what rounding takes from a distribution is what SciPy says', () => {
  const counts = Float64Array.from(divergences.counts);
  for (const { first, end, divergence: expected } of divergences.cases)
    isNear(divergence(counts, first, end, divergences.levels), expected, 1e-9);
});
