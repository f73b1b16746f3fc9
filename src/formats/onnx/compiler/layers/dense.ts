// Fully connected layers on a vector, or on the channels of each pixel of an image, with a following batch-norm folded in.
import { z } from 'zod';
import { applyActivation, optionalActivation } from '../activations.js';
import type { Graph } from '../graph.js';
import { transposeKernel } from './convolutions.js';
import { defineLayer, onlyInput, unsupportedUse, weightOf } from '../layerContract.js';

const denseSchema = z.object({
  units: z.int().positive(),
  activation: optionalActivation,
  use_bias: z.boolean().default(true),
});

/** [features, units] as the kernel of a convolution of one pixel. */
const pointKernel = (graph: Graph, values: Float32Array, features: number, units: number): string =>
  graph.floats([units, features, 1, 1], transposeKernel(values, 1, 1, features, units));

export const dense = defineLayer(
  denseSchema,
  (call, { units, activation, use_bias: useBias }) => {
    const { graph } = call;
    const norm = call.norm?.(units);
    const input = onlyInput(call);
    const [features, ...places] = input.shape;
    if (features === undefined || (places.length !== 0 && places.length !== 2))
      throw unsupportedUse(call, `expected a vector or an image, found shape [${input.shape.join(', ')}]`);
    const kernel = weightOf(call, 'kernel', [features, units]);
    const bias = useBias ? weightOf(call, 'bias', [units]) : new Float32Array(units);
    const scaled = norm ? kernel.map((value, i) => value * norm.scale[i % units]!) : kernel;
    const shifted = norm ? bias.map((value, o) => value * norm.scale[o]! + norm.shift[o]!) : bias;
    const biases = graph.floats([units], shifted);
    const product =
      places.length === 0
        ? graph.node('Gemm', [input.name, graph.floats([features, units], scaled), biases])
        : graph.node('Conv', [input.name, pointKernel(graph, scaled, features, units), biases]);
    return applyActivation(graph, { name: product, shape: [units, ...places] }, activation);
  },
  { foldsNorm: true },
);
