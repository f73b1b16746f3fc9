// What all other images of a dataset say of each, by least squares with a kernel: the labels that they make it probable to have. Pure functions.
import { groupBy } from '../groupBy.js';
import { dot, subtract, unit } from '../models/linearScores.js';
import { invert, meanOf, mostLikelyTemperature, multiply } from './leftOutScores.js';

/** Of the kernel exp(-steepness × (1 - cosine)), and of the squared weights; chosen by bench/labelErrors.ts (see docs/retraining.md). */
const steepness = 1;
const regularisation = 0.3;

/** More images are divided into fits of their own, for the time of one grows with their cube: 3 s of a core for so many. */
const mostTogether = 1_000;

type Rows = readonly number[];

export interface LabelledEmbeddings {
  /** [count, size]. */
  readonly features: Float32Array;
  readonly size: number;
  /** Class of each, from 0. */
  readonly labels: Uint32Array;
  readonly classes: number;
  /** Near duplicates have the same number. */
  readonly groups: Uint32Array;
}

/**
 * Of each row the scores [classes] that images without it and its near duplicates, which would vouch for one another, give it, divided by
 * the temperature at which these make the labels most likely: in closed form (Rifkin and Lippert 2007, "Notes on Regularized Least Squares",
 * section 4). None of a row that is alone in its class. `most`: images of one fit.
 */
export function scoreByOthers(images: LabelledEmbeddings, most = mostTogether): Map<number, Float32Array> {
  return new Map(divideRows(images, most).flatMap((rows) => scoreRows(images, rows)));
}

/** Rows of one fit each: near duplicates together, each class in as many fits as leave it two groups of them in each. */
function divideRows({ labels, groups }: LabelledEmbeddings, most: number): Rows[] {
  const fits = Math.ceil(labels.length / most);
  const byGroup = [...groupBy([...labels.keys()], (row) => groups[row]!).values()];
  const divided: number[][] = Array.from({ length: fits }, () => []);
  for (const own of groupBy(byGroup, ([first]) => labels[first!]!).values()) {
    const places = Math.max(1, Math.min(fits, Math.floor(own.length / 2)));
    own.forEach((rows, i) => divided[i % places]!.push(...rows));
  }
  return divided.filter((rows) => rows.length > 0);
}

function scoreRows(
  { features, labels, groups, size, classes }: LabelledEmbeddings,
  rows: Rows,
): [number, Float32Array][] {
  const own = Uint32Array.from(rows, (row) => labels[row]!);
  const groupsOf = [...groupBy([...rows.keys()], (i) => groups[rows[i]!]!).values()];
  const groupsOfClass = groupBy(
    groupsOf.flatMap((members) => [...new Set(members.map((i) => own[i]!))]),
    (label) => label,
  );
  const judged = [...rows.keys()].filter((i) => groupsOfClass.get(own[i]!)!.length > 1);
  if (judged.length === 0) return [];
  const embeddings = rows.map((row) => features.subarray(row * size, (row + 1) * size));
  const all = leftOutScores(embeddings, own, classes, groupsOf);
  const scoresOf = (i: number): Float64Array => all.subarray(i * classes, (i + 1) * classes);
  const scores = Float64Array.from(judged.flatMap((i) => [...scoresOf(i)]));
  const temperature = mostLikelyTemperature(
    scores,
    Uint32Array.from(judged, (i) => own[i]!),
    classes,
  );
  return judged.map((i) => [rows[i]!, Float32Array.from(scoresOf(i), (score) => score / temperature)]);
}

/** [count, classes]: of each row, what the fit without its group says of it. */
function leftOutScores(
  embeddings: readonly Float32Array[],
  labels: Uint32Array,
  classes: number,
  groups: readonly Rows[],
): Float64Array {
  const count = embeddings.length;
  const inverse = invert(kernelMatrix(embeddings), count);
  const scores = new Float64Array(count * classes);
  for (let label = 0; label < classes; label++) {
    const share = labels.filter((own) => own === label).length / count;
    const target = Float64Array.from(labels, (own) => (own === label ? 1 : 0) - share);
    const dual = multiply(inverse, target);
    for (const group of groups) {
      const missing = solveWithin(inverse, count, dual, group);
      group.forEach((row, i) => (scores[row * classes + label] = target[row]! + share - missing[i]!));
    }
  }
  return scores;
}

/** The part of the inverse that is of the group, inverted, times the duals of the group. */
function solveWithin(inverse: Float64Array, count: number, dual: Float64Array, group: Rows): Float64Array {
  const own = Float64Array.from(group, (row) => dual[row]!);
  const part = Float64Array.from(group.flatMap((row) => group.map((column) => inverse[row * count + column]!)));
  return multiply(invert(part, group.length), own);
}

/** Of embeddings of length 1 less their mean, again of length 1; the regularisation on the diagonal. */
function kernelMatrix(embeddings: readonly Float32Array[]): Float64Array {
  const count = embeddings.length;
  const rows = embeddings.map(unit);
  const mean = meanOf(rows);
  const centred = rows.map((row) => unit(subtract(row, mean)));
  const matrix = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++)
      matrix[i * count + j] = matrix[j * count + i] = Math.exp(steepness * (dot(centred[i]!, centred[j]!) - 1));
    matrix[i * count + i] = 1 + regularisation;
  }
  return matrix;
}
