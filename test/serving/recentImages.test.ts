import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentImages } from '../../src/serving/recentImages.js';
import type { ImageOutcome } from '../../src/serving/classify.js';

const image = (totalMs: number): ImageOutcome =>
  ({ ok: true, stages: { queueMs: 0, decodeMs: 1, inferenceMs: 2, headMs: 0, totalMs } }) as ImageOutcome;

test('percentiles are of the images of the last minute alone', () => {
  let now = 0;
  const recent = new RecentImages(() => now);
  assert.deepEqual(recent.summarise(), { images: 0, stages: undefined });
  recent.observe({ images: [image(9_000)] });
  now = 30_000;
  recent.observe({ images: Array.from({ length: 100 }, (_, i) => image(100 - i)) });
  now = 61_500;
  const { images, stages } = recent.summarise();
  assert.equal(images, 100);
  assert.deepEqual(stages!.total, { p50: 50, p95: 95, p99: 99 });
  assert.deepEqual(stages!.decode, { p50: 1, p95: 1, p99: 1 });
  now = 91_000;
  assert.deepEqual(recent.summarise(), { images: 0, stages: undefined });
});

test('images that failed are not counted, and of more than are remembered all others are', () => {
  const recent = new RecentImages(() => 5_000);
  const failed = { ok: false } as ImageOutcome;
  recent.observe({ images: [failed, ...Array.from({ length: 10_000 }, () => image(3))] });
  const { images, stages } = recent.summarise();
  assert.deepEqual([images, stages!.total.p99], [10_000, 3]);
});
