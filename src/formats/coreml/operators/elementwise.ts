// Operators that work value by value, alone or on two inputs.
import { floatOf } from '../../onnx/nodes.js';
import { sizeOf } from '../../layersModel.js';
import { blobAt, floatsAt, unsupportedNode, wordOf, type Emitter, type NodeCall } from '../call.js';
import { broadcast, isByChannel, type Blob, type Floats } from '../network.js';

/** An operator on one value, as a layer without changing the shape. */
export const each =
  (kind: string, params: (call: NodeCall) => object): Emitter =>
  (call) => {
    const input = blobAt(call, 0);
    return call.network.layer(kind, params(call), [input], input.shape);
  };

export const activation = (params: (call: NodeCall) => object): Emitter => each('activation', params);

const alphaOf = (call: NodeCall, otherwise: number): number => floatOf(call.node, 'alpha', otherwise);

export const relu = activation(() => ({ ReLU: {} }));
export const sigmoid = activation(() => ({ sigmoid: {} }));
export const tanh = activation(() => ({ tanh: {} }));
export const softplus = activation(() => ({ softplus: {} }));
export const softsign = activation(() => ({ softsign: {} }));
export const leakyRelu = activation((call) => ({ leakyReLU: { alpha: alphaOf(call, 0.01) } }));
export const elu = activation((call) => ({ ELU: { alpha: alphaOf(call, 1) } }));
export const negate = activation(() => ({ linear: { alpha: -1, beta: 0 } }));
export const hardSigmoid = activation((call) => ({
  sigmoidHard: { alpha: alphaOf(call, 0.2), beta: floatOf(call.node, 'beta', 0.5) },
}));
export const erf = each('erf', () => ({}));
/** The numbers of GeluLayerParams.GeluMode: exact, or with tanh. */
export const gelu = each('gelu', (call) => ({ mode: wordOf(call, 'approximate', 'none') === 'tanh' ? 1 : 0 }));

/** The numbers of UnaryFunctionLayerParams.Operation. */
const unaryOperations = { sqrt: 0, inverse: 2, exp: 4, log: 5, abs: 6 } as const;
/** Core ML computes f(scale × x + shift); only the inverse and the logarithm have an epsilon, which is added to x. */
export const unary = (operation: keyof typeof unaryOperations): Emitter =>
  each('unary', () => ({ type: unaryOperations[operation], epsilon: 0, shift: 0, scale: 1 }));

/** γ × elu(x, α), with the constants of Klambauer et al. 2017, which are ONNX' defaults. */
export const selu: Emitter = (call) => {
  const { network, node } = call;
  const input = blobAt(call, 0);
  const alpha = floatOf(node, 'alpha', 1.6732632423543772);
  const bent = network.layer('activation', { ELU: { alpha } }, [input], input.shape);
  return network.linear(bent, floatOf(node, 'gamma', 1.0507009873554805), 0);
};

/** x × max(0, min(1, x / 6 + 0.5)) (Howard et al. 2019). */
export const hardSwish: Emitter = (call) => {
  const input = blobAt(call, 0);
  const gate = call.network.layer('activation', { sigmoidHard: { alpha: 1 / 6, beta: 0.5 } }, [input], input.shape);
  return call.network.layer('multiplyBroadcastable', {}, [input, gate], input.shape);
};

/** x where it is positive, else x × slope, with slopes of any shape that broadcasts. */
export const prelu: Emitter = (call) => {
  const { network } = call;
  const input = blobAt(call, 0);
  const slope = blobAt(call, 1);
  const positive = network.layer('activation', { ReLU: {} }, [input], input.shape);
  const negative = network.layer('subtractBroadcastable', {}, [input, positive], input.shape);
  const bent = network.layer('multiplyBroadcastable', {}, [negative, slope], input.shape);
  return network.layer('addBroadcastable', {}, [positive, bent], input.shape);
};

/** Bounds as attributes until operator set 10, as inputs since. */
export const clip: Emitter = (call) => {
  const bound = (name: string, position: number, otherwise: number): number =>
    floatsAt(call, position)?.data[0] ?? floatOf(call.node, name, otherwise);
  const largest = 3.4028234663852886e38;
  const params = { minVal: bound('min', 1, -largest), maxVal: bound('max', 2, largest) };
  const input = blobAt(call, 0);
  return call.network.layer('clip', params, [input], input.shape);
};

type Operation = 'add' | 'subtract' | 'multiply' | 'divide' | 'min' | 'max' | 'pow';

function combine(call: NodeCall, operation: Operation, a: Blob, b: Blob): Blob {
  const shape = broadcast(a.shape, b.shape);
  if (shape === undefined)
    throw unsupportedNode(call, `[${a.shape.join(', ')}] and [${b.shape.join(', ')}] do not go together`);
  return call.network.layer(`${operation}Broadcastable`, {}, [a, b], shape);
}

/** An image and a number for all or for each of its channels, as the layers that Core ML has for just this; undefined for others. */
function withConstant({ network }: NodeCall, operation: Operation, image: Blob, constant: Floats): Blob | undefined {
  const lone = sizeOf(constant.shape) === 1 && constant.shape.length <= image.shape.length;
  if (!lone && !isByChannel(constant, image.shape)) return undefined;
  const { data } = constant;
  switch (operation) {
    case 'add':
      return lone ? network.linear(image, 1, data[0]!) : network.shiftChannels(image, data);
    case 'subtract':
      return lone
        ? network.linear(image, 1, -data[0]!)
        : network.shiftChannels(
            image,
            data.map((value) => -value),
          );
    case 'multiply':
      return lone ? network.linear(image, data[0]!, 0) : network.scaleChannels(image, data);
    case 'divide':
      return lone
        ? network.linear(image, 1 / data[0]!, 0)
        : network.scaleChannels(
            image,
            data.map((value) => 1 / value),
          );
    case 'min':
    case 'max':
    case 'pow':
      return undefined;
  }
}

/** An operator on two inputs, or on any number of them one after another. */
export const merge =
  (operation: Operation): Emitter =>
  (call) => {
    const { inputs } = call;
    if (inputs.length === 1) return blobAt(call, 0);
    const [first, second] = inputs;
    const commutes = operation === 'add' || operation === 'multiply';
    const simple =
      inputs.length !== 2
        ? undefined
        : first?.kind === 'blob' && second?.kind === 'floats'
          ? withConstant(call, operation, first, second)
          : commutes && first?.kind === 'floats' && second?.kind === 'blob'
            ? withConstant(call, operation, second, first)
            : undefined;
    if (simple) return simple;
    return inputs.map((_, i) => blobAt(call, i)).reduce((sum, next) => combine(call, operation, sum, next));
  };

export const mean: Emitter = (call) => {
  const sum = merge('add')(call) as Blob;
  return call.network.linear(sum, 1 / call.inputs.length, 0);
};
