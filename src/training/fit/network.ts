// A dense network on tfjs-core's operations: its loss, the gradients of the loss, its logits. Parameters are plain arrays, so that Adam changes them in place.
import * as tf from '@tensorflow/tfjs-core';
import type { FitOptions } from './hyperparameters.js';
import type { Random } from '../random.js';
import type { Batch, Rows } from './rows.js';

/** [inputs, units of each hidden layer…, classes]. */
export type Widths = readonly number[];

/** Kernels [inputs, units] from the input on, biases after them in the same order. */
export type Parameters = readonly Float32Array[];

export type Shape = Pick<FitOptions, 'activation' | 'dropout' | 'l2'>;

const activations = {
  relu: (x: tf.Tensor2D): tf.Tensor2D => tf.relu(x),
  tanh: (x: tf.Tensor2D): tf.Tensor2D => tf.tanh(x),
  swish: (x: tf.Tensor2D): tf.Tensor2D => tf.mul(x, tf.sigmoid(x)),
};

/** Uniform in ± sqrt(6 / (inputs + units)): Glorot and Bengio 2010. A linear head starts at zero, its problem being convex. */
function initialKernel(inputs: number, units: number, linear: boolean, random: Random): Float32Array {
  const kernel = new Float32Array(inputs * units);
  if (linear) return kernel;
  const limit = Math.sqrt(6 / (inputs + units));
  return kernel.map(() => (random.next() * 2 - 1) * limit);
}

export function initialParameters(widths: Widths, random: Random): Parameters {
  const units = widths.slice(1);
  const kernels = units.map((count, i) => initialKernel(widths[i]!, count, widths.length === 2, random));
  return [...kernels, ...units.map((count) => new Float32Array(count))];
}

function toTensors(parameters: Parameters, widths: Widths): tf.Tensor[] {
  const depth = widths.length - 1;
  return parameters.map((values, i) =>
    i < depth ? tf.tensor2d(values, [widths[i]!, widths[i + 1]!]) : tf.tensor1d(values),
  );
}

/** Inverted dropout. The mask is drawn here because tfjs' own, when seeded, is the same in every step. */
function drop(x: tf.Tensor2D, rate: number, random: Random | undefined): tf.Tensor2D {
  if (rate === 0 || random === undefined) return x;
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(x.size).map(() => (random.next() < rate ? 0 : kept));
  return tf.mul(x, tf.tensor2d(mask, x.shape));
}

/** x · kernel with gradients by explicit transposition: the wasm backend's own, matMul with a transposed operand, is 15 times slower. */
const multiply = tf.customGrad((x, kernel, save) => {
  (save as tf.GradSaveFunc)([x as tf.Tensor, kernel as tf.Tensor]);
  const gradFunc = (dy: tf.Tensor, [input, weights]: tf.Tensor[]): tf.Tensor[] => [
    tf.matMul(dy, tf.transpose(weights!)),
    tf.matMul(tf.transpose(input!), dy),
  ];
  return { value: tf.matMul(x as tf.Tensor, kernel as tf.Tensor), gradFunc: gradFunc };
});

/** Logits; dropout only when `random` is given. */
function forward(parameters: readonly tf.Tensor[], input: tf.Tensor2D, shape: Shape, random?: Random): tf.Tensor2D {
  const depth = parameters.length / 2;
  let x = depth === 1 ? drop(input, shape.dropout, random) : input;
  for (let i = 0; i < depth; i++) {
    x = tf.add(multiply(x, parameters[i]!), parameters[depth + i]!);
    if (i < depth - 1) x = drop(activations[shape.activation](x), shape.dropout, random);
  }
  return x;
}

/** l2 × the sum of squared kernel values (Keras' convention), its gradient added to `gradients`. */
function penalise(parameters: Parameters, gradients: Parameters, l2: number): number {
  if (l2 === 0) return 0;
  let squares = 0;
  parameters.slice(0, parameters.length / 2).forEach((kernel, i) => {
    const gradient = gradients[i]!;
    for (let j = 0; j < kernel.length; j++) {
      const value = kernel[j]!;
      squares += value * value;
      gradient[j]! += 2 * l2 * value;
    }
  });
  return l2 * squares;
}

/** Mean weighted cross-entropy with its penalty, its gradient for each parameter, and the logits that it is of, [count, classes], with dropout. */
export function lossAndGradients(
  parameters: Parameters,
  widths: Widths,
  batch: Batch,
  shape: Shape,
  random: Random,
): { loss: number; gradients: Parameters; logits: Float32Array } {
  let loss = NaN;
  let logits = new Float32Array(0);
  let gradients: Parameters = [];
  tf.tidy(() => {
    const features = tf.tensor2d(batch.features, [batch.count, widths[0]!]);
    const targets = tf.tensor2d(batch.targets, [batch.count, widths.at(-1)!]);
    const cost = (...tensors: tf.Tensor[]): tf.Scalar => {
      const output = forward(tensors, features, shape, random);
      logits = output.dataSync<'float32'>().slice();
      return tf.mul(tf.sum(tf.mul(targets, tf.logSoftmax(output))), -1 / batch.count);
    };
    const { value, grads } = tf.valueAndGrads(cost)(toTensors(parameters, widths));
    // Not returned: tidy walks through whatever it returns, value by value.
    loss = value.dataSync()[0]!;
    gradients = grads.map((grad) => grad.dataSync<'float32'>().slice());
  });
  return { loss: loss + penalise(parameters, gradients, shape.l2), gradients, logits };
}

const chunkRows = 512;

/** Logits of `rows`, [count, classes], in chunks that bound the memory. */
export function logitsOf(parameters: Parameters, widths: Widths, rows: Rows, shape: Shape): Float32Array {
  const size = widths[0]!;
  const classes = widths.at(-1)!;
  const all = new Float32Array(rows.labels.length * classes);
  tf.tidy(() => {
    const tensors = toTensors(parameters, widths);
    for (let start = 0; start < rows.labels.length; start += chunkRows) {
      const end = Math.min(rows.labels.length, start + chunkRows);
      const input = tf.tensor2d(rows.features.subarray(start * size, end * size), [end - start, size]);
      tf.tidy(() => {
        all.set(forward(tensors, input, shape).dataSync(), start * classes);
      });
      input.dispose();
    }
  });
  return all;
}
