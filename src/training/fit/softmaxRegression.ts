// The loss of a linear head over all its rows at once, for solvers that want exact gradients. The rows stay in tfjs' backend.
import * as tf from '@tensorflow/tfjs-core';
import type { Objective } from './lbfgs.js';

/** Logits of a row become, in place, the slope of its loss; gives the loss. */
export type RowErrors = (logits: Float32Array, targets: Float32Array) => number;

/** Rows and what they are to be taken for. */
export interface TargetRows {
  /** Arrays of rows, [count, size], one after the other. */
  readonly features: readonly Float32Array[];
  /** [count of all, classes]. */
  readonly targets: Float32Array;
  readonly size: number;
  readonly classes: number;
  /** What the rows go through first, for as many as come at a time. */
  readonly transform: (features: Float32Array) => Float32Array;
  /** Default: cross-entropy of the softmax. */
  readonly toErrors?: RowErrors;
}

const chunkRows = 4096;
/** Bytes of rows that stay in the backend; those beyond are brought there anew for each product. */
const residentBytes = 2 ** 29;

interface Chunk {
  /** Of its first row. */
  readonly start: number;
  readonly count: number;
  readonly read: () => tf.Tensor2D;
  readonly resident: tf.Tensor2D | undefined;
}

function* divide({ features, size, transform }: TargetRows): Generator<Omit<Chunk, 'resident'>> {
  let start = 0;
  for (const rows of features)
    for (let row = 0; row < rows.length / size; row += chunkRows) {
      const values = rows.subarray(row * size, (row + chunkRows) * size);
      const count = values.length / size;
      yield { start, count, read: () => tf.tensor2d(transform(values), [count, size]) };
      start += count;
    }
}

function openChunks(rows: TargetRows): Chunk[] {
  const rowsKept = residentBytes / Float32Array.BYTES_PER_ELEMENT / rows.size;
  return Array.from(divide(rows), (chunk) => ({
    ...chunk,
    resident: chunk.start + chunk.count <= rowsKept ? chunk.read() : undefined,
  }));
}

/** Points are kernels [size, classes] in row-major order, with the biases behind them. */
export class SoftmaxRegression {
  readonly #chunks: readonly Chunk[];
  readonly #targets: Float32Array;
  readonly #toRowErrors: RowErrors;
  readonly #count: number;
  readonly #size: number;
  readonly #classes: number;
  #last: { readonly point: Float64Array; readonly logits: Float32Array } | undefined;

  constructor(rows: TargetRows) {
    this.#chunks = openChunks(rows);
    this.#targets = rows.targets;
    this.#toRowErrors = rows.toErrors ?? toErrors;
    this.#count = rows.targets.length / rows.classes;
    this.#size = rows.size;
    this.#classes = rows.classes;
  }

  /** Where every class is as likely as any other, the problem being convex. */
  start(): Float64Array {
    return new Float64Array((this.#size + 1) * this.#classes);
  }

  /** [count, classes]; of a point that does not change any more. */
  logits(point: Float64Array): Float32Array {
    if (this.#last?.point === point) return this.#last.logits;
    const kernels = tf.tensor2d(Float32Array.from(point.subarray(0, this.#kernelSize)), [this.#size, this.#classes]);
    const logits = new Float32Array(this.#count * this.#classes);
    this.#eachChunk((features, { start }) => {
      logits.set(tf.matMul(features, kernels).dataSync(), start * this.#classes);
    });
    kernels.dispose();
    for (let i = 0; i < logits.length; i++) logits[i]! += point[this.#kernelSize + (i % this.#classes)]!;
    this.#last = { point, logits };
    return logits;
  }

  get #kernelSize(): number {
    return this.#size * this.#classes;
  }

  /** What `use` makes in the backend goes with its end. */
  #eachChunk(use: (features: tf.Tensor2D, chunk: Chunk) => void): void {
    for (const chunk of this.#chunks)
      tf.tidy(() => {
        use(chunk.resident ?? chunk.read(), chunk);
      });
  }

  /**
   * Mean loss, by default cross-entropy, of the rows with `isTaught` ≠ 0, and l2 times the sum of squared kernel values. scikit-learn's C is
   * 1 / (2 × rows × l2).
   */
  objective(isTaught: Uint8Array, l2: number): Objective {
    const taught = isTaught.reduce((sum, value) => sum + value, 0);
    return (point) => {
      const errors = this.logits(point).slice();
      const value = this.#toErrors(errors, isTaught) / taught;
      for (let i = 0; i < errors.length; i++) errors[i]! /= taught;
      const gradient = this.#gradient(errors);
      return { value: value + penalise(point.subarray(0, this.#kernelSize), gradient, l2), gradient };
    };
  }

  /** Logits become the slope of the loss, of cross-entropy probabilities less targets, and 0 in rows that are not taught; gives the summed loss. */
  #toErrors(logits: Float32Array, isTaught: Uint8Array): number {
    let loss = 0;
    for (let row = 0; row < this.#count; row++) {
      const [start, end] = [row * this.#classes, (row + 1) * this.#classes];
      if (isTaught[row] === 0) logits.fill(0, start, end);
      else loss += this.#toRowErrors(logits.subarray(start, end), this.#targets.subarray(start, end));
    }
    return loss;
  }

  /** Features, transposed, times errors; the sums of the errors behind. */
  #gradient(errors: Float32Array): Float64Array {
    const [size, classes] = [this.#size, this.#classes];
    const gradient = this.start();
    errors.forEach((error, i) => (gradient[this.#kernelSize + (i % classes)]! += error));
    this.#eachChunk((features, { start, count }) => {
      // errorsᵀ · features, so that the larger of the two is never transposed.
      const own = new Float32Array(count * classes);
      for (let i = 0; i < own.length; i++)
        own[(i % classes) * count + Math.floor(i / classes)] = errors[start * classes + i]!;
      const products = tf.matMul(tf.tensor2d(own, [classes, count]), features).dataSync<'float32'>();
      for (let i = 0; i < products.length; i++) gradient[(i % size) * classes + Math.floor(i / size)]! += products[i]!;
    });
    return gradient;
  }

  dispose(): void {
    for (const { resident } of this.#chunks) resident?.dispose();
  }
}

/** In place; gives the cross-entropy of the row. The targets of a weighted row sum to its weight. */
function toErrors(logits: Float32Array, targets: Float32Array): number {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  const weight = targets.reduce((a, b) => a + b, 0);
  const logSum = largest + Math.log(sum);
  let loss = 0;
  for (let i = 0; i < logits.length; i++) {
    const logProbability = logits[i]! - logSum;
    loss -= targets[i]! * logProbability;
    logits[i] = weight * Math.exp(logProbability) - targets[i]!;
  }
  return loss;
}

function penalise(kernel: Float64Array, gradient: Float64Array, l2: number): number {
  let squares = 0;
  kernel.forEach((value, i) => {
    squares += value * value;
    gradient[i]! += 2 * l2 * value;
  });
  return l2 * squares;
}
