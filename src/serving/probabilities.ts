// Logits → calibrated probabilities → the k most probable classes.

export interface Prediction {
  readonly label: string;
  /** 0 to 1. */
  readonly probability: number;
}

/**
 * softmax(logits / temperature), with the largest logit subtracted first so that exp never overflows.
 * Temperature above 0; 1 leaves the logits as they are (temperature scaling: Guo et al. 2017). The result sums to 1.
 */
export function softmax(logits: Float32Array, temperature = 1): Float64Array {
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
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

/** Every class with its probability, in label order. */
export function inLabelOrder(probabilities: Float64Array, labels: readonly string[]): Prediction[] {
  return labels.map((label, index) => ({ label, probability: probabilities[index]! }));
}
