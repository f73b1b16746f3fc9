// Images to measure with, where there are none: drawn here, so that nothing need be fetched or kept.
import sharp, { type Sharp } from 'sharp';

export const imageSize = { width: 640, height: 480 } as const;

/** JPEGs at quality 90. */
export const drawImages = (count: number): Promise<Buffer[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => drawShapes(index).jpeg({ quality: 90 }).toBuffer()));

/** An image with edges and texture, different for each index. */
export function drawShapes(index: number): Sharp {
  const colour = (shift: number): string => `hsl(${(index * 47 + shift) % 360} 60% 50%)`;
  const shapes = Array.from(
    { length: 24 },
    (_, i) =>
      `<circle cx="${(i * 97 + index * 31) % 640}" cy="${(i * 61) % 480}" r="${10 + ((i * 7) % 60)}" fill="${colour(i * 15)}"/>`,
  );
  return sharp(
    Buffer.from(
      `<svg width="640" height="480"><rect width="640" height="480" fill="${colour(0)}"/>${shapes.join('')}</svg>`,
    ),
  );
}

/**
 * The same image in other bytes: `text` as a comment after the JPEG's first marker. A server that remembers results, or shares the work of
 * equal requests, has to compute it.
 */
export function commented(jpeg: Buffer, text: string): Buffer {
  const comment = Buffer.from(text);
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xfe, (comment.length + 2) >> 8, (comment.length + 2) & 0xff]);
  return Buffer.concat([head, comment, jpeg.subarray(2)]);
}
