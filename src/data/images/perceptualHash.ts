// A 64-bit fingerprint that resized, recompressed and slightly edited copies of a photo share.
// dHash: N. Krawetz, "Kind of Like That", hackerfactor.com, 2013: the sign of the horizontal gradient of a 9 × 8 grey thumbnail.
import type { Geometry } from '../../image/decode.js';

const columns = 9;
const rows = 8;

/** What to decode a picture to before hashing it. */
export const hashGeometry: Geometry = { width: columns, height: rows, resize: 'stretch', cropFraction: 1, kernel: 'cubic' };

/** Two pictures at most this many bits apart are near duplicates. */
export const nearDuplicateBits = 4;

/** `pixels` is uint8 RGB [8, 9, 3]; gives 64 characters of 0 and 1, PostgreSQL's bit(64). */
export function differenceHash(pixels: Uint8Array): string {
  let bits = '';
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const at = (row * columns + column) * 3;
      bits += luma(pixels, at) > luma(pixels, at + 3) ? '1' : '0';
    }
  }
  return bits;
}

/** ITU-R BT.601 luma of the pixel at byte `at`, 0 to 255. */
function luma(pixels: Uint8Array, at: number): number {
  return 0.299 * pixels[at]! + 0.587 * pixels[at + 1]! + 0.114 * pixels[at + 2]!;
}
