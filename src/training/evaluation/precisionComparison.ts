// Embeddings of a lower precision, and a head on them, beside those of fp32. Pure functions on plain arrays.
import { textOfLabels } from '../../labelText.js';
import { sigmoid } from '../../sigmoid.js';
import { bestOfRow } from './scores.js';

export interface PrecisionComparison {
  readonly images: number;
  /** Share of the images with the same most probable class, 0..1. */
  readonly agreement: number;
  /** See explainedVariance. */
  readonly explainedVariance: number;
  /** Share that is right in the lower precision, 0..1. */
  readonly accuracy: number;
  /** Share that is right in fp32, 0..1. */
  readonly fp32Accuracy: number;
}

/** What one precision made of the images: embeddings [images, size] and the head's logits [images, labels]. */
export interface Run {
  readonly features: Float32Array;
  readonly logits: Float32Array;
}

/**
 * The coefficient of determination of the lower precision's embeddings for those of fp32, both [count, size]: 1 where they are
 * equal, 0 or less where they tell the images apart no better than the mean of all would.
 */
export function explainedVariance(fp32: Float32Array, reduced: Float32Array, count: number): number {
  const size = fp32.length / count;
  let [error, variance] = [0, 0];
  for (let value = 0; value < size; value++) {
    let mean = 0;
    for (let row = 0; row < count; row++) mean += fp32[row * size + value]! / count;
    for (let row = 0; row < count; row++) {
      const expected = fp32[row * size + value]!;
      error += (reduced[row * size + value]! - expected) ** 2;
      variance += (expected - mean) ** 2;
    }
  }
  return variance > 0 ? 1 - error / variance : Number(error === 0);
}

/** What logits [images, classes] say of an image, by its row. */
export type AnswerOf = (logits: Float32Array, row: number) => string;

const bestName =
  (labels: readonly string[]): AnswerOf =>
  (logits, row) =>
    labels[bestOfRow(logits, row, labels.length)]!;

/** Of a multi-label head: the text of all labels that reach their thresholds (see textOfLabels). */
export const setNames =
  (labels: readonly string[], thresholds: readonly number[]): AnswerOf =>
  (logits, row) =>
    textOfLabels(labels.filter((_, i) => sigmoid(logits[row * labels.length + i]!) >= thresholds[i]!));

/** Both runs are of the same images in the same order; `truth` names the class of each, or all its labels where `answerOf` does. */
export function comparePrecisions(
  fp32: Run,
  reduced: Run,
  truth: readonly string[],
  labels: readonly string[],
  answerOf = bestName(labels),
): PrecisionComparison {
  let [same, right, rightInFp32] = [0, 0, 0];
  truth.forEach((label, row) => {
    const expected = answerOf(fp32.logits, row);
    const found = answerOf(reduced.logits, row);
    if (found === expected) same++;
    if (found === label) right++;
    if (expected === label) rightInFp32++;
  });
  const images = truth.length;
  return {
    images,
    agreement: same / images,
    explainedVariance: explainedVariance(fp32.features, reduced.features, images),
    accuracy: right / images,
    fp32Accuracy: rightInFp32 / images,
  };
}
