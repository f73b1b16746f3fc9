// Many exporters fix the batch size to that of the example that they were given. It is opened again: in the input, and where a Reshape repeats it.
import { attributeOf, readConstants, readNodes } from '../../formats/onnx/nodes.js';
import type { ImageInput } from '../../formats/onnx/imageInput.js';
import {
  elementTypes,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../../formats/onnx/protobuf.js';
import { readIntegers } from '../../formats/onnx/tensors.js';

const openedShape = (name: string, values: readonly number[]): TensorProto => ({
  name,
  dims: [values.length],
  data_type: elementTypes.int64,
  raw_data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

/** Names of all values that depend on the image. */
function dependents(graph: GraphProto, input: string): ReadonlySet<string> {
  const found = new Set([input]);
  for (const { inputs, outputs } of readNodes(graph))
    if (inputs.some((name) => found.has(name))) outputs.forEach((name) => found.add(name));
  return found;
}

/** The graph for any number of images. Whether another operator fixes the batch too shows only when the graph is run. */
export function openBatch(
  graph: GraphProto,
  { name, batch }: ImageInput,
): { readonly graph: GraphProto; readonly input: ValueInfoProto } {
  const given = graph.input.find((candidate) => candidate.name === name)!;
  const [, ...sides] = given.type?.tensor_type?.shape?.dim ?? [];
  const input: ValueInfoProto = {
    name,
    type: {
      tensor_type: { elem_type: given.type!.tensor_type!.elem_type, shape: { dim: [{ dim_param: 'N' }, ...sides] } },
    },
  };
  if (batch === undefined) return { graph, input };
  const constants = readConstants(graph);
  const dependent = dependents(graph, name);
  const shapes: TensorProto[] = [];
  const node = graph.node.map((one): NodeProto => {
    const [data, shape] = one.input;
    const values = one.op_type === 'Reshape' && dependent.has(data!) ? shapeOf(constants.get(shape!)) : undefined;
    if (values?.[0] !== batch || Number(attributeOf(one, 'allowzero')?.i ?? 0) !== 0) return one;
    const opened = `${one.output[0]!}/open_shape`;
    // In a Reshape, 0 means: as it is in the input.
    shapes.push(openedShape(opened, [0, ...values.slice(1)]));
    return { ...one, input: [data!, opened], output: one.output, attribute: one.attribute };
  });
  return { graph: { ...graph, node, initializer: [...graph.initializer, ...shapes] }, input };
}

const shapeOf = (tensor: TensorProto | undefined): number[] | undefined => tensor && readIntegers(tensor);
