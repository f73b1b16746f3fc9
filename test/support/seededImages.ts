// Images made from a seed: soft patches of colour, all unlike one another.
import sharp, { type Sharp } from 'sharp';

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const columns = 6;
const rows = 5;

function patches(seed: number): Sharp {
  const random = randomOf(seed);
  const pixels = Uint8Array.from({ length: columns * rows * 3 }, () => Math.floor(random() * 256));
  return sharp(pixels, { raw: { width: columns, height: rows, channels: 3 } }).resize(96, 80, {
    kernel: 'cubic',
    fit: 'fill',
  });
}

/** A JPEG of 96 × 80. The same seed gives the same bytes; another quality, a near duplicate. */
export const seededImage = (seed: number, quality = 90): Promise<Buffer> => patches(seed).jpeg({ quality }).toBuffer();
