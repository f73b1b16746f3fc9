import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootstrapIntervals } from '../../src/training/evaluation/bootstrap.js';
import { measureCalibration, type Calibration } from '../../src/training/evaluation/calibration.js';
import { compareVersions, isBetter } from '../../src/training/evaluation/comparison.js';
import { evaluate } from '../../src/training/evaluation/evaluation.js';
import { pairedDifferenceInterval, wilsonInterval } from '../../src/training/evaluation/proportions.js';
import { fitAndMeasure, fitTemperature, fitWhereItHelps } from '../../src/training/evaluation/temperature.js';
import { createRandom } from '../../src/training/random.js';
import { negativeLogLikelihood, probabilitiesOfRow } from '../../src/training/evaluation/scores.js';

const near = (actual: number, expected: number, tolerance = 1e-9): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

/** Logits whose softmax at `temperature` 1 / sharpness is honest: each label is drawn from it. */
function honestLogits(count: number, sharpness: number, seed = 5): { logits: Float32Array; truth: Uint32Array } {
  const random = createRandom(seed);
  const honest = Float32Array.from({ length: count * 3 }, () => random.next() * 4);
  const truth = Uint32Array.from({ length: count }, (_, row) => {
    const [first, second] = probabilitiesOfRow(honest, row, 3);
    const draw = random.next();
    return draw < first! ? 0 : draw < first! + second! ? 1 : 2;
  });
  return { logits: honest.map((value) => value * sharpness), truth };
}

describe('evaluation', () => {
  // Worked by hand: predictions a a b b c c for truth a b b b c a.
  const one = (index: number): number[] => [0, 1, 2].map((i) => (i === index ? 2 : 0));
  const labelled = {
    logits: Float32Array.from([0, 0, 1, 1, 2, 2].flatMap(one)),
    truth: Uint32Array.from([0, 1, 1, 1, 2, 0]),
    labels: ['a', 'b', 'c'],
    images: ['i0', 'i1', 'i2', 'i3', 'i4', 'i5'].map((image) => ({ image })),
  };
  const result = evaluate(labelled, 1, 1);

  it('counts accuracy, precision, recall and F1 as by hand', () => {
    near(result.accuracy, 4 / 6);
    assert.deepEqual(result.confusion, [
      [1, 0, 1],
      [1, 2, 0],
      [0, 0, 1],
    ]);
    const [a, b, c] = result.classes;
    assert.deepEqual([a!.precision, a!.recall, a!.support], [1 / 2, 1 / 2, 2]);
    assert.deepEqual([b!.precision, b!.recall, b!.support], [1, 2 / 3, 3]);
    near(b!.f1, 0.8);
    near(c!.f1, 2 / 3);
    near(result.macroF1, (0.5 + 0.8 + 2 / 3) / 3);
    assert.equal(result.top5, 1);
  });

  it('names the mistakes with their images, the most confident first', () => {
    const logits = labelled.logits.map((value, i) => (i >= 3 && i < 6 ? value * 1.5 : value));
    const { worstMistakes } = evaluate({ ...labelled, logits }, 1, 1);
    assert.deepEqual(
      worstMistakes.map(({ image, label, predicted }) => [image, label, predicted]),
      [
        ['i1', 'b', 'a'],
        ['i5', 'a', 'c'],
      ],
    );
    near(worstMistakes[0]!.probability, Math.exp(3) / (Math.exp(3) + 2), 1e-6);
  });

  it('measures the calibration error as by hand', () => {
    const confidence = Math.exp(2) / (Math.exp(2) + 2);
    near(result.calibration.before.expectedError, Math.abs(confidence - 4 / 6), 1e-6);
    assert.equal(result.calibration.before.reliability.length, 1);
  });

  it('gives the same intervals for the same seed, around the figure', () => {
    assert.deepEqual(evaluate(labelled, 1, 1), result);
    assert.ok(result.accuracyInterval.low <= result.accuracy && result.accuracy <= result.accuracyInterval.high);
  });
});

describe('the calibration error that is chance', () => {
  it('is what one bin of a fair coin shows: the mean |share of heads - 1/2|', () => {
    const { chanceError } = measureCalibration(new Float32Array(200), new Uint32Array(100), 2, 1, createRandom(3));
    // sqrt(2 / pi) of the deviation, sqrt(1/4 / 100); the mean of 100 draws is known to 0.003.
    near(chanceError, Math.sqrt(2 / Math.PI) * 0.05, 0.01);
  });

  const errorsAt = (count: number, temperature: number, seed: number): Calibration => {
    const { logits, truth } = honestLogits(count, 1, seed);
    return measureCalibration(logits, truth, 3, temperature, createRandom(seed));
  };

  it('is the whole error of honest probabilities, and falls with the images', () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const means = [200, 3_200].map((count) => {
      const errors = seeds.map((seed) => errorsAt(count, 1, seed));
      const expected = errors.reduce((sum, { expectedError }) => sum + expectedError / seeds.length, 0);
      const chance = errors.reduce((sum, { chanceError }) => sum + chanceError / seeds.length, 0);
      // One error strays from the mean by a third of it, the mean of forty by a twentieth.
      near(expected, chance, chance * 0.2);
      return chance;
    });
    // Sixteen times the images: a quarter, somewhat more where bins hold next to none.
    near(means[0]! / means[1]!, 4, 0.5);
  });

  it('is no excuse for dishonest ones', () => {
    const { expectedError, chanceError } = errorsAt(2_000, 0.4, 1);
    assert.ok(expectedError > 5 * chanceError, `${expectedError} is not above ${chanceError}`);
  });
});

describe('temperature scaling', () => {
  it('finds the factor by which honest logits were sharpened', () => {
    const { logits, truth } = honestLogits(4000, 2.5);
    near(fitTemperature({ logits, truth, classes: 3 }), 2.5, 0.2);
  });

  it('is a minimum of the likelihood and lowers the calibration error', () => {
    const { logits, truth } = honestLogits(20_000, 4);
    const temperature = fitTemperature({ logits, truth, classes: 3 });
    const loss = (t: number): number => negativeLogLikelihood(logits, truth, 3, t);
    assert.ok(loss(temperature) <= loss(temperature * 1.01) && loss(temperature) <= loss(temperature / 1.01));
    assert.ok(
      measureCalibration(logits, truth, 3, temperature, createRandom(1)).expectedError <
        measureCalibration(logits, truth, 3, 1, createRandom(1)).expectedError,
    );
  });

  it('hardly believes a few images that are all right or all wrong', () => {
    const logits = Float32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 3 : 0));
    const at = (label: number): number =>
      fitTemperature({ logits, truth: new Uint32Array(10).fill(label), classes: 2 });
    assert.ok(at(0) > 0.75 && at(0) < 1, `${at(0)}`);
    assert.ok(at(1) > 1 && at(1) < 5, `${at(1)}`);
    assert.equal(fitTemperature({ logits: new Float32Array(0), truth: new Uint32Array(0), classes: 2 }), 1);
  });

  it('stays at 1 unless a part of the images is better off with the temperature of the others', () => {
    const { logits, truth } = honestLogits(300, 4);
    const parts = truth.map((_, row) => row % 5);
    const sharpened = fitWhereItHelps({ logits, truth, classes: 3 }, parts);
    assert.ok(sharpened.temperature > 2.5 && sharpened.logLoss.calibrated < sharpened.logLoss.uncalibrated);
    // Too sharp in one part and too flat in the other: what helps one harms the other.
    const opposed = logits.map((value, i) => (i < 450 ? value : value / 16));
    const halves = truth.map((_, row) => Number(row >= 150));
    const unseen = { logits: opposed, truth, classes: 3 };
    const { temperature, logLoss } = fitWhereItHelps(unseen, halves);
    assert.ok(logLoss.calibrated > logLoss.uncalibrated);
    assert.equal(temperature, 1);
    // Told to trust it all the same, it says what it found.
    assert.deepEqual(fitAndMeasure(unseen, halves), { temperature: fitTemperature(unseen), images: 300, logLoss });
  });
});

describe('an interval of a share', () => {
  it("is Wilson's: 39 of 39 leave room for an error in ten", () => {
    const { low, high } = wilsonInterval(39, 39);
    near(low, 0.9103, 1e-4);
    assert.equal(high, 1);
    // R. G. Newcombe 1998, table I: 81 of 263, 15 of 148 and 0 of 20.
    for (const [hits, count, from, to] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
    ] as const) {
      near(wilsonInterval(hits, count).low, from, 1e-4);
      near(wilsonInterval(hits, count).high, to, 1e-4);
    }
  });

  it('has a width for a difference of two that agree on every image, and lies around one that is seen', () => {
    const equal = pairedDifferenceInterval(0, 0, 39);
    assert.ok(equal.low < -0.05 && equal.high > 0.05 && equal.low > -0.1);
    near(equal.low, -equal.high);
    const seen = pairedDifferenceInterval(30, 5, 100);
    // (31 - 6) / 102 ± 1.96 × sqrt((31/102 + 6/102 - (25/102)²) / 102)
    near(seen.low, 0.1383, 1e-4);
    near(seen.high, 0.3519, 1e-4);
  });
});

describe('bootstrap', () => {
  it('covers about what theory says for a share', () => {
    const hits = Array.from({ length: 400 }, (_, i) => Number(i % 4 !== 0));
    const [interval] = bootstrapIntervals(400, 1, (rows) => [rows.reduce((sum, row) => sum + hits[row]!, 0) / 400]);
    const halfWidth = 1.96 * Math.sqrt((0.75 * 0.25) / 400);
    near(interval!.low, 0.75 - halfWidth, 0.01);
    near(interval!.high, 0.75 + halfWidth, 0.01);
  });
});

describe('comparison', () => {
  it('pairs the images and wants the margin reached', () => {
    const comparison = compareVersions(['a', 'b', 'a', 'b'], ['a', 'b', 'a', 'a'], ['a', 'a', 'b', 'b']);
    assert.deepEqual([comparison.gain, comparison.onlyCandidate, comparison.onlyActive], [0.25, 2, 1]);
    assert.ok(isBetter(comparison, 0.25) && isBetter(comparison, 0));
    assert.ok(!isBetter(comparison, 0.26) && !isBetter({ ...comparison, gain: 0 }, 0));
  });
});
