// Regularised least squares on embeddings: a linear classifier from a few images in closed form, with its answers on each image left out.
// Rifkin and Lippert 2007, "Notes on Regularized Least Squares"; embeddings are centred and of unit length, as in Wang et al. 2019,
// "SimpleShot". bench/teach.ts compares it with class means, nearest neighbours and a trained head.
import { dot, scoresToProbabilities, subtract, unit, type LinearScores } from '../../models/linearScores.js';

/** Of the squared weights, in units of one image: with rows of length 1, bench/teach.ts finds 0.3 to 3 equally good. */
const regularisation = 1;

/** Candidates for what scores are divided by before the softmax. */
const temperatures = Array.from({ length: 15 }, (_, i) => 0.02 * 25 ** (i / 14));

export interface LeastSquaresTask {
  /** Embeddings, [count, size]. */
  readonly features: Float32Array;
  readonly size: number;
  /** Class of each, from 0. */
  readonly labels: Uint32Array;
  readonly classes: number;
}

export interface LeastSquaresFit extends LinearScores {
  /** Probabilities of each image, from all others, [count, classes]. */
  readonly leftOut: Float64Array;
}

/** At least one image. Takes count² × size / 2 multiplications: 0.2 s for 500 images of 2,048 values. */
export function fitLeastSquares({ features, size, labels, classes }: LeastSquaresTask): LeastSquaresFit {
  const count = labels.length;
  const rows = Array.from({ length: count }, (_, i) => unit(features.subarray(i * size, (i + 1) * size)));
  const centre = new Float32Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) centre[i]! += row[i]! / count;
  const centred = rows.map((row) => unit(subtract(row, centre)));
  const inverse = invert(gramMatrix(centred), count);
  const biases = new Float64Array(classes);
  for (const label of labels) biases[label]! += 1 / count;
  const weights = new Float32Array(classes * size);
  const leftOutScores = new Float64Array(count * classes);
  for (let label = 0; label < classes; label++) {
    const target = Float64Array.from(labels, (own) => (own === label ? 1 : 0) - biases[label]!);
    const dual = multiply(inverse, target);
    const own = weights.subarray(label * size, (label + 1) * size);
    centred.forEach((row, i) => {
      for (let j = 0; j < size; j++) own[j]! += dual[i]! * row[j]!;
      // What the fit without image i says of it, without fitting again (Rifkin and Lippert, section 4).
      leftOutScores[i * classes + label] = target[i]! + biases[label]! - dual[i]! / inverse[i * count + i]!;
    });
  }
  const temperature = mostLikely(leftOutScores, labels, classes);
  const leftOut = new Float64Array(count * classes);
  for (let i = 0; i < count; i++)
    leftOut.set(
      scoresToProbabilities(leftOutScores.subarray(i * classes, (i + 1) * classes), temperature),
      i * classes,
    );
  return { centre, weights, biases, temperature, leftOut };
}

/** Products of all rows with one another, the regularisation on the diagonal: positive definite, [count, count]. */
function gramMatrix(rows: readonly Float32Array[]): Float64Array {
  const count = rows.length;
  const gram = new Float64Array(count * count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) gram[i * count + j] = gram[j * count + i] = dot(rows[i]!, rows[j]!);
  for (let i = 0; i < count; i++) gram[i * count + i]! += regularisation;
  return gram;
}

/** Of a positive definite matrix [count, count], in place, by Gauss and Jordan: such a one needs no pivoting. */
function invert(matrix: Float64Array, count: number): Float64Array {
  for (let k = 0; k < count; k++) {
    const scale = 1 / matrix[k * count + k]!;
    matrix[k * count + k] = 1;
    for (let j = 0; j < count; j++) matrix[k * count + j]! *= scale;
    for (let i = 0; i < count; i++) {
      if (i === k) continue;
      const factor = matrix[i * count + k]!;
      matrix[i * count + k] = 0;
      for (let j = 0; j < count; j++) matrix[i * count + j]! -= factor * matrix[k * count + j]!;
    }
  }
  return matrix;
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const count = vector.length;
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < count; j++) sum += matrix[i * count + j]! * vector[j]!;
    return sum;
  });
}

function mostLikely(scores: Float64Array, labels: Uint32Array, classes: number): number {
  const likelihoods = temperatures.map((temperature) =>
    labels.reduce((sum, label, i) => {
      const probabilities = scoresToProbabilities(scores.subarray(i * classes, (i + 1) * classes), temperature);
      return sum + Math.log(Math.max(probabilities[label]!, Number.MIN_VALUE));
    }, 0),
  );
  return temperatures[likelihoods.indexOf(Math.max(...likelihoods))]!;
}
