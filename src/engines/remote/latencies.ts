// How long requests took lately, to tell those that take unusually long.

/** Requests of one size that are remembered. */
const remembered = 100;
/** Fewer say nothing of a percentile. */
const least = 20;
const percentile = 0.95;

export class Latencies {
  /** Milliseconds by the number of images of a request, oldest first. */
  readonly #ms = new Map<number, number[]>();

  add(images: number, ms: number): void {
    const all = this.#ms.get(images) ?? [];
    this.#ms.set(images, all);
    all.push(ms);
    if (all.length > remembered) all.shift();
  }

  /** What nineteen of twenty requests of so many images took at most, in milliseconds; undefined while too few are known. */
  usual(images: number): number | undefined {
    const all = this.#ms.get(images) ?? [];
    if (all.length < least) return undefined;
    return [...all].sort((a, b) => a - b)[Math.ceil(percentile * all.length) - 1];
  }
}
