// In which order a person who has time for a few images had better look at many. Pure arithmetic on embeddings.
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface Candidates {
  /** [count, size] */
  readonly features: Float32Array;
  readonly size: number;
  /** Of each, 0 (sure) to 1. */
  readonly uncertainty: readonly number[];
}

/** Among images of which the version is equally sure, those unlike one another still come first. */
const leastUncertainty = 0.05;

/**
 * Indices of `count` candidates: the most uncertain, then each time the one with the largest product of its uncertainty and its cosine
 * distance to the nearest before it (farthest-first traversal, T. F. Gonzalez 1985, weighted as in uncertainty sampling). Gives way to other work
 * between two of them, and rejects with the signal's reason.
 */
export async function orderByInformation(
  { features, size, uncertainty }: Candidates,
  count: number,
  signal: AbortSignal,
): Promise<number[]> {
  const units = normalise(features, size);
  const weights = uncertainty.map((value) => Math.max(leastUncertainty, value));
  // As far as a cosine distance can be.
  const distances = new Float64Array(weights.length).fill(2);
  const order: number[] = [];
  const taken = new Uint8Array(weights.length);
  while (order.length < Math.min(count, weights.length)) {
    signal.throwIfAborted();
    const next = farthest(weights, distances, taken);
    taken[next] = 1;
    order.push(next);
    bringNearer(units, size, next, distances);
    await nextTurn();
  }
  return order;
}

/** The first of equals. */
function farthest(weights: readonly number[], distances: Float64Array, taken: Uint8Array): number {
  let best = -1;
  let bestScore = -1;
  weights.forEach((weight, i) => {
    const score = weight * distances[i]!;
    if (taken[i] === 1 || score <= bestScore) return;
    best = i;
    bestScore = score;
  });
  return best;
}

function bringNearer(units: Float32Array, size: number, from: number, distances: Float64Array): void {
  for (let i = 0; i < distances.length; i++) {
    let product = 0;
    for (let k = 0; k < size; k++) product += units[from * size + k]! * units[i * size + k]!;
    distances[i] = Math.min(distances[i]!, Math.max(0, 1 - product));
  }
}

/** To length 1, where a row has any. */
function normalise(features: Float32Array, size: number): Float32Array {
  const units = new Float32Array(features.length);
  for (let start = 0; start < features.length; start += size) {
    const row = features.subarray(start, start + size);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    if (length > 0)
      units.set(
        row.map((value) => value / length),
        start,
      );
  }
  return units;
}
