import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wilsonInterval } from '../../src/training/evaluation/proportions.js';
import { presentMetrics, presentVersionMetrics } from '../../src/http/versionMetrics.js';

const mistake = { image: 'ab', imageId: 7, label: 'a', predicted: 'b', probability: 0.9 };

describe('the figures of a version', () => {
  it('are shown without those of an unknown shape, and with any that are unknown', () => {
    const metrics = { accuracy: 0.5, macroF1: 'high', temperatureFit: { method: 'guess' }, top5: 1 };
    assert.deepEqual(presentMetrics(metrics, undefined), { accuracy: 0.5, top5: 1 });
  });

  it('have previews of their mistakes where the images are here', () => {
    const metrics = { worstMistakes: [mistake] };
    assert.deepEqual(presentMetrics(metrics, undefined), metrics);
    assert.deepEqual(
      presentMetrics(metrics, 'd').worstMistakes?.[0]?.thumbnail,
      '/v1/admin/datasets/d/images/7/thumbnail',
    );
  });

  it('have the intervals that their counts imply', () => {
    const classes = [
      { label: 'a', precision: 0.5, recall: 1, f1: 2 / 3, support: 1 },
      { label: 'b', precision: 0, recall: 0, f1: 0, support: 1 },
    ];
    const reliability = [{ from: 0.8, to: 0.9, count: 4, confidence: 0.85, accuracy: 0.75 }];
    const curve = { expectedError: 0.1, negativeLogLikelihood: 1, reliability };
    const confusion = [
      [1, 0],
      [1, 0],
    ];
    const calibration = { before: curve, after: curve };
    const shown = presentVersionMetrics({ classes, confusion, calibration, accuracy: 0.5 }, undefined);
    const [a, b] = shown.classes!;
    assert.deepEqual(a!.precisionInterval, wilsonInterval(1, 2));
    assert.deepEqual(a!.recallInterval, wilsonInterval(1, 1));
    assert.deepEqual([b!.precisionInterval, b!.recallInterval], [undefined, wilsonInterval(0, 1)]);
    assert.deepEqual(shown.calibration!.after.reliability[0]!.accuracyInterval, wilsonInterval(3, 4));
    const counted = presentVersionMetrics({ classes: 3, images: { train: 5 }, accuracy: 0.5 }, undefined);
    assert.deepEqual(counted, { accuracy: 0.5 }, 'a training has other figures under these names');
  });
});
