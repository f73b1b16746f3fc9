// Fits what tells images of a classifier's classes from all others (see src/models/novelty.ts). Runs inside the trainer worker.
import * as tf from '@tensorflow/tfjs-core';
import { projectUnit, similarityTo } from '../../models/novelty.js';
import type { NoveltyModel } from '../../models/noveltyFile.js';
import { createRandom, shuffledIndices } from '../random.js';

/** More directions tell no better: AUROC of held-out classes of clothing 0.907 with 32, 0.915 with all 2048. */
const mostDirections = 32;
/** More images cost time for each request: 1,000 in 32 directions are 0.1 ms. */
export const mostReferences = 1000;
const mostNeighbours = 5;
/** Fewer images say nothing of what is far. */
export const leastImages = 20;
/** Rounds of subspace iteration (Halko et al. 2011, "Finding Structure with Randomness"): embeddings' spectra fall fast. */
const rounds = 3;

export interface NoveltyTask {
  readonly kind: 'novelty';
  /** Embeddings of training images as they are, [count, size]. */
  readonly features: Float32Array;
  readonly size: number;
  /** Class of each image. */
  readonly labels: Uint32Array;
  /** Part of each image, near duplicates in one: an image's nearness is measured by the images of other parts. */
  readonly parts: Uint8Array;
  /** The part whose images alone are measured: the backbone has learnt the others. Absent: all are. */
  readonly measuredPart?: number;
  readonly seed: number;
}

/** undefined when there are fewer than leastImages, to be measured too, or all are of one part. */
export function fitNovelty(task: NoveltyTask): NoveltyModel | undefined {
  const chosen = chooseReferences(task.labels, task.seed);
  const parts = Uint8Array.from(chosen, (row) => task.parts[row]!);
  const distinct = [...new Set(parts)];
  if (chosen.length < leastImages || distinct.length < 2) return undefined;
  const rows = unitRows(task, chosen);
  const neighbours = neighboursFor(Uint32Array.from(chosen, (row) => task.labels[row]!));
  const measured = distinct.filter((part) => part === (task.measuredPart ?? part));
  if (parts.filter((part) => measured.includes(part)).length < leastImages) return undefined;
  const similarities = measured.flatMap((part) => similaritiesOfPart(rows, task, parts, part, neighbours));
  const basis = principalDirections(rows, task.size, task.seed);
  return {
    size: task.size,
    neighbours,
    basis,
    reference: projectRows(rows, task.size, basis),
    similarities: Float32Array.from(similarities).sort(),
  };
}

/** By turns from each class, so that a large one does not crowd out the others. */
function chooseReferences(labels: Uint32Array, seed: number): Uint32Array {
  const byClass = new Map<number, number[]>();
  for (const row of shuffledIndices(labels.length, createRandom(seed))) {
    const rows = byClass.get(labels[row]!) ?? [];
    byClass.set(labels[row]!, rows);
    rows.push(row);
  }
  const chosen: number[] = [];
  for (let turn = 0; chosen.length < Math.min(mostReferences, labels.length); turn++)
    for (const rows of byClass.values()) if (turn < rows.length) chosen.push(rows[turn]!);
  return Uint32Array.from(chosen.slice(0, mostReferences));
}

/** An image of the smallest class must have that many like it. */
function neighboursFor(labels: Uint32Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(1, Math.min(mostNeighbours, Math.floor(Math.min(...counts.values()) / 2)));
}

function unitRows({ features, size }: NoveltyTask, chosen: Uint32Array): Float32Array {
  const rows = new Float32Array(chosen.length * size);
  chosen.forEach((from, to) => {
    const row = features.subarray(from * size, (from + 1) * size);
    const length = lengthOf(row);
    if (length > 0)
      rows.set(
        row.map((value) => value / length),
        to * size,
      );
  });
  return rows;
}

/** With directions and references that know nothing of the part, as with an image that comes later. */
function similaritiesOfPart(
  rows: Float32Array,
  { size, seed }: NoveltyTask,
  parts: Uint8Array,
  part: number,
  neighbours: number,
): number[] {
  const select = (isWanted: (of: number) => boolean): Float32Array => {
    const picked = [...parts.keys()].filter((row) => isWanted(parts[row]!));
    const values = new Float32Array(picked.length * size);
    picked.forEach((from, to) => values.set(rows.subarray(from * size, (from + 1) * size), to * size));
    return values;
  };
  const others = select((of) => of !== part);
  const own = select((of) => of === part);
  const basis = principalDirections(others, size, seed);
  const reference = projectRows(others, size, basis);
  return Array.from({ length: own.length / size }, (_, row) =>
    similarityTo(reference, projectUnit(own.subarray(row * size, (row + 1) * size), basis), neighbours),
  );
}

/** What a computation gives, outside of tidy, which would look for tensors in each of its values. */
function valuesOf(compute: () => tf.Tensor): Float32Array {
  const result = tf.tidy(compute);
  const values = result.dataSync<'float32'>().slice();
  result.dispose();
  return values;
}

/** [count, size] in the directions of basis [rank, size]: [count, rank]. Transposed first: matMul's own transposing is several times slower in WebAssembly. */
const projectRows = (rows: Float32Array, size: number, basis: Float32Array): Float32Array =>
  valuesOf(() =>
    tf.matMul(
      tf.tensor2d(rows, [rows.length / size, size]),
      tf.transpose(tf.tensor2d(basis, [basis.length / size, size])),
    ),
  );

/** The directions in which unit rows [count, size] are longest, [rank, size], orthonormal. */
export function principalDirections(rows: Float32Array, size: number, seed: number): Float32Array {
  const count = rows.length / size;
  const rank = Math.min(mostDirections, count, size);
  const random = createRandom(seed);
  let directions: Float32Array = Float32Array.from({ length: rank * size }, () => random.next() - 0.5);
  orthonormalise(directions, size);
  for (let round = 0; round < rounds; round++) {
    directions = valuesOf(() => {
      const all = tf.tensor2d(rows, [count, size]);
      const projected = tf.matMul(all, tf.transpose(tf.tensor2d(directions, [rank, size])));
      return tf.matMul(tf.transpose(projected), all);
    });
    orthonormalise(directions, size);
  }
  return directions;
}

/** Modified Gram-Schmidt on rows, in place; a row that depends on those before it becomes zero. */
function orthonormalise(rows: Float32Array, size: number): void {
  for (let start = 0; start < rows.length; start += size) {
    const row = rows.subarray(start, start + size);
    const before = lengthOf(row);
    for (let other = 0; other < start; other += size) {
      const known = rows.subarray(other, other + size);
      let along = 0;
      for (let i = 0; i < size; i++) along += row[i]! * known[i]!;
      for (let i = 0; i < size; i++) row[i]! -= along * known[i]!;
    }
    const length = lengthOf(row);
    const scale = length > before * 1e-4 ? 1 / length : 0;
    for (let i = 0; i < size; i++) row[i]! *= scale;
  }
}

function lengthOf(row: Float32Array): number {
  let squares = 0;
  for (const value of row) squares += value * value;
  return Math.sqrt(squares);
}
