import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settleLabelSets } from '../../src/data/datasets/splitLabelSets.js';
import type { SplitMember } from '../../src/data/datasets/split.js';
import { macroF1 } from '../../src/training/evaluation/confusion.js';
import { meanOfPresent, RankedSets } from '../../src/training/multiLabel/averagePrecision.js';
import { countExact, countSets, decide, microF1 } from '../../src/training/multiLabel/labelSetScores.js';
import { compareSets } from '../../src/training/multiLabel/labelSetEvaluation.js';
import { fitScalings } from '../../src/training/multiLabel/plattScaling.js';
import { chooseThresholds } from '../../src/training/multiLabel/thresholds.js';
import { createRandom } from '../../src/training/random.js';
import { sigmoid } from '../../src/sigmoid.js';

/** Drawn by NumPy, with ties; what is expected is what scikit-learn makes of them. */
const drawn = {
  // prettier-ignore
  truth: Uint8Array.of(
    1, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 0,
    1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1,
    0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1,
    0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0,
    0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0,
    1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0,
  ),
  // prettier-ignore
  scores: Float64Array.of(
    0.9, -0.1, -1.0, -0.0, 1.3, 0.5, 0.1, 0.4, 0.2, 0.5, 0.5, -0.5, 0.7, -0.1, 0.3, 0.1,
    2.1, 0.9, 0.9, -0.6, 0.4, -0.4, 0.3, -0.8, 0.7, 0.6, -0.8, -0.6, 0.1, 0.0, 0.4, 1.8,
    -0.1, 0.5, 0.1, 1.1, 1.0, 0.8, -0.6, 0.5, -0.5, 0.9, 0.4, -0.2, 0.3, 0.3, -0.4, 0.0,
    0.3, 1.5, -0.1, 0.3, -0.7, -0.2, 0.3, 1.1, 0.0, 0.2, 0.1, 0.7, -0.3, -0.3, 0.1, -0.5,
    -0.3, 0.1, -0.2, 1.1, -0.2, -0.1, 0.5, 0.4, 1.0, -1.3, 1.1, 0.3, 0.7, 1.1, 0.6, 0.6,
    0.7, 1.6, -0.2, -0.1, 0.5, -0.3, 1.3, 0.6, 1.3, 0.6, -0.2, 0.7, 0.4, -0.4, 0.2, -0.0,
  ),
  classes: 4,
};

const close = (found: number, expected: number): void =>
  assert.ok(Math.abs(found - expected) < 1e-12, `${found}, not ${expected}`);

describe('the figures of a multi-label version', () => {
  it('have the average precision of scikit-learn, by class and in the mean', () => {
    const precisions = new RankedSets(drawn).averagePrecisions();
    [0.6669957493486904, 0.4948857533443999, 0.5, 0.7017340431662682].forEach((expected, i) =>
      close(precisions[i]!, expected),
    );
    close(meanOfPresent(precisions), 0.5909038864648397);
  });

  it('leave classes that no image has out of the mean', () => {
    const precisions = new RankedSets({ scores: [3, 1, 2, 2], truth: Uint8Array.of(1, 0, 0, 0), classes: 2 });
    assert.deepEqual([...precisions.averagePrecisions()], [1, NaN]);
    assert.equal(meanOfPresent(precisions.averagePrecisions()), 1);
  });

  it('count an image as often as a resample has it', () => {
    const ranked = new RankedSets({ scores: [3, 2, 1], truth: Uint8Array.of(0, 1, 1), classes: 1 });
    close(ranked.averagePrecisions(Uint32Array.of(0, 1, 1))[0]!, 2 / 3);
  });

  it('have the F1 of scikit-learn, and count images of which everything is right', () => {
    const predicted = decide(drawn.scores, [0.3, 0.3, 0.3, 0.3]);
    const counts = countSets(drawn.truth, predicted, 4);
    close(microF1(counts), 0.5609756097560976);
    close(macroF1(counts), 0.5000067476383265);
    assert.equal(countExact(drawn.truth, predicted, 4), 2);
  });

  it('say of two versions which ranks the same images better', () => {
    const worse = { ...drawn, scores: drawn.scores.map((score, i) => (drawn.truth[i] === 1 ? score - 0.5 : score)) };
    const { gain, gainInterval, ...means } = compareSets(drawn, worse, 1);
    assert.ok(gain > 0 && gainInterval.low <= gain && gain <= gainInterval.high);
    close(means.candidateMeanAveragePrecision - means.activeMeanAveragePrecision, gain);
  });
});

describe('thresholds', () => {
  it('lie where F1 is highest, halfway between two probabilities', () => {
    const probabilities = Float64Array.of(0.9, 0.8, 0.7, 0.6, 0.5, 0.3, 0.2, 0.1);
    const truth = Uint8Array.of(1, 1, 0, 1, 1, 1, 0, 0);
    assert.deepEqual(chooseThresholds(probabilities, truth, 1), [0.25]);
  });

  it('are 0.5 for a class that few images have', () => {
    assert.deepEqual(chooseThresholds(Float64Array.of(0.3, 0.2, 0.1), Uint8Array.of(1, 0, 0), 1), [0.5]);
  });
});

describe('Platt scaling', () => {
  /** Logits whose probability is not `sigmoid(logit)`, but that of twice the logit less one. */
  const draw = (count: number) => {
    const random = createRandom(5);
    const logits = Float32Array.from({ length: count }, () => (random.next() - 0.5) * 4);
    const truth = Uint8Array.from(logits, (logit) => Number(random.next() < sigmoid(2 * logit - 1)));
    return { logits, truth, classes: 1, parts: Uint8Array.from(logits, (_, i) => i % 5) };
  };

  it('finds what makes the probabilities true', () => {
    const { scalings, logLoss } = fitScalings(draw(4000));
    assert.ok(
      Math.abs(scalings[0]!.slope - 2) < 0.2 && Math.abs(scalings[0]!.shift + 1) < 0.2,
      JSON.stringify(scalings),
    );
    assert.ok(logLoss.calibrated < logLoss.uncalibrated);
  });

  it('leaves a class alone of which there are few images', () => {
    assert.deepEqual(fitScalings(draw(12)).scalings, [{ slope: 1, shift: 0 }]);
  });
});

describe('the splits of a multi-label dataset', () => {
  const options = { splitSeed: 1, validationShare: 0.2, testShare: 0.2 };
  const member = (i: number, labels: string): SplitMember => ({
    sha256: `${i}`.padStart(4, '0'),
    groupKey: `${i}`.padStart(4, '0'),
    label: labels,
    split: 'train',
    splitGiven: false,
    splitSettled: false,
  });

  it('give each label its share of each part, the rare one too', () => {
    const members = Array.from({ length: 100 }, (_, i) =>
      member(i, i < 10 ? 'a|rare' : i < 60 ? 'a|b' : i < 90 ? 'b' : '|'),
    );
    const moves = settleLabelSets(options, members);
    const count = (split: string, isWanted: (label: string) => boolean): number =>
      members.filter(({ groupKey, label }) => isWanted(label) && (moves.get(groupKey) ?? 'train') === split).length;
    for (const split of ['validation', 'test']) {
      assert.equal(
        count(split, (label) => label === 'a|rare'),
        2,
      );
      assert.equal(
        count(split, (label) => label.includes('a')),
        12,
      );
      assert.equal(
        count(split, (label) => label.includes('b')),
        16,
      );
      assert.equal(
        count(split, (label) => label === '|'),
        2,
      );
    }
    assert.deepEqual(settleLabelSets(options, members.toReversed()), moves);
  });

  it('keep near duplicates together and leave alone what was given or settled', () => {
    const together = [0, 1, 2].map((i) => ({ ...member(i, 'a'), groupKey: 'one' }));
    const fixed = [
      { ...member(10, 'a'), splitGiven: true, split: 'test' as const },
      { ...member(11, 'a'), splitSettled: true, split: 'test' as const },
    ];
    const moves = settleLabelSets(options, [...together, ...fixed, member(12, 'a'), member(13, 'b')]);
    assert.ok(!moves.has('0010') && !moves.has('0011'));
    assert.ok([...moves.keys()].every((key) => ['one', '0012', '0013'].includes(key)));
  });
});
