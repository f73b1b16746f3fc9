// Which values of an ONNX graph int8 kernels read and write, and which of them must share one scale.
import { floatOf, floatsOf, intOf, readConstants } from '../formats/onnx/nodes.js';
import type { GraphProto, NodeProto, TensorProto } from '../formats/onnx/protobuf.js';

/** A graph with the makers and users of its values. */
export interface Wiring {
  readonly graph: GraphProto;
  readonly constants: ReadonlyMap<string, TensorProto>;
  readonly producers: ReadonlyMap<string, NodeProto>;
  readonly consumers: ReadonlyMap<string, readonly NodeProto[]>;
}

export function wire(graph: GraphProto): Wiring {
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node])));
  const consumers = new Map<string, NodeProto[]>();
  for (const node of graph.node)
    for (const name of node.input) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  return { graph, constants: readConstants(graph), producers, consumers };
}

/** Convolutions whose weights are constant floats: they carry nearly all of the arithmetic of most networks. */
export const convolutionsOf = ({ graph, constants }: Wiring): NodeProto[] =>
  graph.node.filter((node) => node.op_type === 'Conv' && floatsOf(node, 1, constants) !== undefined);

/** The dimension of a layer's weights that counts its outputs. */
export const outputAxisOf = (node: NodeProto): 0 | 1 =>
  node.op_type === 'Conv' || (node.op_type === 'Gemm' && intOf(node, 'transB', 0) === 1) ? 0 : 1;

/** Fully connected layers: a product with a constant matrix, where it is nothing but that and a bias for each output. */
export const fullyConnectedOf = ({ graph, constants }: Wiring): NodeProto[] =>
  graph.node.filter((node) => {
    const weights = floatsOf(node, 1, constants);
    if (weights?.shape.length !== 2) return false;
    if (node.op_type === 'MatMul') return true;
    const bias = floatsOf(node, 2, constants);
    return (
      node.op_type === 'Gemm' &&
      intOf(node, 'transA', 0) === 0 &&
      floatOf(node, 'alpha', 1) === 1 &&
      floatOf(node, 'beta', 1) === 1 &&
      ((node.input[2] ?? '') === '' || bias?.data.length === weights.shape[outputAxisOf(node)])
    );
  });

/** The layers that int8 computes. */
export const layersOf = (wiring: Wiring): ReadonlySet<NodeProto> =>
  new Set([...convolutionsOf(wiring), ...fullyConnectedOf(wiring)]);

/** Operators that only choose among their inputs' values: what they give has the scale that they were given. */
const choosing: ReadonlySet<string> = new Set(['Concat', 'MaxPool', 'Flatten']);
/** Operators that engines compute in 8 bits between two scales. */
const computing: ReadonlySet<string> = new Set(['AveragePool', 'Add']);
const rectifying: ReadonlySet<string> = new Set(['Relu', 'Clip']);

/** What a layer writes: with the rectifier that engines fuse into it. undefined where something else follows, which needs floats. */
function writtenBy({ output }: NodeProto, { consumers }: Wiring, layers: ReadonlySet<NodeProto>): string | undefined {
  const usersOf = (name: string): readonly NodeProto[] => consumers.get(name) ?? [];
  const users = usersOf(output[0]!);
  if (users.length === 1 && rectifying.has(users[0]!.op_type)) return users[0]!.output[0];
  const takesInt8 = (node: NodeProto): boolean => {
    if (node.op_type === 'Flatten') return allTakeInt8(usersOf(node.output[0]!));
    return node.op_type === 'Conv' || layers.has(node) || choosing.has(node.op_type) || computing.has(node.op_type);
  };
  const allTakeInt8 = (all: readonly NodeProto[]): boolean => all.length > 0 && all.every(takesInt8);
  return allTakeInt8(users) ? output[0] : undefined;
}

/** Values to be quantized, in the order of the graph; those of one group share a scale. */
export interface QuantizableValues {
  readonly names: readonly string[];
  /** The name that stands for a value's group. */
  readonly groupOf: (name: string) => string;
}

/** `skipped`: values that stay as they are, such as the pixels of the first convolution. */
export function findQuantizable(
  wiring: Wiring,
  skipped: ReadonlySet<string> = new Set(),
  layers = layersOf(wiring),
): QuantizableValues {
  const { graph, producers } = wiring;
  const found = new Set<string>();
  const groups = new Map<string, string>();
  const groupOf = (name: string): string => {
    const parent = groups.get(name);
    return parent === undefined ? name : groupOf(parent);
  };
  const join = (a: string, b: string): void => {
    const [one, other] = [groupOf(a), groupOf(b)];
    if (one !== other) groups.set(one, other);
  };
  const add = (name: string): void => {
    if (found.has(name) || skipped.has(name) || wiring.constants.has(name)) return;
    found.add(name);
    const producer = producers.get(name);
    if (producer === undefined || !(choosing.has(producer.op_type) || computing.has(producer.op_type))) return;
    for (const input of producer.input) {
      if (input === '' || wiring.constants.has(input)) continue;
      add(input);
      if (choosing.has(producer.op_type)) join(input, name);
    }
  };
  for (const node of layers) {
    add(node.input[0]!);
    const written = writtenBy(node, wiring, layers);
    if (written !== undefined) add(written);
  }
  const order = graph.node.flatMap(({ output }) => output).filter((name) => found.has(name));
  return { names: order, groupOf };
}
