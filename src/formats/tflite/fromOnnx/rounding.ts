// The roundings of an int8 graph: pairs of QuantizeLinear and DequantizeLinear become tensors in int8, between which operators compute.
import { invalidModel } from '../../invalidModel.js';
import { intOf } from '../../onnx/nodes.js';
import { elementTypes, type NodeProto, type TensorProto } from '../../onnx/protobuf.js';
import { dimsOf } from '../../onnx/tensors.js';
import type { Conversion, Scale } from './conversion.js';

/** A constant in integers, with a scale for each index along `axis`. */
export interface RoundedConstant {
  readonly values: Int8Array | Int32Array;
  readonly shape: readonly number[];
  readonly scales: Float32Array;
  readonly axis: number;
}

/** TFLite's activations are signed where the graph's are unsigned: both mean the same with a zero point that is 128 lower. */
const signedOffset = 128;

function zeroPointOf(tensor: TensorProto | undefined): number {
  const byte = tensor?.raw_data?.[0] ?? 0;
  return tensor?.data_type === elementTypes.int8 ? (byte << 24) >> 24 : byte - signedOffset;
}

/** The scale of an activation that a node rounds or restores. Throws AppError invalid_model where it has one for each channel. */
export function readScale(conversion: Conversion, node: NodeProto): Scale {
  const scales = conversion.floats(node, 1)?.data;
  if (scales?.length !== 1)
    throw invalidModel(`${node.op_type} ${node.output[0]!}: an activation must have one constant scale`);
  return { scale: scales[0]!, zeroPoint: zeroPointOf(conversion.constants.get(node.input[2] ?? '')) };
}

export function quantizeLinear(conversion: Conversion, node: NodeProto): void {
  conversion.set(node.output[0]!, conversion.rounded(conversion.value(node.input[0]!), readScale(conversion, node)));
}

/** Of an activation it does nothing: whoever needs floats has them made. */
export function dequantizeLinear(conversion: Conversion, node: NodeProto): void {
  const [from, output] = [node.input[0]!, node.output[0]!];
  const constant = conversion.constants.get(from);
  if (constant) {
    conversion.setRounded(output, readRounded(conversion, node, constant));
    return;
  }
  const value = conversion.value(from);
  conversion.set(output, value.scale ? value : conversion.rounded(value, readScale(conversion, node)));
}

function readRounded(conversion: Conversion, node: NodeProto, constant: TensorProto): RoundedConstant {
  const bytes = Uint8Array.from(constant.raw_data ?? []).buffer;
  const scales = conversion.floats(node, 1)?.data;
  if (scales === undefined || (constant.data_type !== elementTypes.int8 && constant.data_type !== elementTypes.int32))
    throw invalidModel(`DequantizeLinear ${node.output[0]!}: its constant is neither int8 nor int32`);
  const values = constant.data_type === elementTypes.int8 ? new Int8Array(bytes) : new Int32Array(bytes);
  return { values, shape: dimsOf(constant), scales, axis: intOf(node, 'axis', 1) };
}

/** In floats again. */
export function restore({ values, shape, scales, axis }: RoundedConstant): Float32Array {
  const inner = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  return Float32Array.from(values, (value, i) => value * scales[Math.floor(i / inner) % scales.length]!);
}
