// What ONNX operators do, where they are poolings or what follows one.
import type { Weight } from '../../formats/layersModel.js';
import { sizeOf } from '../../formats/layersModel.js';
import type { TailReader, TailStep } from '../tail.js';
import { attributeOf, floatOf, floatsOf, integersOf, intOf, type OnnxNode } from '../../formats/onnx/nodes.js';
import type { NodeProto, TensorProto } from '../../formats/onnx/protobuf.js';

type Constants = ReadonlyMap<string, TensorProto>;

/** Axes of a mean that leave one value per channel: of [N, C, H, W], [N, H, W, C] and [N, tokens, C]. */
const globalAxes: ReadonlySet<string> = new Set(['2,3', '1,2', '-2,-1', '-3,-2', '1']);

function isGlobalMean(node: NodeProto, constants: Constants): boolean {
  const axes = integersOf(node, 'axes', 1, constants)?.toSorted((a, b) => a - b);
  return axes !== undefined && globalAxes.has(axes.join());
}

function poolingOf(node: NodeProto, constants: Constants): 'whole' | 'part' | undefined {
  switch (node.op_type) {
    case 'GlobalAveragePool':
    case 'GlobalMaxPool':
    case 'QLinearGlobalAveragePool': // of ONNX Runtime's quantisation to operators on integers
      return 'whole';
    case 'ReduceMean':
    case 'ReduceMax':
      return isGlobalMean(node, constants) ? 'whole' : undefined;
    case 'AveragePool':
      // A window of one pixel is how PyTorch exports an adaptive pooling that does nothing.
      return sizeOf((attributeOf(node, 'kernel_shape')?.ints ?? []).map(Number)) > 1 ? 'part' : undefined;
    default:
      return undefined;
  }
}

const transposed = ({ shape: [rows, columns], data }: Weight): Weight => ({
  shape: [columns!, rows!],
  data: Float32Array.from(data, (_, i) => data[(i % rows!) * columns! + Math.floor(i / rows!)]!),
});

/** A bias as the row that is added to every output; undefined when it is no such row. */
function rowOf(values: Weight | undefined, units: number): Float32Array | undefined {
  if (values?.data.length === 1) return new Float32Array(units).fill(values.data[0]!);
  return values?.data.length === units && values.shape.at(-1) === units ? values.data : undefined;
}

function gemm(node: NodeProto, constants: Constants): TailStep | undefined {
  const matrix = floatsOf(node, 1, constants);
  if (matrix?.shape.length !== 2 || intOf(node, 'transA', 0) !== 0) return undefined;
  const [alpha, beta] = [floatOf(node, 'alpha', 1), floatOf(node, 'beta', 1)];
  const { shape, data } = intOf(node, 'transB', 0) === 0 ? matrix : transposed(matrix);
  const kernel = { shape, data: alpha === 1 ? data : data.map((value) => value * alpha) };
  if ((node.input[2] ?? '') === '') return { kind: 'dense', kernel, bias: undefined };
  const bias = rowOf(floatsOf(node, 2, constants), shape[1]!);
  return bias && { kind: 'dense', kernel, bias: beta === 1 ? bias : bias.map((value) => value * beta) };
}

function matMul(node: NodeProto, add: NodeProto | undefined, constants: Constants): TailStep | undefined {
  const kernel = floatsOf(node, 1, constants);
  if (kernel?.shape.length !== 2) return undefined;
  if (add === undefined) return { kind: 'dense', kernel, bias: undefined };
  const bias = rowOf(floatsOf(add, 0, constants) ?? floatsOf(add, 1, constants), kernel.shape[1]!);
  return bias && { kind: 'dense', kernel, bias };
}

/** A convolution of one pixel, on an image of one pixel. */
function pointConvolution(node: NodeProto, constants: Constants): TailStep | undefined {
  const matrix = floatsOf(node, 1, constants);
  const padded = (attributeOf(node, 'pads')?.ints ?? []).some((pad) => Number(pad) !== 0);
  const [units, features, height, width] = matrix?.shape ?? [];
  if (!matrix || height !== 1 || width !== 1 || padded || intOf(node, 'group', 1) !== 1) return undefined;
  const kernel = transposed({ shape: [units!, features!], data: matrix.data });
  if ((node.input[2] ?? '') === '') return { kind: 'dense', kernel, bias: undefined };
  const bias = rowOf(floatsOf(node, 2, constants), units!);
  return bias && { kind: 'dense', kernel, bias };
}

function batchNorm(node: NodeProto, constants: Constants): TailStep | undefined {
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((input) => floatsOf(node, input, constants)?.data);
  if (!gamma || !beta || !mean || !variance) return undefined;
  return {
    kind: 'norm',
    weights: { gamma, beta, moving_mean: mean, moving_variance: variance },
    epsilon: floatOf(node, 'epsilon', 1e-5),
  };
}

function clip(node: NodeProto, constants: Constants): TailStep | undefined {
  const bounds = [
    floatsOf(node, 1, constants)?.data[0] ?? attributeOf(node, 'min')?.f,
    floatsOf(node, 2, constants)?.data[0] ?? attributeOf(node, 'max')?.f,
  ];
  return bounds[0] === 0 && bounds[1] === 6 ? { kind: 'activation', name: 'relu6' } : undefined;
}

function single(node: NodeProto, isVector: boolean, constants: Constants): TailStep | undefined {
  switch (node.op_type) {
    case 'Identity':
    case 'Dropout':
    case 'Cast':
    case 'Flatten':
    case 'Reshape':
    case 'Squeeze':
    case 'Unsqueeze':
      return { kind: 'nothing' };
    case 'Transpose':
      // The order of axes does not matter for a single pixel.
      return isVector ? { kind: 'nothing' } : undefined;
    case 'Gemm':
      return gemm(node, constants);
    case 'MatMul':
      return matMul(node, undefined, constants);
    case 'Conv':
      return isVector ? pointConvolution(node, constants) : undefined;
    case 'BatchNormalization':
      return batchNorm(node, constants);
    case 'Clip':
      return clip(node, constants);
    case 'Relu':
      return { kind: 'activation', name: 'relu' };
    case 'Tanh':
      return { kind: 'activation', name: 'tanh' };
    case 'Sigmoid':
      return { kind: 'activation', name: 'sigmoid' };
    case 'Softmax':
      return { kind: 'activation', name: 'softmax' };
    case 'LogSoftmax':
      return { kind: 'activation', name: 'log_softmax' };
    default:
      return undefined;
  }
}

/** Stretches of one node, and the two pairs that belong together: MatMul and Add, Sigmoid and Mul. */
export const onnxTail = (constants: Constants): TailReader<OnnxNode> => ({
  poolingOf: ({ nodes: [first, ...others] }) => (others.length === 0 ? poolingOf(first!.proto, constants) : undefined),
  stepOf: ({ nodes }, isVector) => {
    const [first, second] = nodes.map(({ proto }) => proto);
    if (nodes.length === 1) return single(first!, isVector, constants);
    if (nodes.length > 2) return undefined;
    if (first!.op_type === 'MatMul' && second!.op_type === 'Add') return matMul(first!, second, constants);
    return first!.op_type === 'Sigmoid' && second!.op_type === 'Mul'
      ? { kind: 'activation', name: 'swish' }
      : undefined;
  },
});
