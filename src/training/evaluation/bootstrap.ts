// Confidence intervals by resampling the images (Efron's percentile bootstrap), seeded: for figures that are no plain shares (see proportions.ts).
import { createRandom } from '../random.js';
import type { Interval } from './proportions.js';

const resamples = 1000;

/** Value at `share` of a sorted array. */
const quantile = (sorted: Float64Array, share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;

/** Intervals of several figures at once: `measure` gets the row numbers of a resample and gives one value per figure. */
export function bootstrapIntervals(
  count: number,
  seed: number,
  measure: (rows: Uint32Array) => readonly number[],
): Interval[] {
  const random = createRandom(seed);
  const rows = new Uint32Array(count);
  const samples: (readonly number[])[] = [];
  for (let i = 0; i < resamples; i++) {
    for (let j = 0; j < count; j++) rows[j] = random.below(count);
    samples.push(measure(rows));
  }
  return samples[0]!.map((_, figure) => {
    const sorted = Float64Array.from(samples, (sample) => sample[figure]!).sort();
    return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
  });
}
