// Activation functions by the names Keras gives them, as ONNX nodes.
import { z } from 'zod';
import { float, int, text, type Graph, type Tensor } from './graph.js';

type Activation = (graph: Graph, x: string) => string;

const clip =
  (low: number, high: number): Activation =>
  (graph, x) =>
    graph.node('Clip', [x, graph.scalar(low), graph.scalar(high)]);
const swish: Activation = (graph, x) => graph.node('Mul', [x, graph.node('Sigmoid', [x])]);

const activations = {
  linear: (_, x) => x,
  relu: (graph, x) => graph.node('Relu', [x]),
  relu6: clip(0, 6),
  sigmoid: (graph, x) => graph.node('Sigmoid', [x]),
  // Keras 2: clip(0.2 x + 0.5, 0, 1).
  hard_sigmoid: (graph, x) => graph.node('HardSigmoid', [x], { alpha: float(0.2), beta: float(0.5) }),
  tanh: (graph, x) => graph.node('Tanh', [x]),
  swish,
  silu: swish,
  elu: (graph, x) => graph.node('Elu', [x]),
  selu: (graph, x) => graph.node('Selu', [x]),
  gelu: (graph, x) => graph.node('Gelu', [x], { approximate: text('none') }),
  softplus: (graph, x) => graph.node('Softplus', [x]),
  softsign: (graph, x) => graph.node('Softsign', [x]),
  exponential: (graph, x) => graph.node('Exp', [x]),
  leaky_relu: (graph, x) => graph.node('LeakyRelu', [x], { alpha: float(0.2) }),
  // Softmax runs over Keras' last axis: the channels.
  softmax: (graph, x) => graph.node('Softmax', [x], { axis: int(1) }),
} as const satisfies Record<string, Activation>;

const names = Object.keys(activations) as (keyof typeof activations)[];

/** The `activation` option of a layer. */
export const activationSchema = z.enum(names, `activation is none of ${names.join(', ')}`);
export type ActivationName = z.infer<typeof activationSchema>;

/** The `activation` option where it may be left out. */
export const optionalActivation = activationSchema.nullish().transform((name) => name ?? 'linear');

/** `tensor` with the activation applied. */
export const applyActivation = (graph: Graph, tensor: Tensor, name: ActivationName): Tensor => ({
  name: activations[name](graph, tensor.name),
  shape: tensor.shape,
});
