// Operators that work value by value, on one input or on several.
import { floatOf, intOf } from '../../onnx/nodes.js';
import type { NodeProto } from '../../onnx/protobuf.js';
import {
  leakyReluOptions,
  mergingOptions,
  plainOptions,
  softmaxOptions,
  geluOptions,
  type FusedActivation,
  type OperatorName,
} from '../operators.js';
import { fromFront, permute } from './axes.js';
import { permuteData, plainOrder, type Conversion, type EmitOptions, type Value } from './conversion.js';
import { clipBounds, fuseActivation, targetScale, unsupportedNode, type Emitter } from './emitter.js';

/** One operator on a value in floats, which keeps its shape. */
const apply = (
  conversion: Conversion,
  name: OperatorName,
  value: Value,
  label: string,
  others: readonly number[] = [],
  options: EmitOptions = {},
): Value => conversion.emit(name, [value.tensor, ...others], label, value.shape, value.order, options);

const unary =
  (name: OperatorName, options?: (node: NodeProto) => EmitOptions): Emitter =>
  (conversion, node) => {
    const label = node.output[0]!;
    const input = conversion.float(conversion.value(node.input[0]!));
    conversion.set(label, apply(conversion, name, input, label, [], options?.(node)));
  };

export const relu = unary('RELU');
export const sigmoid = unary('LOGISTIC');
export const tanh = unary('TANH');
export const exponential = unary('EXP');
export const hardSwish = unary('HARD_SWISH');
export const leakyRelu = unary('LEAKY_RELU', (node) => ({ options: leakyReluOptions(floatOf(node, 'alpha', 0.01)) }));
export const gelu = unary('GELU', () => ({ options: geluOptions }));
export const elu = unary('ELU', (node) => {
  if (floatOf(node, 'alpha', 1) !== 1) throw unsupportedNode(node, 'its alpha is not 1');
  return {};
});

const scalarOf = (conversion: Conversion, label: string, value: number): number =>
  conversion.constant(label, [], Float32Array.of(value));

/** `value` between two bounds, either of which may be infinite. */
function emitClip(conversion: Conversion, value: Value, low: number, high: number, label: string): Value {
  if (low === 0 && high === 6) return apply(conversion, 'RELU6', value, label);
  if (low === 0 && high === Infinity) return apply(conversion, 'RELU', value, label);
  const bounded = (input: Value, name: 'MAXIMUM' | 'MINIMUM', bound: number): Value =>
    Number.isFinite(bound)
      ? apply(conversion, name, input, `${label}/${name}`, [scalarOf(conversion, `${label}/${name}/bound`, bound)])
      : input;
  return bounded(bounded(value, 'MAXIMUM', low), 'MINIMUM', high);
}

export const clip: Emitter = (conversion, node) => {
  const { low, high } = clipBounds(conversion, node);
  const label = node.output[0]!;
  conversion.set(label, emitClip(conversion, conversion.float(conversion.value(node.input[0]!)), low, high, label));
};

/** max(0, min(1, alpha x + beta)) */
export const hardSigmoid: Emitter = (conversion, node) => {
  const label = node.output[0]!;
  const input = conversion.float(conversion.value(node.input[0]!));
  const alpha = scalarOf(conversion, `${label}/alpha`, floatOf(node, 'alpha', 0.2));
  const beta = scalarOf(conversion, `${label}/beta`, floatOf(node, 'beta', 0.5));
  const scaled = apply(conversion, 'MUL', input, `${label}/scaled`, [alpha], {
    options: mergingOptions('MUL', 'none'),
  });
  const shifted = apply(conversion, 'ADD', scaled, `${label}/shifted`, [beta], {
    options: mergingOptions('ADD', 'none'),
  });
  conversion.set(label, emitClip(conversion, shifted, 0, 1, label));
};

/** The slopes are constant, and one for each channel or for each value. */
export const prelu: Emitter = (conversion, node) => {
  const label = node.output[0]!;
  const slopes = conversion.floats(node, 1);
  const input = conversion.float(conversion.value(node.input[0]!));
  if (!slopes) throw unsupportedNode(node, 'its slopes are not constant');
  const rank = input.shape.length;
  const full = [...new Array<number>(rank - slopes.shape.length).fill(1), ...slopes.shape];
  const shape = permute(full, input.order).slice(1);
  const data = permuteData(slopes.data, full, input.order);
  conversion.set(
    label,
    apply(conversion, 'PRELU', input, label, [conversion.constant(`${label}/slopes`, shape, data)]),
  );
};

/** TFLite's softmax runs over the last axis that is stored. */
export const softmax: Emitter = (conversion, node) => {
  const label = node.output[0]!;
  const value = conversion.value(node.input[0]!);
  const rank = value.shape.length;
  const axis = fromFront(intOf(node, 'axis', -1), rank);
  const order = [...value.order.filter((one) => one !== axis), axis];
  const input = conversion.float(value, order);
  conversion.set(label, apply(conversion, 'SOFTMAX', input, label, [], { options: softmaxOptions }));
};

type Merging = 'ADD' | 'MUL' | 'SUB' | 'DIV' | 'MAXIMUM' | 'MINIMUM';

const broadcast = (a: readonly number[], b: readonly number[]): number[] => {
  const rank = Math.max(a.length, b.length);
  const side = (shape: readonly number[], axis: number): number => shape[axis - (rank - shape.length)] ?? 1;
  return Array.from({ length: rank }, (_, axis) => Math.max(side(a, axis), side(b, axis)));
};

const optionsOf = (name: Merging, activation: FusedActivation) =>
  name === 'MAXIMUM' || name === 'MINIMUM' ? plainOptions(name) : mergingOptions(name, activation);

/** Two values with their axes in the same order. */
function alike(conversion: Conversion, one: Value, other: Value): [Value, Value] {
  if (one.shape.length === other.shape.length) return [one, conversion.ordered(other, one.order)];
  const plain = (value: Value): Value => conversion.ordered(value, plainOrder(value.shape.length));
  return [plain(one), plain(other)];
}

/** Both inputs depend on the image. Sums of two values in int8 stay in int8 where their result is rounded. */
function mergeValues(conversion: Conversion, node: NodeProto, name: Merging): void {
  const values = node.input.map((input) => conversion.value(input)) as [Value, Value];
  const canFuse = name !== 'MAXIMUM' && name !== 'MINIMUM';
  const { name: label, activation } = canFuse
    ? fuseActivation(conversion, node)
    : { name: node.output[0]!, activation: 'none' as const };
  const target = name === 'ADD' && values.every((value) => value.scale) ? targetScale(conversion, label) : undefined;
  const [one, other] = alike(
    conversion,
    ...(target ? values : (values.map((value) => conversion.float(value)) as [Value, Value])),
  );
  const shape = broadcast(one.shape, other.shape);
  const order = shape.length === one.order.length ? one.order : other.order;
  conversion.set(
    label,
    conversion.emit(name, [one.tensor, other.tensor], label, shape, order, {
      options: optionsOf(name, activation),
      scale: target,
    }),
  );
}

/** One input is constant. */
function mergeConstant(conversion: Conversion, node: NodeProto, name: Merging): void {
  const label = node.output[0]!;
  const constantInput = conversion.has(node.input[0]!) ? 1 : 0;
  const constant = conversion.floats(node, constantInput);
  if (!constant) throw unsupportedNode(node, 'one of its inputs is neither constant nor computed from the image');
  const value = conversion.float(conversion.value(node.input[1 - constantInput]!));
  const shape = broadcast(value.shape, constant.shape);
  const ordered = shape.length === value.shape.length ? value : conversion.reshape(value, shape, `${label}/ranked`);
  const operand = conversion.operand(`${label}/constant`, constant, ordered.order);
  const inputs = constantInput === 1 ? [ordered.tensor, operand] : [operand, ordered.tensor];
  conversion.set(
    label,
    conversion.emit(name, inputs, label, shape, ordered.order, { options: optionsOf(name, 'none') }),
  );
}

export const merge =
  (name: Merging): Emitter =>
  (conversion, node) => {
    if (node.input.length !== 2) throw unsupportedNode(node, `it has ${node.input.length} inputs; only two are known`);
    if (node.input.every((input) => conversion.has(input))) mergeValues(conversion, node, name);
    else mergeConstant(conversion, node, name);
  };

/** The average of several values of one shape. */
export const average: Emitter = (conversion, node) => {
  const label = node.output[0]!;
  const [first, ...others] = node.input.map((input) => conversion.float(conversion.value(input)));
  if (!first) throw unsupportedNode(node, 'it has no input');
  const sum = others.reduce((total, next, i) => {
    const placed = conversion.ordered(next, first.order);
    return apply(conversion, 'ADD', total, `${label}/sum${i}`, [placed.tensor], {
      options: mergingOptions('ADD', 'none'),
    });
  }, first);
  const share = scalarOf(conversion, `${label}/share`, 1 / node.input.length);
  conversion.set(label, apply(conversion, 'MUL', sum, label, [share], { options: mergingOptions('MUL', 'none') }));
};

/** Of each channel, with statistics that do not change any more. */
export const batchNormalization: Emitter = (conversion, node) => {
  const label = node.output[0]!;
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((input) => conversion.floats(node, input)?.data);
  if (!scale || !shift || !mean || !variance) throw unsupportedNode(node, 'its statistics are not constant');
  const epsilon = floatOf(node, 'epsilon', 1e-5);
  const factors = scale.map((value, i) => value / Math.sqrt(variance[i]! + epsilon));
  const shifts = shift.map((value, i) => value - mean[i]! * factors[i]!);
  const input = conversion.float(conversion.value(node.input[0]!));
  const dims = [factors.length, ...new Array<number>(input.shape.length - 2).fill(1)];
  const operand = (part: string, data: Float32Array): number =>
    conversion.operand(`${label}/${part}`, { shape: dims, data }, input.order);
  const scaled = apply(conversion, 'MUL', input, `${label}/scaled`, [operand('factors', factors)], {
    options: mergingOptions('MUL', 'none'),
  });
  conversion.set(
    label,
    apply(conversion, 'ADD', scaled, label, [operand('shifts', shifts)], { options: mergingOptions('ADD', 'none') }),
  );
};
