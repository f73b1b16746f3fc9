// The values of a tensor in an ONNX file, which keeps them in one of several places.
import { decodeFloat16 } from '../float16.js';
import type { Weight } from '../layersModel.js';
import { elementTypes, type TensorProto } from './protobuf.js';

/** A copy whose buffer begins with the bytes: typed arrays want aligned places. */
const aligned = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;
const hasRaw = (tensor: TensorProto): tensor is TensorProto & { raw_data: Uint8Array } =>
  (tensor.raw_data?.length ?? 0) > 0;

export const dimsOf = ({ dims }: Pick<TensorProto, 'dims'>): number[] => dims.map(Number);

/** float32, float16 and float64 as float32; undefined for any other type. */
export function readFloats(tensor: TensorProto): Weight | undefined {
  const shape = dimsOf(tensor);
  switch (tensor.data_type) {
    case elementTypes.float32:
      return {
        shape,
        data: hasRaw(tensor) ? new Float32Array(aligned(tensor.raw_data)) : Float32Array.from(tensor.float_data ?? []),
      };
    case elementTypes.float16:
      return {
        shape,
        data: decodeFloat16(
          hasRaw(tensor) ? new Uint16Array(aligned(tensor.raw_data)) : Uint16Array.from(tensor.int32_data ?? []),
        ),
      };
    case elementTypes.float64:
      return {
        shape,
        data: Float32Array.from(
          hasRaw(tensor) ? new Float64Array(aligned(tensor.raw_data)) : (tensor.double_data ?? []),
        ),
      };
    default:
      return undefined;
  }
}

/** int64 values; undefined for any other type. */
export function readIntegers(tensor: TensorProto): number[] | undefined {
  if (tensor.data_type !== elementTypes.int64) return undefined;
  return hasRaw(tensor)
    ? Array.from(new BigInt64Array(aligned(tensor.raw_data)), Number)
    : (tensor.int64_data ?? []).map(Number);
}
