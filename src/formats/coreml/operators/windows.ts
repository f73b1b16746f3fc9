// Convolutions and poolings as Core ML layers.
import { intOf } from '../../onnx/nodes.js';
import { blobAt, floatsAt, integersAt, unsupportedNode, wordOf, type Emitter, type NodeCall } from '../call.js';
import type { Blob } from '../network.js';

/** How a window steps over one axis of an image: padding and the places where it stands. */
interface Steps {
  readonly before: number;
  readonly after: number;
  readonly size: number;
}

interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

function stepsAlong(call: NodeCall, axis: 0 | 1, side: number, { kernel, strides, dilations }: Window): Steps {
  const [stride, reach] = [strides[axis]!, (kernel[axis]! - 1) * dilations[axis]! + 1];
  const auto = wordOf(call, 'auto_pad', 'NOTSET');
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const size = Math.ceil(side / stride);
    const total = Math.max(0, (size - 1) * stride + reach - side);
    const less = Math.floor(total / 2);
    const before = auto === 'SAME_UPPER' ? less : total - less;
    return { before, after: total - before, size };
  }
  const pads = auto === 'VALID' ? [0, 0, 0, 0] : (integersAt(call, 'pads', Infinity) ?? [0, 0, 0, 0]);
  const [before, after] = [pads[axis]!, pads[axis + 2]!];
  const room = side + before + after - reach;
  if (intOf(call.node, 'ceil_mode', 0) === 0) return { before, after, size: Math.floor(room / stride) + 1 };
  // A last window that would begin behind the image is left out, as PyTorch and ONNX Runtime do.
  const most = Math.ceil(room / stride) + 1;
  const size = (most - 1) * stride >= side + before ? most - 1 : most;
  return { before, after: Math.max(after, (size - 1) * stride + reach - side - before), size };
}

function windowOf(call: NodeCall, kernel: readonly number[] | undefined): Window {
  if (kernel?.length !== 2) throw unsupportedNode(call, 'its window is not of two dimensions');
  return {
    kernel,
    strides: integersAt(call, 'strides', Infinity) ?? [1, 1],
    dilations: integersAt(call, 'dilations', Infinity) ?? [1, 1],
  };
}

function place(call: NodeCall, { shape }: Blob, window: Window): { y: Steps; x: Steps } {
  if (shape.length !== 4) throw unsupportedNode(call, `it takes [${shape.join(', ')}], which is no image`);
  return { y: stepsAlong(call, 0, shape[2]!, window), x: stepsAlong(call, 1, shape[3]!, window) };
}

const edges = ({ before, after }: Steps): object => ({ startEdgeSize: before, endEdgeSize: after });
/** Core ML's padding `valid` with amounts is padding by these amounts. */
const paddedBy = (y: Steps, x: Steps): object => ({ paddingAmounts: { borderAmounts: [edges(y), edges(x)] } });

export const convolution: Emitter = (call) => {
  const { node, network } = call;
  const input = blobAt(call, 0);
  const kernel = floatsAt(call, 1);
  const bias = floatsAt(call, 2);
  if (kernel === undefined) throw unsupportedNode(call, 'its kernel is missing');
  const [outputs, perGroup, ...sides] = kernel.shape;
  const window = windowOf(call, sides);
  const { y, x } = place(call, input, window);
  const params = {
    outputChannels: outputs,
    kernelChannels: perGroup,
    nGroups: intOf(node, 'group', 1),
    kernelSize: window.kernel,
    stride: window.strides,
    dilationFactor: window.dilations,
    valid: paddedBy(y, x),
    hasBias: bias !== undefined,
    // [out, in / groups, rows, columns] in both formats.
    weights: network.weights(kernel.data),
    ...(bias && { bias: network.weights(bias.data) }),
  };
  return network.layer('convolution', params, [input], [1, outputs!, y.size, x.size]);
};

/** The numbers of PoolingLayerParams.PoolingType. */
const poolingTypes = { max: 0, average: 1 } as const;

export const pool =
  (type: keyof typeof poolingTypes): Emitter =>
  (call) => {
    const { node, network } = call;
    const input = blobAt(call, 0);
    const window = windowOf(call, integersAt(call, 'kernel_shape', Infinity));
    if (window.dilations.some((step) => step !== 1)) throw unsupportedNode(call, 'its window has gaps');
    const counted = intOf(node, 'count_include_pad', 0) === 1;
    if (counted && intOf(node, 'ceil_mode', 0) === 1)
      throw unsupportedNode(call, 'it counts padding and rounds its size up, which Core ML does otherwise');
    const { y, x } = place(call, input, window);
    const params = {
      type: poolingTypes[type],
      kernelSize: window.kernel,
      stride: window.strides,
      valid: paddedBy(y, x),
      avgPoolExcludePadding: !counted,
    };
    return network.layer('pooling', params, [input], [1, input.shape[1]!, y.size, x.size]);
  };

/** The average or the maximum of each channel of an image, as an image of one pixel. */
export function poolWhole({ network }: NodeCall, type: keyof typeof poolingTypes, input: Blob): Blob {
  const [, channels, height, width] = input.shape;
  const params = {
    type: poolingTypes[type],
    kernelSize: [height, width],
    stride: [1, 1],
    valid: {},
    globalPooling: true,
  };
  return network.layer('pooling', params, [input], [1, channels!, 1, 1]);
}

export const globalPool =
  (type: keyof typeof poolingTypes): Emitter =>
  (call) =>
    poolWhole(call, type, blobAt(call, 0));
