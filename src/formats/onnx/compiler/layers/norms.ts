// Layers that scale and shift each channel: batch-norm at inference, Keras' Rescaling and Normalization.
import { z } from 'zod';
import { float, int, ints, type Tensor } from '../graph.js';
import {
  defineLayer,
  onlyInput,
  unsupportedUse,
  weightOf,
  type ChannelAffine,
  type LayerCall,
} from '../layerContract.js';

const axisSchema = z.union([z.int(), z.tuple([z.int()]).transform(([axis]) => axis)]).default(-1);

const batchNormSchema = z.object({
  axis: axisSchema,
  epsilon: z.number().positive().default(1e-3),
  center: z.boolean().default(true),
  scale: z.boolean().default(true),
});

/** The batch-norm of `call`, whose input has this many channels, as a scale and a shift (Ioffe & Szegedy 2015, at inference). */
function affineOf(
  call: Pick<LayerCall, 'layer' | 'weights'>,
  config: z.output<typeof batchNormSchema>,
  channels: number,
): ChannelAffine {
  const mean = weightOf(call, 'moving_mean', [channels]);
  const variance = weightOf(call, 'moving_variance', [channels]);
  const gamma = config.scale ? weightOf(call, 'gamma', [channels]) : undefined;
  const beta = config.center ? weightOf(call, 'beta', [channels]) : undefined;
  const scale = Float64Array.from(variance, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + config.epsilon));
  return { scale, shift: Float64Array.from(mean, (value, c) => (beta?.[c] ?? 0) - value * scale[c]!) };
}

/** The batch-norm layer of `call` as a channel-wise affine map, for folding; `channels` is what it works on. */
export const batchNormAffine = (call: Pick<LayerCall, 'layer' | 'weights'>, channels: number): ChannelAffine =>
  affineOf(call, batchNormSchema.parse(call.layer.config), channels);

function emitAffine({ graph }: LayerCall, input: Tensor, scale: ArrayLike<number>, shift: ArrayLike<number>): Tensor {
  const scaled = graph.node('Mul', [input.name, graph.perChannel(scale, input)]);
  return { name: graph.node('Add', [scaled, graph.perChannel(shift, input)]), shape: input.shape };
}

export const batchNormalization = defineLayer(batchNormSchema, (call, config) => {
  const input = onlyInput(call);
  if (config.axis !== -1 && config.axis !== input.shape.length)
    throw unsupportedUse(call, `axis ${config.axis} is not the channels`);
  const { scale, shift } = affineOf(call, config, input.shape[0]!);
  return emitAffine(call, input, scale, shift);
});

const numbersSchema = z.union([z.number().transform((value) => [value]), z.array(z.number())]);

/** `values`, one for all channels or one for each, as one for each. */
function spread(call: LayerCall, values: readonly number[], channels: number): readonly number[] {
  if (values.length === channels) return values;
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  throw unsupportedUse(call, `${values.length} values for ${channels} channels`);
}

export const rescaling = defineLayer(
  z.object({ scale: numbersSchema, offset: numbersSchema.default([0]) }),
  (call, config) => {
    const input = onlyInput(call);
    const channels = input.shape[0]!;
    return emitAffine(call, input, spread(call, config.scale, channels), spread(call, config.offset, channels));
  },
);

const normalizationSchema = z.object({
  axis: axisSchema,
  invert: z.literal(false, 'invert is not supported').default(false),
});

/** (x - mean) / max(√variance, 1e-7), as Keras' Normalization with its default backend epsilon. */
export const normalization = defineLayer(normalizationSchema, (call) => {
  const input = onlyInput(call);
  const channels = input.shape[0]!;
  const mean = weightOf(call, 'mean', [channels]);
  const variance = weightOf(call, 'variance', [channels]);
  const scale = Float64Array.from(variance, (value) => 1 / Math.max(Math.sqrt(value), 1e-7));
  return emitAffine(
    call,
    input,
    scale,
    Float64Array.from(mean, (value, c) => -value * scale[c]!),
  );
});

const layerNormSchema = z.object({
  axis: axisSchema,
  epsilon: z.number().positive().default(1e-3),
  center: z.boolean().default(true),
  scale: z.boolean().default(true),
  rms_scaling: z.literal(false, 'rms_scaling is not supported').default(false),
});

/** Each place's channels to mean 0 and variance 1, then scaled and shifted (Ba et al. 2016). */
export const layerNormalization = defineLayer(layerNormSchema, (call, config) => {
  const { graph } = call;
  const { name, shape } = onlyInput(call);
  const channels = shape[0]!;
  if (config.axis !== -1 && config.axis !== shape.length)
    throw unsupportedUse(call, `axis ${config.axis} is not the channels`);
  const values = (variable: 'gamma' | 'beta', used: boolean): Float32Array =>
    used ? weightOf(call, variable, [channels]) : new Float32Array(channels).fill(variable === 'gamma' ? 1 : 0);
  const constants = [
    graph.floats([channels], values('gamma', config.scale)),
    graph.floats([channels], values('beta', config.center)),
  ];
  const normalise = (input: string): string =>
    graph.node('LayerNormalization', [input, ...constants], { axis: int(-1), epsilon: float(config.epsilon) });
  if (shape.length === 1) return { name: normalise(name), shape };
  // The operator takes the last axes; channels are the first here.
  const last = normalise(graph.node('Transpose', [name], { perm: ints([0, 2, 3, 1]) }));
  return { name: graph.node('Transpose', [last], { perm: ints([0, 3, 1, 2]) }), shape };
});
