// A classifier's ONNX graphs, backbone and head, as one TFLite graph for one image.
import type { EndActivation } from '../../globalPoolingCut.js';
import { invalidModel } from '../../invalidModel.js';
import type { ModelProto, NodeProto } from '../../onnx/protobuf.js';
import { TfliteGraph } from '../modelFile.js';
import { softmaxOptions } from '../operators.js';
import { Conversion, plainOrder, type FloatStorage, type Value } from './conversion.js';
import { convolution } from './convolutions.js';
import {
  average,
  batchNormalization,
  clip,
  elu,
  exponential,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  merge,
  prelu,
  relu,
  sigmoid,
  softmax,
  tanh,
} from './elementwise.js';
import type { Emitter } from './emitter.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool, reduceMean } from './pools.js';
import { product } from './products.js';
import { dequantizeLinear, quantizeLinear } from './rounding.js';
import { concat, flatten, gather, identity, padding, reshape, slice, squeeze, transpose, unsqueeze } from './shapes.js';

/** By ONNX' name of the operator. */
const emitters: ReadonlyMap<string, Emitter> = new Map<string, Emitter>([
  ['Add', merge('ADD')],
  ['AveragePool', averagePool],
  ['BatchNormalization', batchNormalization],
  // Pixels and activations are in floats, or rounded, whatever the graph casts them to.
  ['Cast', identity],
  ['Clip', clip],
  ['Concat', concat],
  ['Conv', convolution],
  ['DequantizeLinear', dequantizeLinear],
  ['Div', merge('DIV')],
  ['Dropout', identity],
  ['Elu', elu],
  ['Exp', exponential],
  ['Flatten', flatten],
  ['Gather', gather],
  ['Gelu', gelu],
  ['Gemm', product],
  ['GlobalAveragePool', globalAveragePool],
  ['GlobalMaxPool', globalMaxPool],
  ['HardSigmoid', hardSigmoid],
  ['HardSwish', hardSwish],
  ['Identity', identity],
  ['LeakyRelu', leakyRelu],
  ['MatMul', product],
  ['Max', merge('MAXIMUM')],
  ['MaxPool', maxPool],
  ['Mean', average],
  ['Min', merge('MINIMUM')],
  ['Mul', merge('MUL')],
  ['PRelu', prelu],
  ['Pad', padding],
  ['QuantizeLinear', quantizeLinear],
  ['ReduceMean', reduceMean],
  ['Relu', relu],
  ['Reshape', reshape],
  ['Sigmoid', sigmoid],
  ['Slice', slice],
  ['Softmax', softmax],
  ['Squeeze', squeeze],
  ['Sub', merge('SUB')],
  ['Tanh', tanh],
  ['Transpose', transpose],
  ['Unsqueeze', unsqueeze],
]);

/** How pixels come: `float32` numbers from 0 to 255, or `uint8`. */
export type PixelType = 'float32' | 'uint8';

export interface Converted {
  readonly graph: TfliteGraph;
  /** Numbers of the tensors. */
  readonly input: number;
  readonly output: number;
}

/** The two graphs of a classifier. */
export interface ClassifierGraphs {
  /** From `pixels` uint8 [N, rows, columns, 3] to the embedding; in float32, or with the roundings of int8 in it. */
  readonly backbone: ModelProto;
  /** From the embedding to logits. */
  readonly head: ModelProto;
  readonly activation: EndActivation;
}

export interface ConvertOptions {
  readonly pixels: PixelType;
  /** Of the weights of layers that compute in floats; those that the graph has in int8 stay so. */
  readonly storage: FloatStorage;
}

/** Bytes as int8 of the scale 1: what a graph rounds its pixels to. */
const byteScale = { scale: 1, zeroPoint: -128 };

/** The image as the graph wants it; `input` is the tensor that an application fills. */
function addInput(conversion: Conversion, { graph }: ModelProto, type: PixelType): { input: number; image: Value } {
  const sides = graph.input[0]?.type?.tensor_type?.shape?.dim.slice(1).map(({ dim_value: side }) => Number(side)) ?? [];
  if (sides.length !== 3) throw invalidModel('the graph does not take images');
  const shape = [1, ...sides];
  const order = plainOrder(4);
  if (type === 'float32') {
    const input = conversion.graph.tensor({ name: 'image', shape, type });
    return { input, image: { tensor: input, shape, order } };
  }
  const input = conversion.graph.tensor({ name: 'image', shape, type, quantization: { scales: [1], zeroPoint: 0 } });
  return { input, image: conversion.emit('QUANTIZE', [input], 'image/int8', shape, order, { scale: byteScale }) };
}

function emit(conversion: Conversion, node: NodeProto): void {
  const isConstant = node.output.every((name) => conversion.constants.has(name));
  if (isConstant || conversion.isFused(node)) return;
  const emitter = emitters.get(node.op_type);
  if (!emitter)
    throw invalidModel(
      `the network computes ${node.op_type} (${node.output[0] ?? ''}), which cannot be written for TFLite; export it as onnx or taxon`,
    );
  emitter(conversion, node);
}

/** Appends a graph that takes `image`, or whatever its only input is. Gives its output. */
function emitGraph(conversion: Conversion, { graph }: ModelProto, input: Value): Value {
  conversion.set(graph.input[0]!.name, input);
  for (const node of graph.node) emit(conversion, node);
  return conversion.value(graph.output[0]!.name);
}

/**
 * A classifier for one image: `image` [1, rows, columns, 3] in RGB → `probabilities` float32 [1, classes].
 * Throws AppError invalid_model naming a node that TFLite has no operator for.
 */
export function convertClassifier(
  { backbone, head, activation }: ClassifierGraphs,
  { pixels, storage }: ConvertOptions,
): Converted {
  const graph = new TfliteGraph();
  const first = new Conversion(graph, backbone.graph, storage);
  const { input, image } = addInput(first, backbone, pixels);
  const embedding = emitGraph(first, backbone, image);
  const second = new Conversion(graph, head.graph, storage);
  const logits = second.float(emitGraph(second, head, embedding), [0, 1]);
  const end = activation === 'sigmoid' ? 'LOGISTIC' : 'SOFTMAX';
  const options = activation === 'sigmoid' ? {} : { options: softmaxOptions };
  const { tensor: output } = second.emit(end, [logits.tensor], 'probabilities', logits.shape, [0, 1], options);
  return { graph, input, output };
}
