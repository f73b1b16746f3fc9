// A part of an ONNX graph: what leads to one of its values.
import { ancestors } from '../graphFlow.js';
import { readNodes } from './nodes.js';
import type { GraphProto, ValueInfoProto } from './protobuf.js';

/** The part of the graph that leads to the value `output`, without weights that nothing uses. */
export function prune(graph: GraphProto, input: ValueInfoProto, output: ValueInfoProto): GraphProto {
  const nodes = ancestors(readNodes(graph), output.name);
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    name: graph.name,
    node: nodes.map(({ proto }) => proto),
    initializer: graph.initializer.filter(({ name }) => used.has(name)),
    ...(graph.sparse_initializer && { sparse_initializer: graph.sparse_initializer }),
    input: [input],
    output: [output],
  };
}
