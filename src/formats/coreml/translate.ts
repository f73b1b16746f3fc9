// An ONNX graph from pixels to probabilities → the layers of a Core ML network, for one image.
import { ancestors } from '../graphFlow.js';
import { invalidModel } from '../invalidModel.js';
import { attributeOf, intOf, readNodes, type OnnxNode } from '../onnx/nodes.js';
import type { NodeProto, TensorProto } from '../onnx/protobuf.js';
import { opsetOf } from '../onnx/onnxFile.js';
import type { ModelProto } from '../onnx/protobuf.js';
import { dimsOf, readFloats, readIntegers } from '../onnx/tensors.js';
import type { Preprocessing } from '../../image/preprocessing.js';
import { unsupportedNode, type NodeCall } from './call.js';
import { evaluateIntegers } from './integers.js';
import { Network, type Blob, type Value, type WeightPrecision } from './network.js';
import { operators } from './operators.js';
import type { LayerProto } from './protobuf.js';

export interface Translated {
  readonly layers: readonly LayerProto[];
  /** The value that the graph's output became. */
  readonly output: Blob;
  /** In which order the network wants the channels of the image. */
  readonly channels: 'rgb' | 'bgr';
}

/** The name of the network's image, [1, 3, height, width] with values from 0 to 255. */
export const imageName = 'image';

function constantOf(tensor: TensorProto): Value | undefined {
  const floats = readFloats(tensor);
  if (floats) return { kind: 'floats', ...floats };
  const integers = readIntegers(tensor);
  return integers && { kind: 'integers', shape: dimsOf(tensor), data: integers };
}

/** Constants whose type we do not know are read when a node wants them, and refused by its name. */
class Values {
  readonly #made = new Map<string, Value>();
  readonly #stored: ReadonlyMap<string, TensorProto>;

  constructor(stored: readonly TensorProto[]) {
    this.#stored = new Map(stored.map((tensor) => [tensor.name, tensor]));
  }

  set(name: string, value: Value): void {
    this.#made.set(name, value);
  }

  get(name: string): Value | undefined {
    const made = this.#made.get(name);
    if (made) return made;
    const stored = this.#stored.get(name);
    const value = stored && constantOf(stored);
    if (value) this.#made.set(name, value);
    return value;
  }
}

/**
 * The node that turns the channels of the image round, where nothing takes the image otherwise: an image in the other order spares it.
 * The way to it moves axes at most.
 */
function findReversal(nodes: readonly OnnxNode[], input: string, values: Values): NodeProto | undefined {
  const consumers = nodes.filter(({ inputs }) => inputs.includes(input));
  const [next] = consumers;
  if (consumers.length !== 1 || next === undefined) return undefined;
  const { proto } = next;
  if (proto.op_type === 'Identity') return findReversal(nodes, proto.output[0]!, values);
  if (proto.op_type === 'Transpose') {
    const toPlanes = attributeOf(proto, 'perm')?.ints?.map(Number).join() === '0,3,1,2';
    return toPlanes ? findReversal(nodes, proto.output[0]!, values) : undefined;
  }
  const indices = proto.op_type === 'Gather' ? values.get(proto.input[1]!) : undefined;
  const reverses = indices?.kind === 'integers' && indices.data.join() === '2,1,0';
  return reverses && intOf(proto, 'axis', 0) === 1 ? proto : undefined;
}

function emitNode(call: NodeCall): readonly Value[] {
  const { node } = call;
  if (node.op_type === 'Constant') {
    const tensor = attributeOf(node, 'value')?.t;
    const value = tensor ? constantOf(tensor) : undefined;
    if (value) return [value];
  }
  const integers = evaluateIntegers(call);
  if (integers) return [integers];
  const emit = node.domain === undefined || node.domain === '' ? operators.get(node.op_type) : undefined;
  if (!emit) throw unsupportedNode(call, 'Core ML has no layer for this operator');
  const given = emit(call);
  return 'kind' in given ? [given] : given;
}

/**
 * `model`, from `pixels` uint8 [N, height, width, 3] RGB to one vector, as Core ML layers for one image called imageName. Throws AppError
 * invalid_model naming the node that cannot be written.
 */
export function translateGraph(
  model: ModelProto,
  { height, width }: Pick<Preprocessing, 'height' | 'width'>,
  precision: WeightPrecision,
): Translated {
  const { graph } = model;
  const [pixels, output] = [graph.input[0]!.name, graph.output[0]!.name];
  const values = new Values(graph.initializer);
  values.set(pixels, { kind: 'blob', name: imageName, shape: [1, height, width, 3], order: [0, 2, 3, 1] });
  const network = new Network(precision);
  const nodes = ancestors(readNodes(graph), output);
  const reversal = findReversal(nodes, pixels, values);
  const opset = opsetOf(model);
  for (const { proto: node } of nodes) {
    const inputs = node.input.map((name) => (name === '' ? undefined : values.get(name)));
    const call: NodeCall = { node, inputs, network, opset };
    const unknown = node.input.find((name, i) => name !== '' && inputs[i] === undefined);
    if (unknown !== undefined) throw unsupportedNode(call, `its input ${unknown} is of a type that Core ML has not`);
    const given = node === reversal ? [inputs[0]!] : emitNode(call);
    node.output.forEach((name, i) => given[i] && values.set(name, given[i]));
  }
  const result = values.get(output);
  if (result?.kind !== 'blob') throw invalidModel('the graph gives the same for every image');
  return { layers: network.layers, output: network.inOrder(result), channels: reversal ? 'bgr' : 'rgb' };
}
