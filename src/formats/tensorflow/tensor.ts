// A constant of a TensorFlow graph, and its values as the files keep them.
import { invalidModel } from '../invalidModel.js';
import { decodeFloat16 } from '../float16.js';
import { sizeOf } from '../layersModel.js';

/** The numbers of tensorflow/core/framework/types.proto that we read. */
export const dataTypes = {
  float: 1,
  double: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  half: 19,
  resource: 20,
} as const;

/** What the values of a type are to us: fractions of any precision are all computed in float32. */
export type NumberKind = 'float' | 'int32' | 'int64' | 'uint8' | 'bool';

const kinds: Readonly<Record<number, NumberKind>> = {
  [dataTypes.float]: 'float',
  [dataTypes.double]: 'float',
  [dataTypes.half]: 'float',
  [dataTypes.bfloat16]: 'float',
  [dataTypes.int32]: 'int32',
  [dataTypes.int16]: 'int32',
  [dataTypes.int8]: 'int32',
  [dataTypes.uint16]: 'int32',
  [dataTypes.uint8]: 'uint8',
  [dataTypes.int64]: 'int64',
  [dataTypes.bool]: 'bool',
};

/** undefined: no numbers (strings, resources), or numbers that no image classifier has. */
export const kindOf = (type: number): NumberKind | undefined => kinds[type];

/**
 * float: float32 values; every other kind: whole numbers (0 and 1 for bool). NaN among whole numbers stands for the number of images,
 * which is known only when the graph runs.
 */
export interface Tensor {
  readonly kind: NumberKind;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export const tensorOf = (kind: NumberKind, shape: readonly number[], values: ArrayLike<number>): Tensor => ({
  kind,
  shape,
  data: kind === 'float' ? Float32Array.from(values) : Float64Array.from(values),
});

const bytesPerValue: Readonly<Record<number, number>> = {
  [dataTypes.float]: 4,
  [dataTypes.double]: 8,
  [dataTypes.half]: 2,
  [dataTypes.bfloat16]: 2,
  [dataTypes.int32]: 4,
  [dataTypes.int16]: 2,
  [dataTypes.uint16]: 2,
  [dataTypes.int8]: 1,
  [dataTypes.uint8]: 1,
  [dataTypes.int64]: 8,
  [dataTypes.bool]: 1,
};

function valuesIn(bytes: ArrayBuffer, type: number): ArrayLike<number> {
  switch (type) {
    case dataTypes.float:
      return new Float32Array(bytes);
    case dataTypes.double:
      return new Float64Array(bytes);
    case dataTypes.half:
      return decodeFloat16(new Uint16Array(bytes));
    case dataTypes.bfloat16:
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half * 65536).buffer);
    case dataTypes.int32:
      return new Int32Array(bytes);
    case dataTypes.int16:
      return new Int16Array(bytes);
    case dataTypes.uint16:
      return new Uint16Array(bytes);
    case dataTypes.int8:
      return new Int8Array(bytes);
    case dataTypes.int64:
      return Array.from(new BigInt64Array(bytes), Number);
    default:
      return new Uint8Array(bytes);
  }
}

/** `bytes`: little-endian, exactly as many as the shape needs. Throws AppError invalid_model, beginning with `what`. */
export function decodeTensor(type: number, shape: readonly number[], bytes: Uint8Array, what: string): Tensor {
  const kind = kindOf(type);
  const width = bytesPerValue[type];
  if (kind === undefined || width === undefined)
    throw invalidModel(`${what} is of TensorFlow's data type ${type}; expected numbers of at most 64 bits`);
  if (bytes.length !== sizeOf(shape) * width)
    throw invalidModel(
      `${what} has ${bytes.length} bytes; its shape [${shape.join(', ')}] needs ${sizeOf(shape) * width}`,
    );
  // A copy: typed arrays want aligned places.
  const values = valuesIn(Uint8Array.from(bytes).buffer, type);
  return values instanceof Float32Array ? { kind, shape, data: values } : tensorOf(kind, shape, values);
}
