// What the compiler knows of a Keras layer class: which options matter, and how the layer is written as ONNX nodes.
import { z } from 'zod';
import { invalidModel, parseModel } from '../../invalidModel.js';
import type { Layer, Weight, Weights } from '../../layersModel.js';
import type { Graph, Tensor } from './graph.js';

/** One channel's value × scale + shift: a batch-norm, ready to be folded into the layer before it. */
export interface ChannelAffine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** What an emitter is given for one layer. */
export interface LayerCall {
  readonly layer: Layer;
  readonly graph: Graph;
  readonly inputs: readonly Tensor[];
  readonly weights: Weights;
  /** The batch-norm that follows and that this layer must apply itself to its output channels; only where `foldsNorm` is set. */
  readonly norm?: (channels: number) => ChannelAffine;
}

export interface LayerKind {
  /** The options that change the result, with Keras' defaults filled in. Throws AppError invalid_model naming the layer. */
  canonicalConfig(layer: Layer): Readonly<Record<string, unknown>>;
  /** Appends the layer's nodes. Throws AppError invalid_model naming the layer. */
  emit(call: LayerCall): Tensor;
  /** Whether a batch-norm right after it can be folded into its weights. */
  readonly foldsNorm: boolean;
}

/** A layer class from its options and its emitter. */
export function defineLayer<Schema extends z.ZodObject>(
  schema: Schema,
  emit: (call: LayerCall, config: z.output<Schema>) => Tensor,
  { foldsNorm = false } = {},
): LayerKind {
  const parse = (layer: Layer): z.output<Schema> =>
    parseModel(schema, layer.config, `layer ${layer.name} (${layer.className})`);
  return { canonicalConfig: parse, emit: (call) => emit(call, parse(call.layer)), foldsNorm };
}

/** The error for a layer that is understood but used in a way that cannot be compiled. */
export const unsupportedUse = ({ layer }: LayerCall, reason: string): Error =>
  invalidModel(`layer ${layer.name} (${layer.className}): ${reason}`);

/** The layer's only input. */
export function onlyInput(call: LayerCall): Tensor {
  const [input, ...others] = call.inputs;
  if (input && others.length === 0) return input;
  throw unsupportedUse(call, `expected one input, found ${call.inputs.length}`);
}

/** The layer's only input, which must be an image: its shape as [channels, height, width]. */
export function imageInput(call: LayerCall): { input: Tensor; channels: number; height: number; width: number } {
  const input = onlyInput(call);
  const [channels, height, width] = input.shape;
  if (channels !== undefined && height !== undefined && width !== undefined) return { input, channels, height, width };
  throw unsupportedUse(
    call,
    `expected an input of height, width and channels, found shape [${input.shape.join(', ')}]`,
  );
}

/** A variable of the layer, which must have this shape. */
export function weightOf(
  { layer, weights }: Pick<LayerCall, 'layer' | 'weights'>,
  variable: string,
  shape: readonly number[],
): Float32Array {
  const weight: Weight | undefined = weights.get(`${layer.name}/${variable}`);
  const what = `layer ${layer.name} (${layer.className}): weight ${layer.name}/${variable}`;
  if (!weight)
    throw invalidModel(
      `${what} is missing (expected shape [${shape.join(', ')}]); save the model again with all its weights`,
    );
  if (weight.shape.length !== shape.length || weight.shape.some((side, i) => side !== shape[i]))
    throw invalidModel(
      `${what} has shape [${weight.shape.join(', ')}]; expected [${shape.join(', ')}]: save topology and weights of the same model`,
    );
  return weight.data;
}

/** Height and width, which Keras writes as one number or two. */
export const pairSchema = z.union([
  z
    .int()
    .positive()
    .transform((side): [number, number] => [side, side]),
  z.tuple([z.int().positive(), z.int().positive()]),
]);

/** Only Keras' default layout can be compiled. */
export const channelsLast = z
  .literal('channels_last', 'only channels_last is supported')
  .nullish()
  .transform(() => undefined);
