// A linear classifier on embeddings of unit length, as taught images make it (see src/training/teaching).

export interface LinearScores {
  /** Subtracted from an embedding of unit length, [size]. */
  readonly centre: Float32Array;
  /** [classes, size]. */
  readonly weights: Float32Array;
  /** Added to the products, [classes]. */
  readonly biases: Float64Array;
  /** Scores are divided by it before the softmax. */
  readonly temperature: number;
}

/** Probability of each class, [classes]; they sum to 1. */
export function classProbabilities(
  { centre, weights, biases, temperature }: LinearScores,
  embedding: Float32Array,
): Float64Array {
  const query = unit(subtract(unit(embedding), centre));
  const size = query.length;
  const scores = biases.map((bias, label) => bias + dot(weights.subarray(label * size, (label + 1) * size), query));
  return scoresToProbabilities(scores, temperature);
}

/** softmax(scores / temperature). */
export function scoresToProbabilities(scores: Float64Array, temperature: number): Float64Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const exponentials = scores.map((score) => Math.exp((score - largest) / temperature));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/** The vector at length 1; one of zeros stays so. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}

export const subtract = (vector: Float32Array, other: Float32Array): Float32Array =>
  vector.map((value, i) => value - other[i]!);

/** Four sums side by side, which the processor adds at the same time. */
export function dot(one: Float32Array, other: Float32Array): number {
  const whole = one.length - (one.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += one[i]! * other[i]!;
    b += one[i + 1]! * other[i + 1]!;
    c += one[i + 2]! * other[i + 2]!;
    d += one[i + 3]! * other[i + 3]!;
  }
  for (let i = whole; i < one.length; i++) a += one[i]! * other[i]!;
  return a + b + c + d;
}
