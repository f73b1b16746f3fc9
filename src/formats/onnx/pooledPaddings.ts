// Zeros around what a maximum pooling takes, written so that ONNX Runtime keeps them.
import { attributeOf, readConstants } from './nodes.js';
import { elementTypes, type GraphProto, type NodeProto, type TensorProto } from './protobuf.js';

/** Raised whenever another graph comes out of the same one: part of the name of a cached file. */
export const paddingRevision = 1;

/**
 * ONNX Runtime's optimiser (Pad_Fusion, seen in 1.30) moves a padding by zeros into the pooling behind it, whose own padding is −∞: a
 * maximum of negative values is then no longer zero at the border. It leaves any other number alone; the smallest float16 above zero is
 * zero for every network.
 */
const almostZero = 2 ** -24;

const moving: ReadonlySet<string> = new Set(['Transpose', 'Identity', 'Cast']);

const constantOf = (name: string, type: number): TensorProto => ({
  name,
  dims: [],
  data_type: type,
  raw_data: type === elementTypes.float16 ? Uint8Array.of(1, 0) : new Uint8Array(Float32Array.of(almostZero).buffer),
});

const padsWithConstant = (node: NodeProto): boolean =>
  node.op_type === 'Pad' && Buffer.from(attributeOf(node, 'mode')?.s ?? 'constant').toString() === 'constant';

const isZero = ({ raw_data: raw, float_data: floats, int32_data: halves }: TensorProto): boolean =>
  [...(raw ?? []), ...(floats ?? []), ...(halves ?? [])].every((value) => value === 0);

/** Values that a MaxPool takes, also when they are moved about first. */
function pooledValues({ node }: GraphProto): ReadonlySet<string> {
  const pooled = new Set<string>();
  for (const { op_type: operator, input, output } of node.toReversed())
    if (operator === 'MaxPool' || (moving.has(operator) && pooled.has(output[0]!))) pooled.add(input[0]!);
  return pooled;
}

/** The graph in which no Pad in front of a MaxPool pads with zero; any optimisation of it gives what the graph as it was gives without. */
export function keepPooledPaddings(graph: GraphProto): GraphProto {
  const pooled = pooledValues(graph);
  const constants = readConstants(graph);
  const added: TensorProto[] = [];
  const floats = graph.initializer.find(
    ({ data_type: type }) => type === elementTypes.float16 || type === elementTypes.float32,
  );
  const node = graph.node.map((one): NodeProto => {
    if (!padsWithConstant(one) || !pooled.has(one.output[0]!)) return one;
    const [data, pads, given = '', ...axes] = one.input;
    // Until operator set 10, both were attributes.
    if (pads === undefined) {
      if ((attributeOf(one, 'value')?.f ?? 0) !== 0) return one;
      const others = one.attribute.filter(({ name }) => name !== 'value');
      return { ...one, attribute: [...others, { name: 'value', type: 1, f: almostZero }] };
    }
    const value = constants.get(given);
    if (given !== '' && !(value && isZero(value))) return one;
    const name = `${one.output[0]!}/almost_zero`;
    added.push(constantOf(name, value?.data_type ?? floats?.data_type ?? elementTypes.float32));
    return { ...one, input: [data!, pads, name, ...axes] };
  });
  return { ...graph, node, initializer: [...graph.initializer, ...added] };
}
