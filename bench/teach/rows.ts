// Embeddings as benches of teaching take them, and what each way to learn from a few of them makes of others.
import type { LabelledSet } from '../../scripts/starter/head.js';
import { classProbabilities, dot, subtract, unit } from '../../src/models/linearScores.js';
import { createRandom, shuffledIndices } from '../../src/training/random.js';
import { fitLeastSquares } from '../../src/training/teaching/leastSquares.js';

/** An embedding and its class. */
export interface Labelled {
  readonly embedding: Float32Array;
  readonly label: number;
}

export const rowsOf = ({ features, labels, size }: LabelledSet): Labelled[] =>
  Array.from(labels, (label, i) => ({ label, embedding: features.subarray(i * size, (i + 1) * size) }));

/** In memory that the trainer's thread can share. `classes`: those of the rows, numbered by their places among these. */
export function setOf(rows: readonly Labelled[], classes: readonly number[]): LabelledSet {
  const size = rows[0]!.embedding.length;
  const features = new Float32Array(new SharedArrayBuffer(rows.length * size * Float32Array.BYTES_PER_ELEMENT));
  rows.forEach(({ embedding }, i) => features.set(embedding, i * size));
  return {
    features,
    labels: Uint32Array.from(rows, ({ label }) => classes.indexOf(label)),
    size,
    classes: classes.length,
  };
}

/** `count` rows of each class, drawn by `seed`. */
export function drawRows(rows: readonly Labelled[], count: number, seed: number): Labelled[] {
  const left = new Map<number, number>();
  return shuffledIndices(rows.length, createRandom(seed)).reduce<Labelled[]>((drawn, i) => {
    const row = rows[i]!;
    const room = left.get(row.label) ?? count;
    left.set(row.label, room - 1);
    return room > 0 ? [...drawn, row] : drawn;
  }, []);
}

/** Gives the class of an embedding. */
export type Classify = (embedding: Float32Array) => number;

export const accuracyOf = (classify: Classify, test: readonly Labelled[]): number =>
  test.filter(({ embedding, label }) => classify(embedding) === label).length / test.length;

export const placeOfLargest = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((best, value, i, all) => (value > all[best]! ? i : best), 0);

/**
 * What POST /v1/models/{name}/teach makes of a few images of each class under a new name: `train` [count, size] of classes from 0,
 * `test` likewise. Gives the share of the test rows that are right.
 */
export function measureTaught(train: LabelledSet, test: LabelledSet): number {
  const fit = fitLeastSquares(train);
  return accuracyOf((embedding) => placeOfLargest(classProbabilities(fit, embedding)), rowsOf(test));
}

/** The class whose mean is nearest by cosine, embeddings centred and of unit length (SimpleShot, Wang et al. 2019). */
export function classMeans(train: readonly Labelled[]): Classify {
  const rows = train.map(({ embedding, label }) => ({ embedding: unit(embedding), label }));
  const centre = meanOf(rows);
  const centred = rows.map(({ embedding, label }) => ({ embedding: unit(subtract(embedding, centre)), label }));
  const labels = [...new Set(rows.map(({ label }) => label))];
  const means = labels.map((label) => unit(meanOf(centred.filter((row) => row.label === label))));
  return (embedding) => {
    const query = unit(subtract(unit(embedding), centre));
    return labels[placeOfLargest(means.map((mean) => dot(mean, query)))]!;
  };
}

function meanOf(rows: readonly Labelled[]): Float32Array {
  const mean = new Float32Array(rows[0]!.embedding.length);
  for (const { embedding } of rows) embedding.forEach((value, i) => (mean[i]! += value / rows.length));
  return mean;
}

/** The class of the nearest image by cosine. */
export function nearestImage(train: readonly Labelled[]): Classify {
  const rows = train.map(({ embedding, label }) => ({ embedding: unit(embedding), label }));
  return (embedding) => {
    const query = unit(embedding);
    return rows[placeOfLargest(rows.map((row) => dot(row.embedding, query)))]!.label;
  };
}
