// Layers that work value by value, and those that merge several inputs.
import { z } from 'zod';
import { activationSchema, applyActivation } from '../activations.js';
import { float, int, ints, type Tensor } from '../graph.js';
import { defineLayer, onlyInput, unsupportedUse, weightOf, type LayerCall, type LayerKind } from '../layerContract.js';

export const activation = defineLayer(z.object({ activation: activationSchema }), (call, config) =>
  applyActivation(call.graph, onlyInput(call), config.activation),
);

/** Layers that change nothing at inference: dropouts, noise. */
export const identity = defineLayer(z.object({}), onlyInput);

export const relu = defineLayer(
  z.object({
    max_value: z.number().nullish(),
    negative_slope: z.number().default(0),
    threshold: z.literal(0, 'only a threshold of 0 is supported').default(0),
  }),
  (call, { max_value: top, negative_slope: slope }): Tensor => {
    const { name, shape } = onlyInput(call);
    const { graph } = call;
    if (slope === 0 && typeof top === 'number')
      return { name: graph.node('Clip', [name, graph.scalar(0), graph.scalar(top)]), shape };
    const bent = slope === 0 ? graph.node('Relu', [name]) : graph.node('LeakyRelu', [name], { alpha: float(slope) });
    return { name: typeof top === 'number' ? graph.node('Min', [bent, graph.scalar(top)]) : bent, shape };
  },
);

export const leakyRelu = defineLayer(
  // Keras 2 calls the slope alpha, Keras 3 negative_slope.
  z.object({ alpha: z.number().optional(), negative_slope: z.number().optional() }),
  (call, { alpha, negative_slope: slope = alpha ?? 0.3 }): Tensor => {
    const { name, shape } = onlyInput(call);
    return { name: call.graph.node('LeakyRelu', [name], { alpha: float(slope) }), shape };
  },
);

/** x where it is positive, else x × alpha, which is learnt for each value, or for all along `shared_axes`. */
export const prelu = defineLayer(
  z.object({ shared_axes: z.union([z.int().transform((axis) => [axis]), z.array(z.int())]).default([]) }),
  (call, { shared_axes: shared }): Tensor => {
    const { name, shape } = onlyInput(call);
    const { graph } = call;
    const kerasShape = [...shape.slice(1), shape[0]!].map((side, i) => (shared.includes(i + 1) ? 1 : side));
    const alpha = weightOf(call, 'alpha', kerasShape);
    const slopes = graph.floats([1, ...kerasShape], alpha);
    const ordered = shape.length === 3 ? graph.node('Transpose', [slopes], { perm: ints([0, 3, 1, 2]) }) : slopes;
    return { name: graph.node('PRelu', [name, ordered]), shape };
  },
);

export const elu = defineLayer(z.object({ alpha: z.number().default(1) }), (call, { alpha }): Tensor => {
  const { name, shape } = onlyInput(call);
  return { name: call.graph.node('Elu', [name], { alpha: float(alpha) }), shape };
});

export const softmax = defineLayer(
  z.object({ axis: z.literal(-1, 'only the last axis is supported').default(-1) }),
  (call) => applyActivation(call.graph, onlyInput(call), 'softmax'),
);

/** The shape of the inputs after NumPy broadcasting, which is the same for channels-first and channels-last at equal rank. */
function broadcastShape(call: LayerCall): readonly number[] {
  const [first, ...others] = call.inputs.map(({ shape }) => shape);
  if (!first || others.length === 0) throw unsupportedUse(call, 'expected at least two inputs');
  return others.reduce((merged, shape) => {
    if (shape.length !== merged.length || shape.some((side, i) => side !== merged[i] && side !== 1 && merged[i] !== 1))
      throw unsupportedUse(
        call,
        `inputs of shapes [${merged.join(', ')}] and [${shape.join(', ')}] do not go together`,
      );
    return merged.map((side, i) => Math.max(side, shape[i]!));
  }, first);
}

const merge = (opType: 'Add' | 'Mul' | 'Sub' | 'Max' | 'Min'): LayerKind =>
  defineLayer(z.object({}), (call): Tensor => {
    const shape = broadcastShape(call);
    const name = call.inputs.map((input) => input.name).reduce((sum, next) => call.graph.node(opType, [sum, next]));
    return { name, shape };
  });

export const add = merge('Add');
export const multiply = merge('Mul');
export const subtract = merge('Sub');
export const maximum = merge('Max');
export const minimum = merge('Min');

export const average = defineLayer(z.object({}), (call): Tensor => {
  const shape = broadcastShape(call);
  return {
    name: call.graph.node(
      'Mean',
      call.inputs.map(({ name }) => name),
    ),
    shape,
  };
});

/** Inception-ResNet's residual: first + second × scale. */
export const scaledResidual = defineLayer(z.object({ scale: z.number() }), (call, { scale }): Tensor => {
  const shape = broadcastShape(call);
  const [first, second, third] = call.inputs;
  if (!first || !second || third) throw unsupportedUse(call, `expected two inputs, found ${call.inputs.length}`);
  const scaled = call.graph.node('Mul', [second.name, call.graph.scalar(scale)]);
  return { name: call.graph.node('Add', [first.name, scaled]), shape };
});

export const concatenate = defineLayer(z.object({ axis: z.int().default(-1) }), (call, { axis }): Tensor => {
  const [first] = call.inputs;
  if (!first) throw unsupportedUse(call, 'expected at least one input');
  const rank = first.shape.length;
  if (axis !== -1 && axis !== rank) throw unsupportedUse(call, `axis ${axis}: only the channels can be concatenated`);
  const sameRest = call.inputs.every(
    ({ shape }) => shape.length === rank && shape.slice(1).every((side, i) => side === first.shape[i + 1]),
  );
  if (!sameRest)
    throw unsupportedUse(
      call,
      `inputs of shapes ${call.inputs.map(({ shape }) => `[${shape.join(', ')}]`).join(', ')} do not go together`,
    );
  const channels = call.inputs.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const name = call.graph.node(
    'Concat',
    call.inputs.map((input) => input.name),
    { axis: int(1) },
  );
  return { name, shape: [channels, ...first.shape.slice(1)] };
});
