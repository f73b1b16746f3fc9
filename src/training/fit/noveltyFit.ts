// Fits what tells images of a classifier's classes from all others (see src/models/novelty.ts). Runs inside the trainer worker.
import * as tf from '@tensorflow/tfjs-core';
import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix';
import { leastImages, nearnessTo } from '../../models/novelty.js';
import type { Mahalanobis, NoveltyModel } from '../../models/noveltyFile.js';
import { createRandom, shuffledIndices } from '../random.js';

/** More directions tell no better: AUROC of held-out classes of clothing 0.907 with 32, 0.915 with all 2048. */
const mostDirections = 32;
/** More images cost time for each request: 1,000 in 32 directions are 0.1 ms. */
export const mostReferences = 1000;
const mostNeighbours = 5;
/** Rounds of subspace iteration (Halko et al. 2011, "Finding Structure with Randomness"): embeddings' spectra fall fast. */
const rounds = 3;

export interface NoveltyTask {
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

/** One measure, with how near images that were measured lie to those of other parts. */
export interface NoveltyFit {
  readonly model: NoveltyModel;
  /** Rows of the task, one for each of `nearness`; by turns from each class, as far as they are of one part. */
  readonly rows: Uint32Array;
  readonly nearness: Float32Array;
}

export interface NoveltyFits {
  readonly nearest: NoveltyFit;
  readonly mahalanobis: NoveltyFit;
}

/** By the nearest neighbours; undefined as fitNovelties. */
export const fitNovelty = (task: NoveltyTask): NoveltyModel | undefined => fitNovelties(task)?.nearest.model;

/** undefined when there are fewer than leastImages, to be measured too, or all are of one part. */
export function fitNovelties(task: NoveltyTask): NoveltyFits | undefined {
  const chosen = chooseReferences(task.labels, task.seed);
  const parts = Uint8Array.from(chosen, (row) => task.parts[row]!);
  const distinct = [...new Set(parts)];
  if (chosen.length < leastImages || distinct.length < 2) return undefined;
  const labels = Uint32Array.from(chosen, (row) => task.labels[row]!);
  const all: LabelledRows = { rows: unitRows(task, chosen), labels };
  const neighbours = neighboursFor(labels);
  const places = [...chosen.keys()].filter((place) => parts[place] === (task.measuredPart ?? parts[place]));
  if (places.length < leastImages) return undefined;
  const nearness = { nearest: new Float32Array(chosen.length), mahalanobis: new Float32Array(chosen.length) };
  for (const part of new Set(places.map((place) => parts[place]!))) {
    const others = measuresOf(
      pick(all, task.size, (place) => parts[place] !== part),
      task,
      neighbours,
    );
    for (const place of places.filter((one) => parts[one] === part)) {
      const embedding = all.rows.subarray(place * task.size, (place + 1) * task.size);
      nearness.nearest[place] = nearnessTo(others.nearest, embedding);
      nearness.mahalanobis[place] = nearnessTo(others.mahalanobis, embedding);
    }
  }
  const spaces = measuresOf(all, task, neighbours);
  const fitOf = (name: keyof NoveltyFits): NoveltyFit => {
    const own = Float32Array.from(places, (place) => nearness[name][place]!);
    return {
      model: { size: task.size, ...spaces[name], similarities: own.slice().sort() },
      rows: Uint32Array.from(places, (place) => chosen[place]!),
      nearness: own,
    };
  };
  return { nearest: fitOf('nearest'), mahalanobis: fitOf('mahalanobis') };
}

/** Embeddings of unit length, [count, size], and the class of each. */
interface LabelledRows {
  readonly rows: Float32Array;
  readonly labels: Uint32Array;
}

type Space = Omit<NoveltyModel, 'similarities' | 'size'>;

/** With directions and references that know nothing of other rows, as with an image that comes later. */
function measuresOf(
  { rows, labels }: LabelledRows,
  { size, seed }: NoveltyTask,
  neighbours: number,
): Record<keyof NoveltyFits, Space> {
  const basis = principalDirections(rows, size, seed);
  const nearest = { neighbours, basis, reference: projectRows(rows, size, basis) };
  return { nearest, mahalanobis: { ...nearest, mahalanobis: fitMahalanobis(nearest.reference, labels) } };
}

/** Added to the variances, as a share of their mean: few images vary in fewer directions than there are. */
const leastVariance = 0.01;

function fitMahalanobis(points: Float32Array, labels: Uint32Array): Mahalanobis {
  const rank = points.length / labels.length;
  const all = new Matrix(labels.length, rank);
  labels.forEach((_, row) => all.setRow(row, points.subarray(row * rank, (row + 1) * rank)));
  const means: number[] = [];
  for (const label of new Set(labels)) {
    const own = [...labels.keys()].filter((row) => labels[row] === label);
    const mean = own
      .reduce((sum, row) => sum.add(all.getRowVector(row)), Matrix.zeros(1, rank))
      .div(own.length)
      .to1DArray();
    means.push(...mean);
    for (const row of own)
      all.setRow(
        row,
        all.getRow(row).map((value, i) => value - mean[i]!),
      );
  }
  const covariance = all.transpose().mmul(all).div(labels.length);
  covariance.add(Matrix.eye(rank).mul((leastVariance * covariance.trace()) / rank + Number.EPSILON));
  const whitening = inverse(new CholeskyDecomposition(covariance).lowerTriangularMatrix);
  const white = new Matrix(means.length / rank, rank);
  for (let row = 0; row < white.rows; row++) white.setRow(row, means.slice(row * rank, (row + 1) * rank));
  return {
    whitening: Float32Array.from(whitening.to1DArray()),
    means: Float32Array.from(white.mmul(whitening.transpose()).to1DArray()),
  };
}

function pick({ rows, labels }: LabelledRows, size: number, isWanted: (place: number) => boolean): LabelledRows {
  const picked = [...labels.keys()].filter(isWanted);
  const values = new Float32Array(picked.length * size);
  picked.forEach((from, to) => values.set(rows.subarray(from * size, (from + 1) * size), to * size));
  return { rows: values, labels: Uint32Array.from(picked, (place) => labels[place]!) };
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
