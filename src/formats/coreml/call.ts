// One node of an ONNX graph as the emitters of Core ML layers see it.
import { invalidModel } from '../invalidModel.js';
import { attributeOf } from '../onnx/nodes.js';
import type { NodeProto } from '../onnx/protobuf.js';
import type { Blob, Floats, Network, Value } from './network.js';

export interface NodeCall {
  readonly node: NodeProto;
  /** undefined: an input that was left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly network: Network;
  /** The operator set of the graph. */
  readonly opset: number;
}

/** Appends the layers of a node and gives its outputs, most often one. Throws AppError invalid_model. */
export type Emitter = (call: NodeCall) => Value | readonly Value[];

/** The error for an operator that is known but used in a way that cannot be written. */
export const unsupportedNode = (
  { node: { op_type: operator, name, output } }: Pick<NodeCall, 'node'>,
  why: string,
): Error =>
  invalidModel(
    `${operator} (${name || output[0]!}): ${why}; this classifier cannot be written for Core ML, export it as onnx, which ONNX Runtime runs on Apple's systems too`,
  );

/** An input as a value of the network; a constant is loaded. */
export function blobAt(call: NodeCall, position: number): Blob {
  const value = call.inputs[position];
  if (value?.kind === 'blob') return value;
  if (value?.kind === 'floats') return call.network.load(value);
  throw unsupportedNode(call, `input ${position + 1} is ${value ? 'of whole numbers' : 'missing'}`);
}

/** A constant input; undefined where it was left out. */
export function floatsAt(call: NodeCall, position: number): Floats | undefined {
  const value = call.inputs[position];
  if (value === undefined || value.kind === 'floats') return value;
  throw unsupportedNode(call, `input ${position + 1} is not the same for every image`);
}

/** Whole numbers that a node has as an attribute, or in newer operator sets as a constant input; undefined where it has neither. */
export function integersAt(call: NodeCall, name: string, position: number): readonly number[] | undefined {
  const ints = attributeOf(call.node, name)?.ints;
  if (ints?.length) return ints.map(Number);
  const value = call.inputs[position];
  if (value === undefined || value.kind === 'integers') return value?.data;
  throw unsupportedNode(call, `${name} is not known beforehand`);
}

/** Of a node's attribute with a word, or the operator's default. */
export const wordOf = ({ node }: NodeCall, name: string, otherwise: string): string =>
  Buffer.from(attributeOf(node, name)?.s ?? otherwise).toString();

/** An axis counted from the first, where negative ones are counted from the last. */
export const axisFrom = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);
