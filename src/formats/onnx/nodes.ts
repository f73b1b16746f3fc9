// The nodes and constants of an ONNX file as the search for the cut sees them.
import type { FlowNode } from '../graphFlow.js';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from './protobuf.js';
import { readFloats, readIntegers } from './tensors.js';

/** A node with its own values and those that graphs inside it (If, Loop) take from outside. */
export interface OnnxNode extends FlowNode {
  readonly proto: NodeProto;
}

const shapeOperators: ReadonlySet<string> = new Set(['Shape', 'Size']);

const innerGraphs = ({ attribute }: NodeProto): GraphProto[] =>
  attribute.flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]);
const innerNames = ({ node }: GraphProto): string[] =>
  node.flatMap((inner) => [...inner.input, ...innerGraphs(inner).flatMap(innerNames)]);

export const readNodes = ({ node }: GraphProto): readonly OnnxNode[] =>
  node.map((proto) => ({
    proto,
    inputs: [...proto.input, ...innerGraphs(proto).flatMap(innerNames)].filter((name) => name !== ''),
    outputs: proto.output.filter((name) => name !== ''),
    givesShape: shapeOperators.has(proto.op_type),
  }));

export const attributeOf = ({ attribute }: NodeProto, name: string): AttributeProto | undefined =>
  attribute.find((candidate) => candidate.name === name);

/** A whole number among the attributes, or the operator's default. */
export const intOf = (node: NodeProto, name: string, otherwise: number): number =>
  Number(attributeOf(node, name)?.i ?? otherwise);
/** A fraction among the attributes, or the operator's default. */
export const floatOf = (node: NodeProto, name: string, otherwise: number): number =>
  attributeOf(node, name)?.f ?? otherwise;

/** Values that do not depend on the image, by name: initializers and Constant nodes, also under a second name (Identity). */
export function readConstants({ node, initializer }: GraphProto): ReadonlyMap<string, TensorProto> {
  const constants = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  for (const one of node) {
    const tensor =
      one.op_type === 'Constant'
        ? attributeOf(one, 'value')?.t
        : one.op_type === 'Identity'
          ? constants.get(one.input[0]!)
          : undefined;
    if (tensor) constants.set(one.output[0]!, tensor);
  }
  return constants;
}

/** Whole numbers that a node has as an attribute, or in newer operator sets as a constant input. */
export function integersOf(
  node: NodeProto,
  name: string,
  input: number,
  constants: ReadonlyMap<string, TensorProto>,
): number[] | undefined {
  const ints = attributeOf(node, name)?.ints;
  if (ints) return ints.map(Number);
  const tensor = constants.get(node.input[input] ?? '');
  return tensor && readIntegers(tensor);
}

/** The values of a constant float input, with its shape; undefined when the input is absent, not constant or not of floats. */
export function floatsOf(
  node: NodeProto,
  input: number,
  constants: ReadonlyMap<string, TensorProto>,
): { readonly shape: readonly number[]; readonly data: Float32Array } | undefined {
  const tensor = constants.get(node.input[input] ?? '');
  return tensor && readFloats(tensor);
}
