// IEEE 754 half precision, which Node 20 has no array for.

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let table: Float32Array | undefined;

/** Every value of `halves` widened to float32, exactly. */
export function decodeFloat16(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half));
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i]!]!;
  return values;
}

/** Bits of `magnitude` (a finite float32 ≥ 0 with these `bits`) as half precision, ties to even. */
function roundMagnitude(magnitude: number, bits: number): number {
  if (magnitude >= 65520) return 0x7c00;
  if (magnitude < 2 ** -14) {
    // Subnormal halves are multiples of 2^-24: let the float32 adder do the rounding at that place.
    scratch[0] = magnitude + 0.5;
    return scratchBits[0]! - 0x3f000000;
  }
  // Adding just under half of the last kept place, plus that place itself, rounds ties to even.
  return (bits + 0xfff + ((bits >> 13) & 1) - 0x38000000) >> 13;
}

function floatToHalf(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const rest = bits & 0x7fffffff;
  if (rest > 0x7f800000) return 0x7e00;
  if (rest === 0x7f800000) return sign | 0x7c00;
  return sign | roundMagnitude(Math.abs(value), rest);
}

/** Every value of `values` rounded to the nearest half (ties to even; beyond ±65504 becomes infinite). */
export function encodeFloat16(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, floatToHalf);
}
