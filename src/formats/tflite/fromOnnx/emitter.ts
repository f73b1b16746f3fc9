// What the operators of ONNX have in common when they are written as those of TFLite.
import { invalidModel } from '../../invalidModel.js';
import { attributeOf, floatOf, intOf } from '../../onnx/nodes.js';
import type { NodeProto } from '../../onnx/protobuf.js';
import type { FusedActivation } from '../operators.js';
import type { Conversion, Scale, Value } from './conversion.js';
import { readScale } from './rounding.js';

/** Appends what a node does and sets the values that it gives. Throws AppError invalid_model naming the node. */
export type Emitter = (conversion: Conversion, node: NodeProto) => void;

export const unsupportedNode = ({ op_type: operator, output }: NodeProto, reason: string): Error =>
  invalidModel(`${operator} ${output[0] ?? ''} cannot be written for TFLite: ${reason}`);

/** The layer's result: its name, with the rectifier behind it that the operator applies itself. */
export interface FusedOutput {
  readonly name: string;
  readonly activation: FusedActivation;
}

/** The bounds of a Clip, which are attributes until operator set 10 and inputs from then on. */
export function clipBounds(conversion: Conversion, node: NodeProto): { low: number; high: number } {
  const bound = (name: string, input: number, otherwise: number): number => {
    if (attributeOf(node, name)) return floatOf(node, name, otherwise);
    if ((node.input[input] ?? '') === '') return otherwise;
    const value = conversion.floats(node, input)?.data[0];
    if (value === undefined) throw unsupportedNode(node, `its bound ${name} is not constant`);
    return value;
  };
  return { low: bound('min', 1, -Infinity), high: bound('max', 2, Infinity) };
}

function activationOf(conversion: Conversion, node: NodeProto | undefined): FusedActivation | undefined {
  if (node?.op_type === 'Relu') return 'relu';
  if (node?.op_type !== 'Clip') return undefined;
  const { low, high } = clipBounds(conversion, node);
  if (low !== 0) return undefined;
  return high === Infinity ? 'relu' : high === 6 ? 'relu6' : undefined;
}

/** Takes in the rectifier that alone reads the node's result. */
export function fuseActivation(conversion: Conversion, node: NodeProto): FusedOutput {
  const name = node.output[0]!;
  const next = conversion.onlyConsumer(name);
  const activation = activationOf(conversion, next);
  if (activation === undefined) return { name, activation: 'none' };
  conversion.fuse(next!);
  return { name: next!.output[0]!, activation };
}

/** The scale that a value is rounded with next; undefined where it is not, or also read in floats. */
export function targetScale(conversion: Conversion, name: string): Scale | undefined {
  const next = conversion.onlyConsumer(name);
  return next?.op_type === 'QuantizeLinear' ? readScale(conversion, next) : undefined;
}

/** The value as an image [1, channels, rows, columns], stored as TFLite wants it. */
export function imageOf(
  conversion: Conversion,
  node: NodeProto,
): { value: Value; channels: number; rows: number; columns: number } {
  const value = conversion.value(node.input[0]!);
  if (value.shape.length !== 4)
    throw unsupportedNode(node, `it takes [${value.shape.join(', ')}] in place of an image`);
  const [, channels, rows, columns] = value.shape as [number, number, number, number];
  return { value, channels, rows, columns };
}

/** An attribute or its default; for those that must have one value. */
export function requireInt(node: NodeProto, name: string, only: number): void {
  const found = intOf(node, name, only);
  if (found !== only) throw unsupportedNode(node, `its ${name} is ${found}; only ${only} is known`);
}
