// Multinomial logistic regression with an L2 penalty, fitted exactly: the loss is convex, so the result is the same every time.
import { minimise, type Point } from './lbfgs.js';

/** Standardised rows [count, size] and the class of each. */
export interface LabelledRows {
  readonly features: Float32Array;
  readonly labels: Uint32Array;
}

/** kernel [size, classes] and bias [classes], one after the other. */
export type Coefficients = Float64Array;

/** On the mean loss, as scikit-learn's default. */
const gradientTolerance = 1e-4;
const maxSteps = 100;

/** Logits [count, classes]. */
export function predict(features: Float32Array, coefficients: Coefficients, classes: number): Float32Array {
  const size = coefficients.length / classes - 1;
  const logits = new Float32Array((features.length / size) * classes);
  const row = new Float64Array(classes);
  for (let r = 0; r * size < features.length; r++) {
    row.set(coefficients.subarray(size * classes));
    for (let i = 0; i < size; i++) {
      const value = features[r * size + i]!;
      for (let c = 0; c < classes; c++) row[c]! += value * coefficients[i * classes + c]!;
    }
    logits.set(row, r * classes);
  }
  return logits;
}

/** Softmax in place, minus one at the true class: the gradient of the cross-entropy by the logits. Returns the summed loss. */
function toResiduals(logits: Float32Array, labels: Uint32Array, classes: number): number {
  let loss = 0;
  labels.forEach((label, r) => {
    const row = logits.subarray(r * classes, (r + 1) * classes);
    const highest = Math.max(...row);
    const own = row[label]! - highest;
    const total = row.reduce((sum, value) => sum + Math.exp(value - highest), 0);
    loss += Math.log(total) - own;
    row.forEach((value, c) => (row[c] = Math.exp(value - highest) / total - (c === label ? 1 : 0)));
  });
  return loss;
}

/** Mean cross-entropy + l2 / 2 × |kernel|², and its gradient. */
function evaluateLoss({ features, labels }: LabelledRows, x: Coefficients, classes: number, l2: number): Point {
  const size = x.length / classes - 1;
  const residuals = predict(features, x, classes);
  let value = toResiduals(residuals, labels, classes) / labels.length;
  const gradient = new Float64Array(x.length);
  for (let r = 0; r < labels.length; r++) {
    const row = residuals.subarray(r * classes, (r + 1) * classes);
    for (let i = 0; i < size; i++) {
      const feature = features[r * size + i]! / labels.length;
      for (let c = 0; c < classes; c++) gradient[i * classes + c]! += feature * row[c]!;
    }
    for (let c = 0; c < classes; c++) gradient[size * classes + c]! += row[c]! / labels.length;
  }
  for (let i = 0; i < size * classes; i++) {
    value += (l2 / 2) * x[i]! ** 2;
    gradient[i]! += l2 * x[i]!;
  }
  return { value, gradient };
}

/** Fits from `start` on (zeros, or the solution for a neighbouring `l2`). */
export function fitLogistic(rows: LabelledRows, classes: number, l2: number, start?: Coefficients): Coefficients {
  const size = rows.features.length / rows.labels.length;
  return minimise((x) => evaluateLoss(rows, x, classes, l2), start ?? new Float64Array((size + 1) * classes), gradientTolerance, maxSteps);
}
