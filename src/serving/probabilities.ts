// Probabilities → the k most probable classes, by name.

export interface Prediction {
  readonly label: string;
  /** 0 to 1. */
  readonly probability: number;
}

/** The k most probable classes at or above `minProbability`, most probable first; ties keep label order. */
export function topK(
  probabilities: Float64Array,
  labels: readonly string[],
  k: number,
  minProbability = 0,
): Prediction[] {
  return inLabelOrder(probabilities, labels)
    .filter(({ probability }) => probability >= minProbability)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, k);
}

/** The most probable class; of equal ones the first in label order. */
export const mostProbable = (probabilities: Float64Array, labels: readonly string[]): string =>
  labels[probabilities.indexOf(Math.max(...probabilities))]!;

/** Every class with its probability, in label order. */
export function inLabelOrder(probabilities: Float64Array, labels: readonly string[]): Prediction[] {
  return labels.map((label, index) => ({ label, probability: probabilities[index]! }));
}
