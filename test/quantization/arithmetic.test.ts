import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { activationScale, quantizeBiases, quantizeWeights } from '../../src/quantization/arithmetic.js';
import { Histogram } from '../../src/quantization/histogram.js';
import { createRandom } from '../support/reference.js';

describe('the scale of an activation', () => {
  it('spreads the range over 255 steps and keeps zero exact', () => {
    assert.deepEqual(activationScale([0, 5.1]), { scale: 5.1 / 255, zeroPoint: 0 });
    const { scale, zeroPoint } = activationScale([-1, 1]);
    assert.equal(scale, 2 / 255);
    assert.equal(zeroPoint, 128);
  });

  it('holds zero although the range does not', () => {
    assert.equal(activationScale([3, 6]).zeroPoint, 0);
    assert.equal(activationScale([3, 6]).scale, 6 / 255);
    assert.equal(activationScale([-6, -3]).zeroPoint, 255);
  });

  it('is of some size for a value that is always zero', () => {
    assert.deepEqual(activationScale([0, 0]), { scale: 1, zeroPoint: 0 });
  });
});

describe('weights', () => {
  it('have a scale for each output channel, and its largest weight is 127 of them', () => {
    const { values, scales } = quantizeWeights(Float32Array.of(1, -2, 0.5, 0, 0, 0, 40, 10, -30), 3);
    assert.deepEqual([...values], [64, -127, 32, 0, 0, 0, 127, 32, -95]);
    assert.deepEqual(
      [...scales],
      [2 / 127, 1, 40 / 127].map((scale) => Math.fround(scale)),
    );
  });

  it('come back with an error of half a step at most', () => {
    const weights = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i * 1.7) * (1 + (i % 7)));
    const { values, scales } = quantizeWeights(weights, 6);
    weights.forEach((weight, i) => {
      const scale = scales[Math.floor(i / 100)]!;
      assert.ok(Math.abs(values[i]! * scale - weight) <= scale / 2 + 1e-6);
    });
  });
});

it('biases are in the units of the products, and too large a one is the largest', () => {
  assert.deepEqual(
    [...quantizeBiases(Float32Array.of(1, -0.5, 1e9), 0.1, Float32Array.of(0.01, 0.1, 1e-6))],
    [1000, -50, 2 ** 31 - 1],
  );
});

describe('a histogram', () => {
  const histogramOf = (...values: readonly number[]): Histogram => {
    const histogram = new Histogram();
    histogram.add(Float32Array.from(values));
    return histogram;
  };
  const close = (found: readonly number[], expected: readonly number[]): void =>
    found.forEach((value, i) =>
      assert.ok(Math.abs(value - expected[i]!) < 0.02, `${found.join(' ')} is not ${expected.join(' ')}`),
    );

  it('knows the largest values of both signs, however far they lie', () => {
    close(histogramOf(0.001, -0.002, 3.7, -8.2).range('largest'), [-8.2, 3.7]);
  });

  it('leaves out one value of twenty thousand, not one of a thousand', () => {
    const many = (count: number): number[] => Array.from({ length: count }, (_, i) => (i % 100) / 100);
    close(histogramOf(...many(20_000), 9).range('percentile'), [0, 0.99]);
    close(histogramOf(...many(1_000), 9).range('percentile'), [0, 9]);
  });

  it('refuses what is not finite: nothing could be measured on it', () => {
    for (const value of [NaN, Infinity, -Infinity])
      assert.throws(() => histogramOf(1, value, 2), /an activation is .*: the network overflows/);
  });

  it('clips a lone value where the steps that it costs the others cost more', () => {
    const values = Float32Array.from({ length: 1_000_001 }, (_, i) => (i === 0 ? 4 : (i % 1000) / 1000));
    const histogram = new Histogram();
    histogram.add(values);
    const [low, high] = histogram.range('least-squares');
    assert.ok(low === 0 && high >= 0.99 && high < 2, `${low} ${high}`);
  });

  it('clips a long thin tail where the lost steps tell more than the tail, and nothing where there is none', () => {
    const random = createRandom(4);
    const exponential = (count: number): number[] => Array.from({ length: count }, () => -Math.log(1 - random()));
    const [, short] = histogramOf(...Array.from({ length: 50_000 }, () => random())).range('entropy');
    assert.ok(short > 0.95, `${short}`);
    const tail = [...exponential(50_000), ...Array.from({ length: 20 }, (_, i) => 20 + 2 * i)];
    const [low, high] = histogramOf(...tail).range('entropy');
    assert.ok(low === 0 && high > 7 && high < 30, `${low} ${high}`);
  });

  it('does not let the zeros of a rectifier say which range is best', () => {
    const random = createRandom(5);
    const values = Array.from({ length: 20_000 }, () => -Math.log(1 - random()));
    const alone = histogramOf(...values).range('entropy');
    assert.deepEqual(histogramOf(...values, ...new Array<number>(60_000).fill(0)).range('entropy'), alone);
  });
});
