import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { presentMetrics } from '../../src/http/versionMetrics.js';

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
});
