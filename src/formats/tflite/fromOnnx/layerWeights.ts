// Weights and biases of convolutions and fully connected layers, in floats or in the integers that the graph has them in.
import type { NodeProto } from '../../onnx/protobuf.js';
import { permuteData, type Conversion, type Scale } from './conversion.js';
import { unsupportedNode } from './emitter.js';
import { restore, type RoundedConstant } from './rounding.js';

export interface LayerWeights {
  /** As ONNX has them. */
  readonly shape: readonly number[];
  readonly weights: RoundedConstant | Float32Array;
  readonly bias: RoundedConstant | Float32Array | undefined;
}

/** Throws AppError invalid_model where they are computed. */
export function readLayerWeights(conversion: Conversion, node: NodeProto): LayerWeights {
  const [, weightsName, biasName = ''] = node.input;
  const rounded = conversion.roundedConstant(weightsName!);
  const floats = conversion.floats(node, 1);
  if (!rounded && !floats) throw unsupportedNode(node, 'its weights are not constant');
  const bias = conversion.roundedConstant(biasName) ?? conversion.floats(node, 2)?.data;
  if (biasName !== '' && bias === undefined) throw unsupportedNode(node, 'its bias is not constant');
  return { shape: (rounded ?? floats)!.shape, weights: rounded ?? floats!.data, bias };
}

const isRounded = (weights: LayerWeights['weights']): weights is RoundedConstant => !(weights instanceof Float32Array);

/** Whether a layer that reads int8 can compute in integers. */
export const areRounded = ({ weights }: LayerWeights): boolean => isRounded(weights);

/** How weights are written: the order of ONNX' axes, and the shape, which may have an axis of one element more. */
export interface Writing {
  readonly order: readonly number[];
  readonly shape: readonly number[];
  readonly outputs: number;
}

export interface WrittenWeights {
  readonly weights: number;
  readonly bias: number;
}

/** In floats: weights with their axes in `order` and shaped `shape`, and biases, zeros where there are none. */
export function writeFloats(
  conversion: Conversion,
  node: NodeProto,
  { shape: from, weights, bias }: LayerWeights,
  { order, shape, outputs }: Writing,
): WrittenWeights {
  const name = node.output[0]!;
  const data = permuteData(isRounded(weights) ? restore(weights) : weights, from, order);
  const biases = bias === undefined ? new Float32Array(outputs) : isRounded(bias) ? restore(bias) : bias;
  return {
    weights: conversion.constant(`${name}/weights`, shape, data, 'weights'),
    bias: conversion.constant(`${name}/bias`, [outputs], biases),
  };
}

/** In integers: int8 weights with a scale for each output, int32 biases in units of the products. `input`: the scale of what is multiplied. */
export function writeIntegers(
  conversion: Conversion,
  node: NodeProto,
  layer: LayerWeights,
  { order, shape, outputs, outputAxis }: Writing & { readonly outputAxis: number },
  input: Scale,
): WrittenWeights {
  const name = node.output[0]!;
  const { values, scales, shape: from } = layer.weights as RoundedConstant;
  const moved = permuteData(values as Int8Array, from, order);
  const products = scales.map((scale) => scale * input.scale);
  const biases =
    layer.bias === undefined
      ? new Int32Array(outputs)
      : layer.bias instanceof Float32Array
        ? Int32Array.from(layer.bias, (value, o) => Math.round(value / products[o]!))
        : layer.bias.values;
  return {
    weights: conversion.graph.tensor({
      name: `${name}/weights`,
      shape,
      type: 'int8',
      quantization: { scales, zeroPoint: 0, axis: outputAxis },
      constant: moved,
    }),
    bias: conversion.graph.tensor({
      name: `${name}/bias`,
      shape: [outputs],
      type: 'int32',
      quantization: { scales: products, zeroPoint: 0 },
      constant: biases,
    }),
  };
}
