// Convolutions, poolings and batch-norms: operations over images, whose axes are [N, H, W, C] or, where the node says so, [N, C, H, W].
import { float, int, ints, text } from '../../../onnx/compiler/graph.js';
import { placeWindow } from '../../../onnx/compiler/windows.js';
import type { Attribute } from '../../../onnx/protobuf.js';
import { boolAttribute, floatAttribute, intsAttribute, textAttribute, textsAttribute } from '../../graphDef.js';
import type { Tensor } from '../../tensor.js';
import { transposed } from '../builder.js';
import { applyActivation, inOneLayout } from './elementwise.js';
import {
  constantAt,
  numbersAt,
  refusal,
  shapeOf,
  type Call,
  type Computed,
  type Constant,
  type Operator,
} from '../values.js';

interface Image {
  /** In the ONNX graph, as [N, C, H, W]. */
  readonly name: string;
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly isChannelsFirst: boolean;
}

function imageAt(call: Call, index: number): Image {
  const value = numbersAt(call, index);
  const shape = shapeOf(value);
  const isChannelsFirst = textAttribute(call.node, 'data_format', 'NHWC') === 'NCHW';
  const [batch, height, width, channels] = isChannelsFirst ? [0, 2, 3, 1].map((axis) => shape[axis]!) : shape;
  if (shape.length !== 4 || [height, width, channels].some((side) => side === undefined || side < 1))
    throw refusal(call.node, `takes [${shape.join(', ')}]; expected images whose size is known`);
  return {
    name: isChannelsFirst ? call.graph.plain(value) : call.graph.planes(value),
    batch: batch!,
    channels: channels!,
    height: height!,
    width: width!,
    isChannelsFirst,
  };
}

function imageValue(name: string, { batch, channels, height, width, isChannelsFirst }: Omit<Image, 'name'>): Computed {
  return {
    is: 'computed',
    name,
    kind: 'float',
    shape: isChannelsFirst ? [batch, channels, height, width] : [batch, height, width, channels],
    layout: isChannelsFirst ? 'plain' : 'planes',
  };
}

/** The two values for height and width in a list with one for each axis. */
function sidesIn(list: readonly number[], { isChannelsFirst }: Image): readonly [number, number] {
  const [height, width] = isChannelsFirst ? [list[2], list[3]] : [list[1], list[2]];
  return [height ?? 1, width ?? 1];
}

interface Placed {
  readonly attributes: Record<string, Attribute>;
  readonly height: number;
  readonly width: number;
}

function place(
  call: Call,
  image: Image,
  kernel: readonly [number, number],
  dilation: readonly [number, number],
): Placed {
  const { node } = call;
  const strides = sidesIn(intsAttribute(node, 'strides'), image);
  const padding = textAttribute(node, 'padding', 'VALID');
  if (padding !== 'EXPLICIT') {
    const window = { kernel, strides, dilation, padding: padding === 'SAME' ? 'same' : 'valid' } as const;
    const { attributes, ...size } = placeWindow(window, image.height, image.width);
    return { attributes: { ...attributes, dilations: ints(dilation) }, ...size };
  }
  const given = intsAttribute(node, 'explicit_paddings');
  const axes = image.isChannelsFirst ? [2, 3] : [1, 2];
  const [top, bottom, left, right] = axes.flatMap((axis) => [given[2 * axis] ?? 0, given[2 * axis + 1] ?? 0]);
  const length = (side: number, before: number, after: number, axis: 0 | 1): number =>
    Math.floor((side + before + after - ((kernel[axis] - 1) * dilation[axis] + 1)) / strides[axis]) + 1;
  return {
    attributes: {
      kernel_shape: ints(kernel),
      strides: ints(strides),
      pads: ints([top!, left!, bottom!, right!]),
      dilations: ints(dilation),
    },
    height: length(image.height, top!, bottom!, 0),
    width: length(image.width, left!, right!, 1),
  };
}

function checkSize(call: Call, { height, width }: Placed): void {
  if (height < 1 || width < 1) throw refusal(call.node, 'is given an image that is too small for it');
}

/** The weights as ONNX has them: [out, in / groups, H, W]. */
interface Kernel {
  readonly weights: Tensor;
  readonly groups: number;
}

const fullKernel = (kernel: Tensor, channels: number): Kernel => ({
  weights: transposed(kernel, [3, 2, 0, 1]),
  groups: channels / kernel.shape[2]!,
});

/** [H, W, channels, multiplier]: each channel by itself. */
function depthwiseKernel(kernel: Tensor): Kernel {
  const [height, width, channels, multiplier] = kernel.shape as [number, number, number, number];
  const turned = transposed(kernel, [2, 3, 0, 1]);
  return { weights: { ...turned, shape: [channels * multiplier, 1, height, width] }, groups: channels };
}

function convolve(call: Call, isDepthwise: boolean): Computed {
  const { node, graph } = call;
  const [image, given] = [imageAt(call, 0), constantAt(call, 1)];
  const kernel = isDepthwise ? depthwiseKernel(given) : fullKernel(given, image.channels);
  if (given.shape.length !== 4 || !Number.isInteger(kernel.groups))
    throw refusal(node, `has a kernel of shape [${given.shape.join(', ')}] for ${image.channels} channels`);
  const dilations = intsAttribute(node, 'dilations');
  // Of a depthwise convolution, some writers list the two sides alone.
  const dilation = dilations.length === 2 ? ([dilations[0]!, dilations[1]!] as const) : sidesIn(dilations, image);
  const placed = place(call, image, [given.shape[0]!, given.shape[1]!], dilation);
  checkSize(call, placed);
  const attributes = { ...placed.attributes, group: int(kernel.groups) };
  const [bias, ...others] = textsAttribute(node, 'fused_ops');
  const inputs = [image.name, graph.constant(kernel.weights)];
  if (bias === 'BiasAdd') inputs.push(graph.constant(constantAt(call, 2)));
  else if (bias !== undefined) throw refusal(node, `has ${bias} fused into it, which Taxon does not convert`);
  const { height, width } = placed;
  const result = imageValue(graph.node('Conv', inputs, attributes), {
    ...image,
    channels: kernel.weights.shape[0]!,
    height,
    width,
  });
  return others.reduce(
    (value, name) =>
      name === 'Prelu'
        ? slopedBelow(value, constantAt(call, 3), call)
        : applyActivation(name, value, call, alphaOf(call)),
    result,
  );
}

const alphaOf = ({ node }: Call): number => floatAttribute(node, 'leakyrelu_alpha', 0.2);

function slopedBelow(value: Computed, slope: Tensor, { graph }: Call): Computed {
  const { names, layout } = inOneLayout([value, { is: 'constant', tensor: slope }], graph);
  return { ...value, name: graph.node('PRelu', names), layout };
}

const prelu: Operator = (call) => {
  const value = numbersAt(call, 0);
  if (value.is === 'constant') throw refusal(call.node, 'is applied to a constant, which Taxon does not convert');
  return [slopedBelow(value, constantAt(call, 1), call)];
};

const pool =
  (opType: 'MaxPool' | 'AveragePool'): Operator =>
  (call) => {
    const image = imageAt(call, 0);
    const placed = place(call, image, sidesIn(intsAttribute(call.node, 'ksize'), image), [1, 1]);
    checkSize(call, placed);
    // An average is of the pixels that are there: ONNX leaves the padding out of it unless it is told otherwise.
    const name = call.graph.node(opType, [image.name], placed.attributes);
    return [imageValue(name, { ...image, height: placed.height, width: placed.width })];
  };

const normalise: Operator = (call) => {
  const { node, graph } = call;
  if (node.attr.get('is_training')?.b ?? true)
    throw refusal(node, 'is in its form for training; save the model for inference (training=False)');
  const image = imageAt(call, 0);
  const parameters = [1, 2, 3, 4].map((index) => graph.constant(constantAt(call, index)));
  const epsilon = floatAttribute(node, 'epsilon', 1e-4);
  const name = graph.node('BatchNormalization', [image.name, ...parameters], { epsilon: float(epsilon) });
  const { height, width } = image;
  return [imageValue(name, { ...image, height, width })];
};

const resize =
  (mode: 'linear' | 'nearest'): Operator =>
  (call) => {
    const { node, graph } = call;
    const image = imageAt(call, 0);
    const [height, width] = constantAt(call, 1).data;
    const [alignsCorners, isHalfPixel] = [
      boolAttribute(node, 'align_corners'),
      boolAttribute(node, 'half_pixel_centers'),
    ];
    const coordinates = alignsCorners ? 'align_corners' : isHalfPixel ? 'half_pixel' : 'asymmetric';
    const target = graph.node(
      'Concat',
      [graph.node('Shape', [image.name], { start: int(0), end: int(2) }), graph.integers([height!, width!])],
      { axis: int(0) },
    );
    const name = graph.node('Resize', [image.name, '', '', target], {
      mode: text(mode),
      coordinate_transformation_mode: text(coordinates),
      ...(mode === 'nearest' && { nearest_mode: text(nearestOf(alignsCorners)) }),
    });
    return [imageValue(name, { ...image, height: height!, width: width! })];
  };

/** TensorFlow takes the pixel in whose area the place lies, with aligned corners the nearest. */
const nearestOf = (alignsCorners: boolean): string => (alignsCorners ? 'round_prefer_ceil' : 'floor');

/** The bias of an image stands for its channels, wherever their axis is. */
const addBias: Operator = (call) => {
  const { node, graph } = call;
  const [value, bias] = [numbersAt(call, 0), constantAt(call, 1)];
  const rank = shapeOf(value).length;
  const isChannelsFirst = textAttribute(node, 'data_format', 'NHWC') === 'NCHW';
  const shaped: Constant = {
    is: 'constant',
    tensor: isChannelsFirst ? { ...bias, shape: [...bias.shape, ...Array.from({ length: rank - 2 }, () => 1)] } : bias,
  };
  if (value.is === 'constant') throw refusal(node, 'is applied to a constant, which Taxon does not convert');
  const { names, layout } = inOneLayout([value, shaped], graph);
  return [{ ...value, name: graph.node('Add', names), layout }];
};

export const windowOperators: Readonly<Record<string, Operator>> = {
  Conv2D: (call) => [convolve(call, false)],
  _FusedConv2D: (call) => [convolve(call, false)],
  DepthwiseConv2dNative: (call) => [convolve(call, true)],
  FusedDepthwiseConv2dNative: (call) => [convolve(call, true)],
  Prelu: prelu,
  MaxPool: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  FusedBatchNorm: normalise,
  FusedBatchNormV2: normalise,
  FusedBatchNormV3: normalise,
  ResizeBilinear: resize('linear'),
  ResizeNearestNeighbor: resize('nearest'),
  BiasAdd: addBias,
};
