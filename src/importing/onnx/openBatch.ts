// Many exporters fix the batch size to that of the example that they were given. It is opened again: in the input, and where a Reshape repeats it.
import { readConstants, readNodes } from '../../formats/onnx/nodes.js';
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
    const open = values && openShape(values, batch);
    if (!open) return one;
    const opened = `${one.output[0]!}/open_shape`;
    shapes.push(openedShape(opened, open));
    // No side is of no length in a graph of images, so that 0 may mean what it means by default.
    const attribute = one.attribute.filter(({ name: given }) => given !== 'allowzero');
    return { ...one, input: [data!, opened], output: one.output, attribute };
  });
  return { graph: { ...graph, node, initializer: [...graph.initializer, ...shapes] }, input };
}

/**
 * The shape for any number of images; undefined where it is open already or cannot be opened. The images are the outermost part of the
 * first side, which is therefore left to the operator; where another side is left to it, the first is as it is in the input (0).
 */
function openShape([first, ...others]: readonly number[], batch: number): number[] | undefined {
  if (first === undefined || first < 1) return undefined;
  if (others.every((side) => side > 0)) return [-1, ...others];
  return first === batch ? [0, ...others] : undefined;
}

const shapeOf = (tensor: TensorProto | undefined): number[] | undefined => tensor && readIntegers(tensor);
