// Conv2D, DepthwiseConv2D and SeparableConv2D, with a following batch-norm folded into kernel and bias.
import { z } from 'zod';
import { applyActivation, optionalActivation } from '../activations.js';
import { int, ints, type Graph, type Tensor } from '../graph.js';
import {
  channelsLast,
  defineLayer,
  pairSchema,
  imageInput,
  unsupportedUse,
  weightOf,
  type ChannelAffine,
  type LayerCall,
} from '../layerContract.js';
import { paddingSchema, placeWindow } from '../windows.js';

const windowOptions = {
  kernel_size: pairSchema,
  strides: pairSchema.default([1, 1]),
  dilation_rate: pairSchema.default([1, 1]),
  padding: paddingSchema.default('valid'),
  data_format: channelsLast,
  activation: optionalActivation,
  use_bias: z.boolean().default(true),
};

/** A kernel in ONNX's order [out, in / groups, rows, columns], before any batch-norm. */
interface Kernel {
  readonly values: Float32Array;
  readonly dims: readonly [number, number, number, number];
  readonly groups: number;
}

/** Keras' [rows, columns, in, out] as [out, in, rows, columns]. */
export function transposeKernel(
  kernel: Float32Array,
  rows: number,
  columns: number,
  inputs: number,
  outputs: number,
): Float32Array {
  const area = rows * columns;
  const transposed = new Float32Array(kernel.length);
  for (let place = 0, from = 0; place < area; place++)
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++) transposed[(o * inputs + i) * area + place] = kernel[from++]!;
  return transposed;
}

/** Multiplies each output channel of the kernel, in double precision before the one rounding to float32. */
function scaleOutputs({ values, dims, groups }: Kernel, { scale }: ChannelAffine): Kernel {
  const perOutput = values.length / dims[0];
  return { dims, groups, values: values.map((value, i) => value * scale[Math.floor(i / perOutput)]!) };
}

/** The kernel and the bias, if any, with the following batch-norm applied to both. */
function foldNorm(
  call: LayerCall,
  kernel: Kernel,
  useBias: boolean,
): { kernel: Kernel; bias: Float32Array | undefined } {
  const outputs = kernel.dims[0];
  const bias = useBias ? weightOf(call, 'bias', [outputs]) : undefined;
  const norm = call.norm?.(outputs);
  if (!norm) return { kernel, bias };
  const shifted = Float32Array.from(norm.shift, (shift, o) => shift + (bias?.[o] ?? 0) * norm.scale[o]!);
  return { kernel: scaleOutputs(kernel, norm), bias: shifted };
}

function emitConvolution(
  graph: Graph,
  input: Tensor,
  kernel: Kernel,
  bias: Float32Array | undefined,
  window: Omit<Parameters<typeof placeWindow>[0], 'kernel'>,
): Tensor {
  const [outputs, , rows, columns] = kernel.dims;
  const placed = placeWindow({ ...window, kernel: [rows, columns] }, input.shape[1]!, input.shape[2]!);
  const inputs = [input.name, graph.floats(kernel.dims, kernel.values)];
  if (bias) inputs.push(graph.floats([outputs], bias));
  const dilations = ints(window.dilation ?? [1, 1]);
  const name = graph.node('Conv', inputs, { ...placed.attributes, dilations, group: int(kernel.groups) });
  return { name, shape: [outputs, placed.height, placed.width] };
}

const convSchema = z.object({ ...windowOptions, filters: z.int().positive(), groups: z.int().positive().default(1) });

export const conv2d = defineLayer(
  convSchema,
  (call, config) => {
    const { input, channels } = imageInput(call);
    const {
      kernel_size: [rows, columns],
      filters,
      groups,
    } = config;
    if (channels % groups !== 0) throw unsupportedUse(call, `${channels} channels do not divide into ${groups} groups`);
    const perGroup = channels / groups;
    const values = transposeKernel(
      weightOf(call, 'kernel', [rows, columns, perGroup, filters]),
      rows,
      columns,
      perGroup,
      filters,
    );
    const { kernel, bias } = foldNorm(
      call,
      { values, dims: [filters, perGroup, rows, columns], groups },
      config.use_bias,
    );
    const window = { strides: config.strides, dilation: config.dilation_rate, padding: config.padding };
    return applyActivation(call.graph, emitConvolution(call.graph, input, kernel, bias, window), config.activation);
  },
  { foldsNorm: true },
);

/** A depthwise kernel [rows, columns, channels, multiplier] as one filter for each output channel. */
function depthwiseKernel(
  call: LayerCall,
  [rows, columns]: readonly [number, number],
  channels: number,
  multiplier: number,
): Kernel {
  const stored = weightOf(call, 'depthwise_kernel', [rows, columns, channels, multiplier]);
  const outputs = channels * multiplier;
  return {
    values: transposeKernel(stored, rows, columns, 1, outputs),
    dims: [outputs, 1, rows, columns],
    groups: channels,
  };
}

const depthwiseSchema = z.object({ ...windowOptions, depth_multiplier: z.int().positive().default(1) });

export const depthwiseConv2d = defineLayer(
  depthwiseSchema,
  (call, config) => {
    const { input, channels } = imageInput(call);
    const plain = depthwiseKernel(call, config.kernel_size, channels, config.depth_multiplier);
    const { kernel, bias } = foldNorm(call, plain, config.use_bias);
    const window = { strides: config.strides, dilation: config.dilation_rate, padding: config.padding };
    return applyActivation(call.graph, emitConvolution(call.graph, input, kernel, bias, window), config.activation);
  },
  { foldsNorm: true },
);

const separableSchema = z.object({
  ...windowOptions,
  filters: z.int().positive(),
  depth_multiplier: z.int().positive().default(1),
});

export const separableConv2d = defineLayer(
  separableSchema,
  (call, config) => {
    const { input, channels } = imageInput(call);
    const { graph } = call;
    const depthwise = depthwiseKernel(call, config.kernel_size, channels, config.depth_multiplier);
    const window = { strides: config.strides, dilation: config.dilation_rate, padding: config.padding };
    const middle = emitConvolution(graph, input, depthwise, undefined, window);
    const between = depthwise.dims[0];
    const stored = weightOf(call, 'pointwise_kernel', [1, 1, between, config.filters]);
    const values = transposeKernel(stored, 1, 1, between, config.filters);
    const { kernel, bias } = foldNorm(
      call,
      { values, dims: [config.filters, between, 1, 1], groups: 1 },
      config.use_bias,
    );
    const output = emitConvolution(graph, middle, kernel, bias, { strides: [1, 1], padding: 'valid' });
    return applyActivation(graph, output, config.activation);
  },
  { foldsNorm: true },
);
