// The operators of TensorFlow Lite that we write, with the numbers and option tables of its schema.fbs.
import { scalar, type Field } from './flatTables.js';

/** BuiltinOperator. */
const codes = {
  ADD: 0,
  AVERAGE_POOL_2D: 1,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  DEQUANTIZE: 6,
  FULLY_CONNECTED: 9,
  LOGISTIC: 14,
  MAX_POOL_2D: 17,
  MUL: 18,
  RELU: 19,
  RELU6: 21,
  RESHAPE: 22,
  SOFTMAX: 25,
  TANH: 28,
  PAD: 34,
  GATHER: 36,
  TRANSPOSE: 39,
  MEAN: 40,
  SUB: 41,
  DIV: 42,
  EXP: 47,
  PRELU: 54,
  MAXIMUM: 55,
  MINIMUM: 57,
  PADV2: 60,
  SLICE: 65,
  LEAKY_RELU: 98,
  ELU: 111,
  QUANTIZE: 114,
  HARD_SWISH: 117,
  GELU: 150,
} as const;
export type OperatorName = keyof typeof codes;

export interface OperatorKind {
  readonly name: OperatorName;
  readonly code: number;
}

const kinds = new Map(Object.entries(codes).map(([name, code]) => [name, { name: name as OperatorName, code }]));
export const operatorKind = (name: OperatorName): OperatorKind => kinds.get(name)!;

/** A table of BuiltinOptions: its number in the union and its fields. */
export interface OperatorOptions {
  readonly type: number;
  readonly fields: readonly Field[];
}

/** ActivationFunctionType: what an operator does to its result by itself. */
export const fusedActivations = { none: 0, relu: 1, relu6: 3 } as const;
export type FusedActivation = keyof typeof fusedActivations;

/** Padding. */
const paddings = { same: 0, valid: 1 } as const;
export type PaddingName = keyof typeof paddings;

export interface Steps {
  readonly padding: PaddingName;
  /** [rows, columns] */
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  readonly activation: FusedActivation;
}

export const conv2dOptions = ({ padding, strides, dilations, activation }: Steps): OperatorOptions => ({
  type: 1,
  fields: [
    scalar(0, 'int8', paddings[padding]),
    scalar(1, 'int32', strides[1]),
    scalar(2, 'int32', strides[0]),
    scalar(3, 'int8', fusedActivations[activation]),
    scalar(4, 'int32', dilations[1]),
    scalar(5, 'int32', dilations[0]),
  ],
});

/** `multiplier`: output channels for each input channel. */
export const depthwiseOptions = (
  { padding, strides, dilations, activation }: Steps,
  multiplier: number,
): OperatorOptions => ({
  type: 2,
  fields: [
    scalar(0, 'int8', paddings[padding]),
    scalar(1, 'int32', strides[1]),
    scalar(2, 'int32', strides[0]),
    scalar(3, 'int32', multiplier),
    scalar(4, 'int8', fusedActivations[activation]),
    scalar(5, 'int32', dilations[1]),
    scalar(6, 'int32', dilations[0]),
  ],
});

export const poolOptions = (
  { padding, strides }: Pick<Steps, 'padding' | 'strides'>,
  window: readonly [number, number],
): OperatorOptions => ({
  type: 5,
  fields: [
    scalar(0, 'int8', paddings[padding]),
    scalar(1, 'int32', strides[1]),
    scalar(2, 'int32', strides[0]),
    scalar(3, 'int32', window[1]),
    scalar(4, 'int32', window[0]),
    scalar(5, 'int8', fusedActivations.none),
  ],
});

/** `keepsRank`: all dimensions but the last go through as they are. */
export const fullyConnectedOptions = (activation: FusedActivation, keepsRank: boolean): OperatorOptions => ({
  type: 8,
  fields: [scalar(0, 'int8', fusedActivations[activation]), scalar(2, 'int8', Number(keepsRank))],
});

export const softmaxOptions: OperatorOptions = { type: 9, fields: [scalar(0, 'float32', 1)] };

export const concatenationOptions = (axis: number): OperatorOptions => ({
  type: 10,
  fields: [scalar(0, 'int32', axis), scalar(1, 'int8', fusedActivations.none)],
});

const mergingTypes = { ADD: 11, MUL: 21, SUB: 28, DIV: 29 } as const;

/** Of ADD, MUL, SUB and DIV. */
export const mergingOptions = (name: keyof typeof mergingTypes, activation: FusedActivation): OperatorOptions => ({
  type: mergingTypes[name],
  fields: [scalar(0, 'int8', fusedActivations[activation])],
});

export const reducerOptions = (keepsDimensions: boolean): OperatorOptions => ({
  type: 27,
  fields: [scalar(0, 'int8', Number(keepsDimensions))],
});

export const leakyReluOptions = (slope: number): OperatorOptions => ({
  type: 75,
  fields: [scalar(0, 'float32', slope)],
});

export const gatherOptions = (axis: number): OperatorOptions => ({ type: 23, fields: [scalar(0, 'int32', axis)] });

/** Exact, by the error function. */
export const geluOptions: OperatorOptions = { type: 116, fields: [scalar(0, 'int8', 0)] };

/** Options tables without fields, which some readers want to be there. */
export const emptyOptions = {
  DEQUANTIZE: 38,
  QUANTIZE: 89,
  PAD: 22,
  PADV2: 43,
  TRANSPOSE: 26,
  MAXIMUM: 39,
  MINIMUM: 39,
  SLICE: 48,
  HARD_SWISH: 91,
  EXP: 33,
  RESHAPE: 17,
} as const satisfies Partial<Record<OperatorName, number>>;

/** The options of an operator that has none to set; undefined where its kind has no table. */
export function plainOptions(name: OperatorName): OperatorOptions | undefined {
  const type = (emptyOptions as Partial<Record<OperatorName, number>>)[name];
  return type === undefined ? undefined : { type, fields: [] };
}
