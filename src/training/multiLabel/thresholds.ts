// From which probability on an image is said to have a class. Pure functions.
import { defaultThreshold } from '../../models/versionAnswer.js';

/** Of fewer images that have a class, the best threshold is mostly chance. */
const leastPositives = 5;

/**
 * For each class the threshold with the highest F1 on images that the head had not learnt from ("SCut": Yang 2001, "A Study of
 * Thresholding Strategies for Text Categorization"), halfway between the two probabilities that it divides; 0.5 for a class that too
 * few images have. `probabilities` and `truth` are [images, classes].
 */
export const chooseThresholds = (probabilities: Float64Array, truth: Uint8Array, classes: number): number[] =>
  Array.from({ length: classes }, (_, label) => chooseThreshold(probabilities, truth, classes, label));

function chooseThreshold(probabilities: Float64Array, truth: Uint8Array, classes: number, label: number): number {
  const own = Array.from({ length: truth.length / classes }, (_, row) => ({
    probability: probabilities[row * classes + label]!,
    isPositive: truth[row * classes + label] === 1,
  })).sort((a, b) => b.probability - a.probability);
  const positives = own.filter(({ isPositive }) => isPositive).length;
  if (positives < leastPositives) return defaultThreshold;
  let best = { f1: 0, threshold: defaultThreshold };
  let hits = 0;
  own.forEach(({ probability, isPositive }, i) => {
    if (isPositive) hits++;
    const next = own[i + 1]?.probability ?? 0;
    const f1 = (2 * hits) / (i + 1 + positives);
    if (next < probability && f1 > best.f1) best = { f1, threshold: (probability + next) / 2 };
  });
  return best.threshold;
}
