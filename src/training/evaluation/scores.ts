// Arithmetic on logits [count, classes]: probabilities, rank, loss. Pure functions on plain arrays.
import { negativeLogSoftmax, softmax } from '../../softmax.js';

const rowOf = (logits: Float32Array, row: number, classes: number): Float32Array =>
  logits.subarray(row * classes, (row + 1) * classes);

/** Softmax of one row divided by `temperature`. */
export const probabilitiesOfRow = (logits: Float32Array, row: number, classes: number, temperature = 1): Float64Array =>
  softmax(rowOf(logits, row, classes), temperature);

/** Index of the largest of a row's values; the first of equals. */
export function bestOfRow(logits: Float32Array, row: number, classes: number): number {
  let best = 0;
  for (let i = 1; i < classes; i++) if (logits[row * classes + i]! > logits[row * classes + best]!) best = i;
  return best;
}

/** How many of a row's values are larger than that of `label`: 0 when it is first. */
export function rankOfLabel(logits: Float32Array, row: number, classes: number, label: number): number {
  const own = logits[row * classes + label]!;
  let larger = 0;
  for (let i = 0; i < classes; i++) if (logits[row * classes + i]! > own) larger++;
  return larger;
}

/** The predicted class of each row. */
export const predictionsOf = (logits: Float32Array, classes: number): Uint32Array =>
  Uint32Array.from({ length: logits.length / classes }, (_, row) => bestOfRow(logits, row, classes));

/** Share of rows whose largest value is their label's, 0..1. */
export function accuracyOf(logits: Float32Array, labels: Uint32Array, classes: number): number {
  let right = 0;
  labels.forEach((label, row) => {
    if (bestOfRow(logits, row, classes) === label) right++;
  });
  return right / labels.length;
}

/** -log p(label) of each row, natural logarithm. NaN when a logit is. */
export const negativeLogLikelihoods = (
  logits: Float32Array,
  labels: Uint32Array,
  classes: number,
  temperature = 1,
): Float64Array =>
  Float64Array.from(labels, (label, row) => negativeLogSoftmax(rowOf(logits, row, classes), label, temperature));

/** Mean of -log p(label), natural logarithm. NaN when a logit is. */
export function negativeLogLikelihood(
  logits: Float32Array,
  labels: Uint32Array,
  classes: number,
  temperature = 1,
): number {
  const losses = negativeLogLikelihoods(logits, labels, classes, temperature);
  return losses.reduce((sum, loss) => sum + loss, 0) / labels.length;
}
