// The distribution of an activation's values, in bounded memory, and the range of it that u8 should represent.

const binCount = 2048;

/** How a range is chosen: all values, all but a ten-thousandth on each side, the least mean square error, or the least lost information. */
export const rangeMethods = ['largest', 'percentile', 'least-squares', 'entropy'] as const;
export type RangeMethod = (typeof rangeMethods)[number];

/** Counts by size in 2048 bins, of negative values and of the others; its reach doubles when a value lies beyond it. */
export class Histogram {
  #reach = 2 ** -10;
  #positive = new Float64Array(binCount);
  #negative = new Float64Array(binCount);

  /** Every `stride`-th value counts. Throws Error when one of them is not a finite number. */
  add(values: Float32Array, stride = 1): void {
    let largest = 0;
    for (let i = 0; i < values.length; i += stride) {
      const size = Math.abs(values[i]!);
      // NaN is not below it either.
      if (!(size < Infinity)) throw new Error(`an activation is ${values[i]}: the network overflows on this image`);
      if (size > largest) largest = size;
    }
    while (largest >= this.#reach) this.#double();
    const perBin = binCount / this.#reach;
    for (let i = 0; i < values.length; i += stride) {
      const value = values[i]!;
      if (value >= 0) this.#positive[(value * perBin) | 0]!++;
      else this.#negative[(-value * perBin) | 0]!++;
    }
  }

  /** Joins pairs of bins, so that the same number reaches twice as far. */
  #double(): void {
    this.#positive = joinPairs(this.#positive);
    this.#negative = joinPairs(this.#negative);
    this.#reach *= 2;
  }

  /** [lowest, highest]. */
  range(method: RangeMethod): [number, number] {
    switch (method) {
      case 'largest':
        return this.percentile(1);
      case 'percentile':
        return this.percentile(0.9999);
      case 'least-squares':
        return this.leastSquares();
      case 'entropy':
        return this.leastDivergence();
    }
  }

  /** [lowest, highest] so that `share` of the values lie within, counted from 0 to both sides by themselves. */
  percentile(share: number): [number, number] {
    const width = this.#reach / binCount;
    return [-reachOf(this.#negative, share) * width, reachOf(this.#positive, share) * width];
  }

  /** The range in which u8 has the least mean square error: what lies outside is clipped, what lies inside is rounded. */
  leastSquares(): [number, number] {
    return this.#best((range) => this.#squareError(range));
  }

  /**
   * The range in which the distribution of the rounded values diverges least from that of the values: S. Migacz, "8-bit inference with
   * TensorRT", GTC 2017. Zero is exact in every range, so that those of a rectifier, most of all values, say nothing about it.
   */
  leastDivergence(): [number, number] {
    const width = this.#reach / binCount;
    const counts = new Float64Array(2 * binCount);
    counts.set(this.#negative.slice().reverse());
    counts.set(this.#positive, binCount);
    for (const [zero, beside] of [
      [binCount - 1, binCount - 2],
      [binCount, binCount + 1],
    ] as const)
      counts[zero] = Math.min(counts[zero]!, counts[beside]!);
    return this.#best(([low, high]) =>
      divergence(counts, binCount - Math.round(-low / width), binCount + Math.round(high / width)),
    );
  }

  /** Of ranges from all values down to a fifth of that, the one with the least error. */
  #best(errorOf: (range: readonly [number, number]) => number): [number, number] {
    const [low, high] = this.percentile(1);
    let best: { range: [number, number]; error: number } = { range: [low, high], error: Infinity };
    for (let step = 100; step >= 20; step--) {
      const range: [number, number] = [(low * step) / 100, (high * step) / 100];
      const error = errorOf(range);
      if (error < best.error) best = { range, error };
    }
    return best.range;
  }

  #squareError([low, high]: readonly [number, number]): number {
    const scale = (high - low) / 255;
    const width = this.#reach / binCount;
    // A uniform rounding error has the variance scale² / 12.
    const rounding = scale ** 2 / 12;
    let total = 0;
    for (let bin = 0; bin < binCount; bin++) {
      const size = (bin + 0.5) * width;
      const over = Math.max(0, size - high);
      const under = Math.max(0, size + low);
      total +=
        this.#positive[bin]! * (over > 0 ? over ** 2 : size < scale / 2 ? Math.min(rounding, size ** 2) : rounding);
      total += this.#negative[bin]! * (under > 0 ? under ** 2 : rounding);
    }
    return total;
  }
}

const joinPairs = (bins: Float64Array): Float64Array<ArrayBuffer> =>
  Float64Array.from(bins, (_, i) => (i < binCount / 2 ? bins[2 * i]! + bins[2 * i + 1]! : 0));

/** Number of bins from 0 on that hold `share` of all counts. */
function reachOf(bins: Float64Array, share: number): number {
  const wanted = share * bins.reduce((sum, count) => sum + count, 0);
  let [held, bin] = [0, 0];
  while (held < wanted && bin < binCount) held += bins[bin++]!;
  return bin;
}

/** What stands for a probability of 0, of which no divergence can be told. */
const hardlyEver = 1e-4;

/**
 * The Kullback-Leibler divergence, in nats, of `counts` rounded to `levels` values between the bins `first` and `end` from the counts
 * themselves: those outside lie in the outermost bin, and within a level the counts are spread evenly over the bins that have any.
 */
export function divergence(counts: Float64Array, first: number, end: number, levels = 256): number {
  const size = end - first;
  if (size <= 0) return Infinity;
  const clipped = counts.slice(first, end);
  const inside = clipped.slice();
  for (let bin = 0; bin < first; bin++) clipped[0]! += counts[bin]!;
  for (let bin = end; bin < counts.length; bin++) clipped[size - 1]! += counts[bin]!;
  const held = new Float64Array(levels);
  const bins = new Float64Array(levels);
  const levelOf = (bin: number): number => Math.min(levels - 1, Math.floor((bin * levels) / size));
  inside.forEach((count, bin) => {
    if (count === 0) return;
    held[levelOf(bin)]! += count;
    bins[levelOf(bin)]! += 1;
  });
  const total = clipped.reduce((sum, count) => sum + count, 0);
  const totalInside = inside.reduce((sum, count) => sum + count, 0);
  if (totalInside === 0) return Infinity;
  let sum = 0;
  for (let bin = 0; bin < size; bin++) {
    const probability = clipped[bin]! / total;
    if (probability === 0) continue;
    const rounded = inside[bin]! > 0 ? held[levelOf(bin)]! / bins[levelOf(bin)]! / totalInside : hardlyEver;
    sum += probability * Math.log(probability / rounded);
  }
  return sum;
}
