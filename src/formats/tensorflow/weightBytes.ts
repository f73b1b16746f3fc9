// One weight ⇄ its bytes in a tfjs shard: float32, float16, or affine uint8/uint16 with one scale and minimum a tensor.
import { z } from 'zod';
import { sizeOf, type Quantization, type Weight } from '../layersModel.js';
import { decodeFloat16, encodeFloat16 } from '../float16.js';

export const storageSchema = z.enum(['float32', 'float16', 'uint16', 'uint8']);
/** How a weight's values lie on disk. */
export type Storage = z.infer<typeof storageSchema>;

/** One entry of a weights manifest, as tensorflowjs' converter writes it. */
export const weightSpecSchema = z.object({
  name: z.string().min(1),
  shape: z.array(z.int().nonnegative()),
  dtype: z.literal('float32', 'only float32 weights are supported'),
  quantization: z
    .discriminatedUnion('dtype', [
      z.object({ dtype: z.literal('float16') }),
      z.object({ dtype: z.enum(['uint8', 'uint16']), scale: z.number(), min: z.number() }),
    ])
    .optional(),
});
export type WeightSpec = z.infer<typeof weightSpecSchema>;

const bytesPerValue: Readonly<Record<Storage, number>> = { float32: 4, float16: 2, uint16: 2, uint8: 1 };

/** Bytes that the weight takes in its shard. */
export const byteLengthOf = (spec: WeightSpec): number =>
  sizeOf(spec.shape) * bytesPerValue[spec.quantization?.dtype ?? 'float32'];

/** The affine map value = code × scale + min. Where the range spans zero, `min` is moved so that zero has a code of its own. */
function affineRange(values: Float32Array, codes: number): { scale: number; min: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (values.length === 0 || low === high) return { scale: 1, min: values[0] ?? 0 };
  const scale = (high - low) / codes;
  return low <= 0 && high >= 0 ? { scale, min: -Math.round(-low / scale) * scale } : { scale, min: low };
}

const bytesOf = (array: Float32Array | Uint16Array | Uint8Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** The manifest entry and the little-endian bytes of one weight. */
export function encodeWeight(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  storage: Storage,
): { spec: WeightSpec; bytes: Uint8Array } {
  const spec = { name, shape: [...shape], dtype: 'float32' as const };
  if (storage === 'float32') return { spec, bytes: bytesOf(values) };
  const quantization: Quantization =
    storage === 'float16' ? { dtype: storage } : { dtype: storage, ...affineRange(values, largestCode[storage]) };
  return { spec: { ...spec, quantization }, bytes: encodeCodes(values, quantization) };
}

const largestCode = { uint8: 255, uint16: 65535 } as const;

function encodeCodes(values: Float32Array, quantization: Quantization): Uint8Array {
  if (quantization.dtype === 'float16') return bytesOf(encodeFloat16(values));
  const { dtype, scale, min } = quantization;
  const toCode = (value: number): number =>
    Math.min(largestCode[dtype], Math.max(0, Math.round((value - min) / scale)));
  return bytesOf(dtype === 'uint8' ? Uint8Array.from(values, toCode) : Uint16Array.from(values, toCode));
}

const isSame = (a: Float32Array, b: Float32Array): boolean => a.every((value, i) => value === b[i]);

/**
 * As encodeWeight, in the fewer bits of the file that the values come from; in float32 where there was none, or where a value has changed
 * since, so that nothing is lost.
 */
export function encodeAsRead(name: string, { shape, data, quantization }: Weight): ReturnType<typeof encodeWeight> {
  if (quantization) {
    const spec: WeightSpec = { name, shape: [...shape], dtype: 'float32', quantization };
    const bytes = encodeCodes(data, quantization);
    if (isSame(data, decodeWeight(spec, Uint8Array.from(bytes)))) return { spec, bytes };
  }
  return encodeWeight(name, shape, data, 'float32');
}

/** The values of one weight from its bytes, whose length must be byteLengthOf(spec) and whose buffer must be its own. */
export function decodeWeight(spec: WeightSpec, bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const { quantization } = spec;
  if (!quantization) return new Float32Array(bytes.buffer);
  if (quantization.dtype === 'float16') return decodeFloat16(new Uint16Array(bytes.buffer));
  const codes = quantization.dtype === 'uint8' ? bytes : new Uint16Array(bytes.buffer);
  const { scale, min } = quantization;
  return Float32Array.from(codes, (code) => code * scale + min);
}
