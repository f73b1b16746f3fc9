// The input of an ONNX file as an image of three channels, where the file leaves them open or takes one.
import { attributeOf, readConstants } from '../../formats/onnx/nodes.js';
import { realInputs, sidesOf, type ImageInput } from '../../formats/onnx/imageInput.js';
import {
  elementTypes,
  type DimensionProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../../formats/onnx/protobuf.js';
import { dimsOf } from '../../formats/onnx/tensors.js';
import { greyShares } from '../greyInput.js';

interface Found {
  readonly layout: ImageInput['layout'];
  readonly channels: number;
}

/** What the first convolution takes; an exporter that leaves every side open, as Hugging Face's optimum does, says it nowhere else. */
function findInConvolution(graph: GraphProto, input: string): Found | undefined {
  const constants = readConstants(graph);
  const first = graph.node.find(({ op_type, input: [, kernel] }) => op_type === 'Conv' && constants.has(kernel ?? ''));
  const channels = first && dimsOf(constants.get(first.input[1]!)!)[1];
  if (channels === undefined) return undefined;
  const turned = graph.node.some(
    (node) =>
      node.op_type === 'Transpose' &&
      node.input[0] === input &&
      (attributeOf(node, 'perm')?.ints ?? []).map(Number).join() === '0,3,1,2',
  );
  return { layout: turned ? 'NHWC' : 'NCHW', channels };
}

/** undefined: three channels as they are stated, or nothing that we know. */
function findChannels(graph: GraphProto, input: ValueInfoProto): Found | undefined {
  const sides = sidesOf(input);
  if (sides.length !== 4 || sides[1] === 3 || sides[3] === 3) return undefined;
  if (sides[3] === 1) return { layout: 'NHWC', channels: 1 };
  if (sides[1] === 1) return { layout: 'NCHW', channels: 1 };
  return sides[1] === undefined || sides[3] === undefined ? findInConvolution(graph, input.name) : undefined;
}

/** The input under `name`, its channels three. */
function inColour(input: ValueInfoProto, name: string, layout: ImageInput['layout']): ValueInfoProto {
  const dim: DimensionProto[] = [...(input.type?.tensor_type?.shape?.dim ?? [])];
  dim[layout === 'NCHW' ? 1 : 3] = { dim_value: 3 };
  return { name, type: { tensor_type: { elem_type: input.type!.tensor_type!.elem_type, shape: { dim } } } };
}

const sharesTensor = (name: string, dims: readonly number[]): TensorProto => ({
  name,
  dims,
  data_type: elementTypes.float32,
  raw_data: new Uint8Array(Float32Array.from(greyShares).buffer),
});

export interface ColourModel {
  readonly model: ModelProto;
  /** The file's own input, which the graph calculates from an image in colour. */
  readonly grey: string | undefined;
}

/** The model with an input whose three channels are stated; of grey images, with the step from colours to grey before it. */
export function withColourInput(model: ModelProto): ColourModel {
  const { graph } = model;
  const [input, ...others] = realInputs(graph);
  const unchanged = { model, grey: undefined };
  if (!input || others.length > 0) return unchanged;
  const found = findChannels(graph, input);
  const isFloat = input.type?.tensor_type?.elem_type === elementTypes.float32;
  const replaced = (by: ValueInfoProto): ValueInfoProto[] => graph.input.map((one) => (one === input ? by : one));
  if (found?.channels === 3)
    return {
      model: { ...model, graph: { ...graph, input: replaced(inColour(input, input.name, found.layout)) } },
      grey: undefined,
    };
  if (found?.channels !== 1 || !isFloat) return unchanged;
  const [name, shares] = [`${input.name}/colour`, `${input.name}/grey_shares`];
  const isPlanes = found.layout === 'NCHW';
  const toGrey: NodeProto = {
    name: `${input.name}/grey`,
    op_type: isPlanes ? 'Conv' : 'MatMul',
    input: [name, shares],
    output: [input.name],
    attribute: [],
  };
  return {
    model: {
      ...model,
      graph: {
        ...graph,
        node: [toGrey, ...graph.node],
        initializer: [...graph.initializer, sharesTensor(shares, isPlanes ? [1, 3, 1, 1] : [3, 1])],
        input: replaced(inColour(input, name, found.layout)),
      },
    },
    grey: input.name,
  };
}
