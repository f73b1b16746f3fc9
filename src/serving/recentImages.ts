// What the images of the last minute went through: how many there were, and the percentiles of their stages. For people who look at a
// server now; what is kept over time are the histograms of /metrics.
import type { ModelOutcome } from './classify.js';

/** Seconds that are looked back on. */
export const recentSeconds = 60;

/** Images whose stages are remembered, the last ones: enough for a minute at 136 a second. All are counted. */
const remembered = 8_192;

export const recentStages = ['queue', 'decode', 'inference', 'total'] as const;
export type RecentStage = (typeof recentStages)[number];

/** Milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface RecentSummary {
  /** Images that were answered, one for each classifier that did. */
  readonly images: number;
  /** Absent: no image was. */
  readonly stages: Readonly<Record<RecentStage, Percentiles>> | undefined;
}

export class RecentImages {
  readonly #now: () => number;
  readonly #at = new Float64Array(remembered).fill(-Infinity);
  readonly #ms: Readonly<Record<RecentStage, Float64Array>> = {
    queue: new Float64Array(remembered),
    decode: new Float64Array(remembered),
    inference: new Float64Array(remembered),
    total: new Float64Array(remembered),
  };
  #next = 0;
  /** Images of each second, and which second that was. */
  readonly #counts = new Float64Array(recentSeconds);
  readonly #seconds = new Float64Array(recentSeconds).fill(-Infinity);

  /** `now` in milliseconds, of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  readonly observe = ({ images }: Pick<ModelOutcome, 'images'>): void => {
    const now = this.#now();
    for (const image of images) {
      if (!image.ok) continue;
      const { queueMs, decodeMs, inferenceMs, totalMs } = image.stages;
      this.#count(now);
      const place = this.#next;
      this.#next = (place + 1) % remembered;
      this.#at[place] = now;
      this.#ms.queue[place] = queueMs;
      this.#ms.decode[place] = decodeMs;
      this.#ms.inference[place] = inferenceMs;
      this.#ms.total[place] = totalMs;
    }
  };

  summarise(): RecentSummary {
    const since = this.#now() - recentSeconds * 1_000;
    const firstSecond = Math.floor(since / 1_000) + 1;
    const images = this.#counts.reduce((sum, count, i) => (this.#seconds[i]! >= firstSecond ? sum + count : sum), 0);
    const percentiles = (values: Float64Array): Percentiles => {
      const sorted = values.filter((_, i) => this.#at[i]! > since).sort();
      return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), p99: quantile(sorted, 0.99) };
    };
    if (!this.#at.some((at) => at > since)) return { images, stages: undefined };
    const { queue, decode, inference, total } = this.#ms;
    return {
      images,
      stages: {
        queue: percentiles(queue),
        decode: percentiles(decode),
        inference: percentiles(inference),
        total: percentiles(total),
      },
    };
  }

  #count(now: number): void {
    const second = Math.floor(now / 1_000);
    const place = second % recentSeconds;
    if (this.#seconds[place] !== second) {
      this.#seconds[place] = second;
      this.#counts[place] = 0;
    }
    this.#counts[place]! += 1;
  }
}

/** The smallest value that `share` of all are not above (nearest rank). */
const quantile = (sorted: Float64Array, share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
