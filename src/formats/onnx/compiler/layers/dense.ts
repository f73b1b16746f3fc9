// Fully connected layers on a vector, with a following batch-norm folded in.
import { z } from 'zod';
import { applyActivation, optionalActivation } from '../activations.js';
import { defineLayer, onlyInput, unsupportedUse, weightOf } from '../layerContract.js';

const denseSchema = z.object({
  units: z.int().positive(),
  activation: optionalActivation,
  use_bias: z.boolean().default(true),
});

export const dense = defineLayer(
  denseSchema,
  (call, { units, activation, use_bias: useBias }) => {
    const { graph } = call;
    const norm = call.norm?.(units);
    const input = onlyInput(call);
    const [features, ...others] = input.shape;
    if (features === undefined || others.length > 0)
      throw unsupportedUse(call, `expected a vector, found shape [${input.shape.join(', ')}]`);
    const kernel = weightOf(call, 'kernel', [features, units]);
    const bias = useBias ? weightOf(call, 'bias', [units]) : new Float32Array(units);
    const scaled = norm ? kernel.map((value, i) => value * norm.scale[i % units]!) : kernel;
    const shifted = norm ? bias.map((value, o) => value * norm.scale[o]! + norm.shift[o]!) : bias;
    const constants = [graph.floats([features, units], scaled), graph.floats([units], shifted)];
    const output = { name: graph.node('Gemm', [input.name, ...constants]), shape: [units] };
    return applyActivation(graph, output, activation);
  },
  { foldsNorm: true },
);
