// Measures how the embeddings of a version's own images are spread (see src/models/driftBaseline.ts). Runs inside the trainer worker.
import { bins } from '../../models/driftBaseline.js';
import { binOf, measureEmbedding } from '../../serving/drift/measures.js';
import { shuffledIndices, createRandom } from '../random.js';
import { principalDirections } from './noveltyFit.js';

/** Directions in which embeddings are counted. */
const mostDirections = 16;
/** Images that directions are found with. */
const mostForDirections = 1_000;
/** Ten in each bin; fewer say nothing of how they are spread. */
export const leastMeasured = 10 * bins;

export interface DriftTask {
  readonly kind: 'drift';
  /** Embeddings of images that the backbone has not learnt, [count, size]. */
  readonly features: Float32Array;
  readonly size: number;
  /** Part of each image, near duplicates in one: directions are found with some parts and measured on the others. */
  readonly parts: Uint8Array;
  readonly seed: number;
}

/** What of a baseline can be told from embeddings alone. */
export interface MeasuredSpread {
  readonly basis: Float32Array;
  readonly edges: Float32Array;
  readonly counts: number[];
}

/**
 * undefined when there are too few images. Directions fit the images that they were found with better than any that come later, so that
 * others are measured: two fifths find them, three fifths are measured.
 */
export function fitDrift({ features, size, parts, seed }: DriftTask): MeasuredSpread | undefined {
  const isFinder = (row: number): boolean => parts[row]! % 5 < 2;
  const rows = [...parts.keys()];
  const measured = rows.filter((row) => !isFinder(row));
  const finders = shuffledIndices(parts.length, createRandom(seed)).filter(isFinder).slice(0, mostForDirections);
  if (measured.length < leastMeasured || finders.length === 0) return undefined;
  const embedding = (row: number): Float32Array => features.subarray(row * size, (row + 1) * size);
  const unit = new Float32Array(finders.length * size);
  finders.forEach((row, to) => unit.set(unitOf(embedding(row)), to * size));
  const basis = principalDirections(unit, size, seed).slice(0, mostDirections * size);
  const values = measured.map((row) => measureEmbedding(embedding(row), basis));
  const count = values[0]!.length;
  const edges = new Float32Array(count * (bins - 1));
  for (let measure = 0; measure < count; measure++) {
    const sorted = Float32Array.from(values, (one) => one[measure]!).sort();
    for (let edge = 1; edge < bins; edge++)
      edges[measure * (bins - 1) + edge - 1] = sorted[Math.round((edge * sorted.length) / bins)]!;
  }
  const counts = new Array<number>(count * bins).fill(0);
  for (const one of values)
    one.forEach((value, measure) => (counts[measure * bins + binOf(value, edges, measure)]! += 1));
  return { basis, edges, counts };
}

function unitOf(embedding: Float32Array): Float32Array {
  const length = Math.sqrt(embedding.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? embedding.map((value) => value / length) : embedding;
}
