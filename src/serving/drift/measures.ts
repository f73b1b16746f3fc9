// What is kept of the images that a version answers: in how many each measure of the embedding fell into which bin, and how many were
// taken for which class. Counts alone, so that those of hours and of servers add up, and no image can be told from them.
import { projectUnit } from '../../models/novelty.js';
import { bins, type DriftBaseline } from '../../models/driftBaseline.js';

/**
 * [rank + 2]: the embedding of unit length in each direction of `basis` [rank, size], what of it lies outside all of them (0 to 1), and its
 * length. What a network was not trained for shows in the last two: the directions are those in which its own images differ.
 */
export function measureEmbedding(embedding: Float32Array, basis: Float32Array): Float32Array {
  const projected = projectUnit(embedding, basis);
  const measures = new Float32Array(projected.length + 2);
  measures.set(projected);
  const inside = projected.reduce((sum, value) => sum + value * value, 0);
  measures[projected.length] = Math.sqrt(Math.max(0, 1 - inside));
  let squares = 0;
  for (let i = 0; i < embedding.length; i++) squares += embedding[i]! * embedding[i]!;
  measures[projected.length + 1] = Math.sqrt(squares);
  return measures;
}

/** The bin of a value of a measure: the number of its `edges` [measures, bins - 1] that it reaches. */
export function binOf(value: number, edges: Float32Array, measure: number): number {
  const first = measure * (bins - 1);
  let bin = 0;
  while (bin < bins - 1 && value >= edges[first + bin]!) bin++;
  return bin;
}

/** Of images that were answered. `images` is the number that the bins count; all of them are in some bin of every measure. */
export interface SeenCounts {
  readonly images: number;
  /** By measure and bin, [rank + 2, bins]. */
  readonly measures: readonly number[];
  /** By the most probable class, in the order of the labels; those of a class that the version does not have are left out. */
  readonly classes: readonly number[];
}

/** Counts one array of whole numbers: bins of all measures, then classes. */
export class DriftTally {
  readonly #counts: Int32Array;

  constructor(private readonly baseline: DriftBaseline) {
    this.#counts = new Int32Array(lengthFor(baseline));
  }

  /** `predicted`: the index of the most probable class; past the labels of the version for one that it was taught since. */
  add(embedding: Float32Array, predicted: number): void {
    const { basis, edges, classes } = this.baseline;
    const values = measureEmbedding(embedding, basis);
    values.forEach((value, measure) => (this.#counts[measure * bins + binOf(value, edges, measure)]! += 1));
    if (predicted < classes.length) this.#counts[values.length * bins + predicted]! += 1;
  }

  /** What was counted since the last call, which is forgotten; undefined: nothing. */
  take(): number[] | undefined {
    if (this.#counts.every((count) => count === 0)) return undefined;
    const taken = [...this.#counts];
    this.#counts.fill(0);
    return taken;
  }

  /** Counts again what was taken and could not be kept. */
  giveBack(taken: readonly number[]): void {
    taken.forEach((count, i) => (this.#counts[i]! += count));
  }
}

const measuresOf = ({ basis, size }: DriftBaseline): number => basis.length / size + 2;

export const lengthFor = (baseline: DriftBaseline): number => measuresOf(baseline) * bins + baseline.classes.length;

/** The parts of what a tally took, or of the sum of several; all zero where there is none. */
export function readCounts(baseline: DriftBaseline, taken: readonly number[] | undefined): SeenCounts {
  const counts = taken ?? new Array<number>(lengthFor(baseline)).fill(0);
  const measures = counts.slice(0, measuresOf(baseline) * bins);
  return {
    images: measures.slice(0, bins).reduce((sum, count) => sum + count, 0),
    measures,
    classes: counts.slice(measures.length),
  };
}
