// Products of matrices, norms and softmax.
import { floatOf, intOf } from '../../onnx/nodes.js';
import { axisFrom, blobAt, floatsAt, integersAt, unsupportedNode, type Emitter, type NodeCall } from '../call.js';
import { broadcast, type Blob } from '../network.js';
import { poolWhole } from './windows.js';

/** [rows, columns] as [columns, rows]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = values[row * columns + column]!;
  return turned;
}

const scaled = (values: Float32Array, factor: number): Float32Array =>
  factor === 1 ? values : values.map((value) => value * factor);

/** Core ML keeps the matrix of a fully connected layer as [out, in]. */
function fullyConnected(
  call: NodeCall,
  input: Blob,
  weights: Float32Array,
  outputs: number,
  bias?: Float32Array,
): Blob {
  const { network } = call;
  const inputs = input.shape.at(-1)!;
  const params = {
    inputChannels: inputs,
    outputChannels: outputs,
    hasBias: bias !== undefined,
    weights: network.weights(weights),
    ...(bias && { bias: network.weights(bias) }),
  };
  return network.layer('innerProduct', params, [input], [...input.shape.slice(0, -1), outputs]);
}

export const gemm: Emitter = (call) => {
  const { node } = call;
  const input = blobAt(call, 0);
  const matrix = floatsAt(call, 1);
  const bias = floatsAt(call, 2);
  if (matrix?.shape.length !== 2 || input.shape.length !== 2 || intOf(node, 'transA', 0) !== 0)
    throw unsupportedNode(call, 'it is no vector times a constant matrix');
  const [rows, columns] = matrix.shape as [number, number];
  const turned = intOf(node, 'transB', 0) !== 0;
  const outputs = turned ? rows : columns;
  const values = scaled(turned ? matrix.data : transposed(matrix.data, rows, columns), floatOf(node, 'alpha', 1));
  const shift = bias && scaled(bias.data, floatOf(node, 'beta', 1));
  const wide = shift?.length === 1 ? new Float32Array(outputs).fill(shift[0]!) : shift;
  return fullyConnected(call, input, values, outputs, wide);
};

export const matrixProduct: Emitter = (call) => {
  const { network, inputs } = call;
  const input = blobAt(call, 0);
  const second = inputs[1];
  if (second?.kind === 'floats' && second.shape.length === 2) {
    const [rows, columns] = second.shape as [number, number];
    const weights = transposed(second.data, rows, columns);
    if (input.shape.length === 2) return fullyConnected(call, input, weights, columns);
    // Written column by column, Core ML's order for this layer.
    const params = {
      weightMatrixFirstDimension: rows,
      weightMatrixSecondDimension: columns,
      weights: network.weights(weights),
    };
    return network.layer('batchedMatmul', params, [input], [...input.shape.slice(0, -1), columns]);
  }
  const other = blobAt(call, 1);
  const outer = broadcast(input.shape.slice(0, -2), other.shape.slice(0, -2));
  if (input.shape.length < 2 || other.shape.length < 2 || outer === undefined)
    throw unsupportedNode(call, `[${input.shape.join(', ')}] × [${other.shape.join(', ')}] is no product of matrices`);
  const shape = [...outer, input.shape.at(-2)!, other.shape.at(-1)!];
  return network.layer('batchedMatmul', {}, [input, other], shape);
};

/** A batch-norm at inference (Ioffe & Szegedy 2015), as a scale and a shift by channel. */
export const batchNormalization: Emitter = (call) => {
  const { network, node } = call;
  const input = blobAt(call, 0);
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((position) => floatsAt(call, position)?.data);
  if (!gamma || !beta || !mean || !variance) throw unsupportedNode(call, 'its statistics are missing');
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const scale = gamma.map((value, c) => value / Math.sqrt(variance[c]! + epsilon));
  const shift = beta.map((value, c) => value - mean[c]! * scale[c]!);
  if (input.shape.length === 4) return network.shiftChannels(network.scaleChannels(input, scale), shift);
  if (input.shape.length !== 2) throw unsupportedNode(call, `it takes [${input.shape.join(', ')}]`);
  const shape = [scale.length];
  const product = [input, network.load({ kind: 'floats', shape, data: scale })];
  const times = network.layer('multiplyBroadcastable', {}, product, input.shape);
  const sum = [times, network.load({ kind: 'floats', shape, data: shift })];
  return network.layer('addBroadcastable', {}, sum, input.shape);
};

/** Over the last axes, to mean 0 and variance 1 (Ba et al. 2016). */
export const layerNormalization: Emitter = (call) => {
  const { network, node } = call;
  const input = blobAt(call, 0);
  const axis = axisFrom(intOf(node, 'axis', -1), input.shape.length);
  const normalizedShape = input.shape.slice(axis);
  const gamma = floatsAt(call, 1);
  if (gamma === undefined) throw unsupportedNode(call, 'its scale is missing');
  const beta = floatsAt(call, 2)?.data ?? new Float32Array(gamma.data.length);
  const params = {
    normalizedShape,
    eps: floatOf(node, 'epsilon', 1e-5),
    gamma: network.exactWeights(gamma.data),
    beta: network.exactWeights(beta),
  };
  return network.layer('layerNormalization', params, [input], input.shape);
};

/** Before operator set 13, softmax is over all axes from the one given on, which is the same where only that one has more than one value. */
export const softmax: Emitter = (call) => {
  const { network, node, opset } = call;
  const input = blobAt(call, 0);
  const rank = input.shape.length;
  const axis = axisFrom(intOf(node, 'axis', opset < 13 ? 1 : -1), rank);
  if (opset < 13 && input.shape.slice(axis + 1).some((side) => side !== 1))
    throw unsupportedNode(call, 'it is over several axes');
  return network.layer('softmaxND', { axis }, [input], input.shape);
};

export const reduceMean: Emitter = (call) => {
  const { network, node } = call;
  const input = blobAt(call, 0);
  const rank = input.shape.length;
  const axes = integersAt(call, 'axes', 1)?.map((axis) => axisFrom(axis, rank));
  if (axes === undefined) throw unsupportedNode(call, 'it does not say along which axes');
  const keepDims = intOf(node, 'keepdims', 1) !== 0;
  const shape = input.shape.flatMap((side, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [side]));
  const isPooling = rank === 4 && axes.length === 2 && axes.includes(2) && axes.includes(3);
  if (!isPooling) return network.layer('reduceMean', { axes, keepDims }, [input], shape);
  const pooled = poolWhole(call, 'average', input);
  return keepDims ? pooled : network.reshape(pooled, shape);
};
