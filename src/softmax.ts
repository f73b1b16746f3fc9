// Logits → probabilities. The one softmax of the program: what is served, what is evaluated and what an import is verified with are the same.

/**
 * softmax(logits / temperature), with the largest logit subtracted first so that exp never overflows.
 * Temperature above 0; 1 leaves the logits as they are (temperature scaling: Guo et al. 2017). The result sums to 1.
 */
export function softmax(logits: Float32Array, temperature = 1): Float64Array {
  const largest = largestOf(logits);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/** -log softmax(logits / temperature)[label], natural logarithm; finite also where the probability is too small for a number. NaN when a logit is. */
export function negativeLogSoftmax(logits: Float32Array, label: number, temperature = 1): number {
  const largest = largestOf(logits);
  let sum = 0;
  for (const logit of logits) sum += Math.exp((logit - largest) / temperature);
  return Math.log(sum) - (logits[label]! - largest) / temperature;
}

function largestOf(logits: Float32Array): number {
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  return largest;
}
