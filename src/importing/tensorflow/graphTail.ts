// What TensorFlow's operations do, where they are poolings or what follows one.
import type { Weight } from '../../formats/layersModel.js';
import { sizeOf } from '../../formats/layersModel.js';
import type { TailReader, TailStep } from '../tail.js';
import type { GraphConstant, GraphNode } from '../../formats/tensorflow/graphFile.js';

type Constants = ReadonlyMap<string, GraphConstant>;

/** Axes of a mean that leave one value per channel: of [N, H, W, C] and [N, tokens, C]. */
const globalAxes: ReadonlySet<string> = new Set(['1,2', '-3,-2', '1']);

function poolingOf({ json, inputs }: GraphNode, constants: Constants): 'whole' | 'part' | undefined {
  switch (json.op) {
    case 'Mean':
    case 'Max':
      return globalAxes.has([...(constants.get(inputs[1]!)?.data ?? [])].sort((a, b) => a - b).join())
        ? 'whole'
        : undefined;
    case 'AvgPool':
      return sizeOf(json.attr['ksize']?.list?.i ?? []) > 1 ? 'part' : undefined;
    default:
      return undefined;
  }
}

function matrixOf(constant: GraphConstant | undefined, transposed: boolean): Weight | undefined {
  if (!(constant?.data instanceof Float32Array)) return undefined;
  // A convolution of one pixel, [1, 1, in, out], is a matrix too.
  const [rows, columns, ...others] =
    constant.shape.length === 4 && constant.shape[0] === 1 && constant.shape[1] === 1
      ? constant.shape.slice(2)
      : constant.shape;
  if (rows === undefined || columns === undefined || others.length > 0) return undefined;
  const { data } = constant;
  if (!transposed) return { shape: [rows, columns], data };
  return {
    shape: [columns, rows],
    data: Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!),
  };
}

const activations = { Relu: 'relu', Relu6: 'relu6', Sigmoid: 'sigmoid', Tanh: 'tanh', Softmax: 'softmax' } as const;
type ActivationOp = keyof typeof activations;
const isActivation = (op: string): op is ActivationOp => op in activations;

/** Names of what TensorFlow's optimiser has fused into the node, in order. */
const fusedIn = ({ json }: GraphNode): string[] =>
  (json.attr['fused_ops']?.list?.s ?? []).map((text) => Buffer.from(text, 'base64').toString());

/** A product, with the bias that is fused into it or follows it, and a fused activation. */
function dense(product: GraphNode, constants: Constants, sum?: GraphNode): TailStep | undefined {
  const kernel = matrixOf(constants.get(product.inputs[1]!), product.json.attr['transpose_b']?.b === true);
  if (!kernel || product.json.attr['transpose_a']?.b === true) return undefined;
  const fused = fusedIn(product);
  const [activation, ...more] = fused.filter((name) => name !== 'BiasAdd');
  if (more.length > 0 || (activation !== undefined && !isActivation(activation))) return undefined;
  const biasName = sum
    ? sum.inputs.find((name) => constants.has(name))
    : fused[0] === 'BiasAdd'
      ? product.inputs[2]
      : undefined;
  const bias = constants.get(biasName ?? '')?.data;
  if (
    (sum !== undefined || fused.includes('BiasAdd')) &&
    !(bias instanceof Float32Array && bias.length === kernel.shape[1])
  )
    return undefined;
  return {
    kind: 'dense',
    kernel,
    bias: bias as Float32Array | undefined,
    ...(activation !== undefined && { activation: activations[activation] }),
  };
}

const products: ReadonlySet<string> = new Set(['MatMul', '_FusedMatMul']);
const pointProducts: ReadonlySet<string> = new Set(['Conv2D', '_FusedConv2D']);
const sums: ReadonlySet<string> = new Set(['BiasAdd', 'Add', 'AddV2']);
const moving: ReadonlySet<string> = new Set(['Identity', 'Reshape', 'Squeeze', 'ExpandDims']);

/** Whether the two nodes are a product and the bias that is added to it. */
export const isBiased = ({ json: first }: GraphNode, { json: second }: GraphNode): boolean =>
  (first.op === 'MatMul' || first.op === 'Conv2D') && sums.has(second.op);

/** Stretches of one node, and the two pairs that belong together: a product and its bias, Sigmoid and Mul. */
export const graphTail = (constants: Constants): TailReader<GraphNode> => ({
  poolingOf: ({ nodes: [first, ...others] }) => (others.length === 0 ? poolingOf(first!, constants) : undefined),
  stepOf: ({ nodes: [first, second, ...others] }, isVector) => {
    const { op } = first!.json;
    if (others.length > 0) return undefined;
    if (second && op === 'Sigmoid') return second.json.op === 'Mul' ? { kind: 'activation', name: 'swish' } : undefined;
    if (products.has(op) || (isVector && pointProducts.has(op))) return dense(first!, constants, second);
    if (second) return undefined;
    if (moving.has(op)) return { kind: 'nothing' };
    return isActivation(op) ? { kind: 'activation', name: activations[op] } : undefined;
  },
});
