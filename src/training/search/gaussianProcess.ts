// Regression by a Gaussian process (Rasmussen and Williams 2006, chapters 2 and 5) with the Matérn 5/2 kernel, one length scale for each feature.
import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** Of the kernel: variance × Matérn 5/2 of distances divided by the length scales, and `noise` (a variance) on the diagonal. */
export interface Kernel {
  readonly variance: number;
  /** One for each feature. */
  readonly lengthScales: readonly number[];
  readonly noise: number;
}

/** Mean and standard deviation of the function at a place, the noise not in it. */
export interface Prediction {
  readonly mean: number;
  readonly deviation: number;
}

/** Rasmussen and Williams, equation 4.17. */
function covariance({ variance, lengthScales }: Kernel, a: readonly number[], b: readonly number[]): number {
  let squares = 0;
  for (let i = 0; i < lengthScales.length; i++) squares += ((a[i]! - b[i]!) / lengthScales[i]!) ** 2;
  const distance = Math.sqrt(5 * squares);
  return variance * (1 + distance + (distance * distance) / 3) * Math.exp(-distance);
}

export class GaussianProcess {
  readonly #kernel: Kernel;
  readonly #places: readonly (readonly number[])[];
  readonly #inverse: Float64Array[];
  /** K⁻¹ y. */
  readonly #weights: Float64Array;
  /** log p(y), natural (equation 2.30). */
  readonly logLikelihood: number;

  /** `places`: one row of features for each of `values`, whose prior mean is 0. Throws Error when the kernel is not positive definite. */
  constructor(kernel: Kernel, places: readonly (readonly number[])[], values: readonly number[]) {
    this.#kernel = kernel;
    this.#places = places;
    const count = places.length;
    const covariances = Matrix.zeros(count, count);
    for (let row = 0; row < count; row++)
      for (let column = 0; column <= row; column++) {
        const value = covariance(kernel, places[row]!, places[column]!) + (row === column ? kernel.noise : 0);
        covariances.set(row, column, value);
        covariances.set(column, row, value);
      }
    const cholesky = new CholeskyDecomposition(covariances);
    if (!cholesky.isPositiveDefinite()) throw new Error('The covariances are not positive definite: more noise.');
    const inverse = cholesky.solve(Matrix.eye(count));
    this.#inverse = inverse.to2DArray().map((row) => Float64Array.from(row));
    this.#weights = Float64Array.from(this.#inverse, (row) => dot(row, values));
    const halfDeterminant = cholesky.lowerTriangularMatrix.diagonal().reduce((sum, value) => sum + Math.log(value), 0);
    this.logLikelihood = -dot(this.#weights, values) / 2 - halfDeterminant - (count / 2) * Math.log(2 * Math.PI);
  }

  predict(place: readonly number[]): Prediction {
    const covariances = this.#places.map((known) => covariance(this.#kernel, known, place));
    const explained = this.#inverse.reduce((sum, row, i) => sum + covariances[i]! * dot(row, covariances), 0);
    return {
      mean: dot(this.#weights, covariances),
      deviation: Math.sqrt(Math.max(0, this.#kernel.variance - explained)),
    };
  }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Normal priors on the logarithms: without them a few observations make length scales of nothing. */
const priors = { lengthScale: { at: 1, deviation: 0.8 }, noise: { at: 0.01, deviation: 1.5 } };
const leastNoise = 1e-5;

const penalty = (value: number, { at, deviation }: { at: number; deviation: number }): number =>
  (Math.log(value / at) / deviation) ** 2 / 2;

/**
 * A process whose length scales and noise are likely for `values`, which should have mean 0 and variance 1: each is doubled and
 * halved in turn while that raises the likelihood times the priors, three times through. Deterministic.
 */
export function fitGaussianProcess(
  places: readonly (readonly number[])[],
  values: readonly number[],
): { process: GaussianProcess; kernel: Kernel } {
  const size = places[0]!.length;
  const create = (parameters: readonly number[]) => {
    const kernel = { variance: 1, lengthScales: parameters.slice(0, size), noise: parameters[size]! };
    const process = new GaussianProcess(kernel, places, values);
    const doubts = kernel.lengthScales.reduce((sum, scale) => sum + penalty(scale, priors.lengthScale), 0);
    return { kernel, process, score: process.logLikelihood - doubts - penalty(kernel.noise, priors.noise) };
  };
  let parameters = [...Array<number>(size).fill(priors.lengthScale.at), priors.noise.at];
  let best = create(parameters);
  for (let round = 0; round < 3; round++)
    for (let i = 0; i <= size; i++)
      for (const factor of [2, 0.5]) {
        const changed = parameters.with(i, Math.max(leastNoise, parameters[i]! * factor));
        const candidate = create(changed);
        if (candidate.score <= best.score) continue;
        parameters = changed;
        best = candidate;
        break;
      }
  return best;
}
