// What a value of a TensorFlow graph is while the graph is converted: known now, or computed by the ONNX graph from the image.
import { invalidModel } from '../../invalidModel.js';
import type { TfNode } from '../graphDef.js';
import type { NumberKind, Tensor } from '../tensor.js';
import type { GraphBuilder } from './builder.js';

/** planes: a value that is [N, H, W, C] to TensorFlow and [N, C, H, W] in the ONNX graph. */
export type Layout = 'plain' | 'planes';

export interface Computed {
  readonly is: 'computed';
  /** In the ONNX graph. */
  readonly name: string;
  readonly kind: NumberKind;
  /** As TensorFlow sees it; -1: as long as there are images, or a multiple of that. */
  readonly shape: readonly number[];
  readonly layout: Layout;
}
export interface Constant {
  readonly is: 'constant';
  readonly tensor: Tensor;
}
/** What a node that makes a variable gives. */
export interface Variable {
  readonly is: 'variable';
  readonly name: string;
}
/** Nothing that an image classifier computes with: text, a table. Only its use is an error. */
export interface Unusable {
  readonly is: 'unusable';
}
export type Value = Computed | Constant | Variable | Unusable;

/** One operation that is to be converted. */
export interface Call {
  readonly node: TfNode;
  readonly inputs: readonly Value[];
  readonly graph: GraphBuilder;
}

/** Gives the values of all outputs that a classifier may use. Throws AppError invalid_model. */
export type Operator = (call: Call) => readonly Value[];

export const constant = (tensor: Tensor): Constant => ({ is: 'constant', tensor });

/** A node refused: names it, its operation and why, and what to do. */
export const refusal = ({ name, op }: TfNode, reason: string): Error =>
  invalidModel(`node ${name} (${op}) ${reason}; ${otherWays}`);

/** For models that cannot be converted here. */
export const otherWays =
  'convert the model to ONNX (pip install tf2onnx; python -m tf2onnx.convert --saved-model FOLDER --output model.onnx), or save it from Keras as .keras, and import that; or build the engine that runs TensorFlow itself (npm run build:tfjs-native) and import it with ENGINE=tfjs';

/** Throws AppError invalid_model where that input is no number. */
export function numbersAt({ node, inputs }: Call, index: number): Computed | Constant {
  const value = inputs[index];
  if (value?.is === 'computed' || value?.is === 'constant') return value;
  throw refusal(node, `takes ${value === undefined ? 'nothing' : 'no numbers'} as its input ${index}`);
}

/** Throws AppError invalid_model where that input depends on the image. */
export function constantAt(call: Call, index: number): Tensor {
  const value = numbersAt(call, index);
  if (value.is === 'constant') return value.tensor;
  throw refusal(call.node, `takes an input ${index} that depends on the image; Taxon converts it with constants there`);
}

/** Throws AppError invalid_model where that input depends on the image, or a value of it on the number of images. */
export function integersAt(call: Call, index: number): number[] {
  const values = Array.from(constantAt(call, index).data);
  if (values.every((value) => Number.isInteger(value))) return values;
  throw refusal(call.node, `takes the number of images as its input ${index}`);
}

export const shapeOf = (value: Computed | Constant): readonly number[] =>
  value.is === 'constant' ? value.tensor.shape : value.shape;
export const kindOfValue = (value: Computed | Constant): NumberKind =>
  value.is === 'constant' ? value.tensor.kind : value.kind;

/** An axis counted from the front. */
export const fromFront = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** The shape of what broadcasts two shapes to one another. Throws AppError invalid_model naming the node. */
export function broadcastShapes(a: readonly number[], b: readonly number[], node: TfNode): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [left, right] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    if (left === -1 || right === -1) return Math.max(left, right);
    throw refusal(node, `is given the shapes [${a.join(', ')}] and [${b.join(', ')}], which do not go together`);
  });
}
