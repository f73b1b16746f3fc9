// The numbers of a PyTorch tensor, from the bytes in which either of its file formats keeps them.
import { decodeFloat16 } from '../float16.js';

/** The precisions that weights have, by the names of safetensors. */
export type FloatType = 'F32' | 'F16' | 'BF16' | 'F64';

export const bytesPerValue: Readonly<Record<FloatType, number>> = { F32: 4, F16: 2, BF16: 2, F64: 8 };

/** `bytes`, little-endian, as float32. */
export function decodeFloats(bytes: Uint8Array, type: FloatType): Float32Array {
  // A copy begins at a place that typed arrays accept.
  const { buffer } = Uint8Array.from(bytes);
  switch (type) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F16':
      return decodeFloat16(new Uint16Array(buffer));
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
  }
}
