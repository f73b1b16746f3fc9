// A convolution and the bias added to it, which are two nodes in TensorFlow, as the one that they are in ONNX.
import type { NodeProto, TensorProto } from '../../onnx/protobuf.js';

/** The constant among the inputs of an Add that has one value per channel and one for everything else: [C, 1, 1] or [1, C, 1, 1]. */
function biasOf(
  { input }: NodeProto,
  constants: ReadonlyMap<string, TensorProto>,
  channels: number,
): TensorProto | undefined {
  const found = input.map((name) => constants.get(name)).find((tensor) => tensor !== undefined);
  const shape = found?.dims.map(Number) ?? [];
  return shape.slice(-3).join() === `${channels},1,1` && shape.slice(0, -3).every((side) => side === 1)
    ? found
    : undefined;
}

/** `constants` gets the biases in the shape that a convolution takes. */
export function foldBiases(nodes: readonly NodeProto[], constants: TensorProto[]): NodeProto[] {
  const byName = new Map(constants.map((tensor) => [tensor.name, tensor]));
  const uses = new Map<string, number>();
  for (const { input } of nodes) for (const name of input) uses.set(name, (uses.get(name) ?? 0) + 1);
  const convolutions = new Map<string, NodeProto>();
  const replaced = new Map<NodeProto, NodeProto>();
  for (const node of nodes) {
    if (node.op_type === 'Conv' && node.input.length === 2) convolutions.set(node.output[0]!, node);
    if (node.op_type !== 'Add') continue;
    const convolution = node.input.map((name) => convolutions.get(name)).find((one) => one !== undefined);
    if (!convolution || uses.get(convolution.output[0]!) !== 1) continue;
    const bias = biasOf(node, byName, Number(byName.get(convolution.input[1]!)?.dims[0]));
    if (!bias) continue;
    const name = `${node.name}/bias`;
    constants.push({ ...bias, name, dims: [Number(byName.get(convolution.input[1]!)!.dims[0])] });
    replaced.set(convolution, { ...convolution, input: [...convolution.input, name], output: node.output });
    replaced.set(node, node);
  }
  return nodes.flatMap((node) => {
    const by = replaced.get(node);
    return by === undefined ? [node] : by === node ? [] : [by];
  });
}
