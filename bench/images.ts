// Images for the benches: those of a folder, or images drawn here when there is none.
import { readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { drawShapes } from '../src/cli/bench/drawnImages.js';

/** `count` JPEGs of width × height at quality 90, from the first images below `folder` where it exists. */
export async function loadImages(folder: string, count: number, width: number, height: number): Promise<Buffer[]> {
  const files = existsSync(folder)
    ? (await readdir(folder, { recursive: true })).filter((name) => /\.jpe?g$/i.test(name)).sort()
    : [];
  const step = Math.max(1, Math.floor(files.length / count));
  const sources = Array.from({ length: count }, (_, index) => files[(index * step) % Math.max(1, files.length)]);
  return Promise.all(
    sources.map((name, index) =>
      (name === undefined ? drawShapes(index) : sharp(join(folder, name)))
        .resize(width, height, { fit: 'cover' })
        .jpeg({ quality: 90 })
        .toBuffer(),
    ),
  );
}

/** An image-like JPEG: soft shapes under fine noise. */
export async function drawImage(width: number, height: number): Promise<Buffer> {
  const shapes = `<svg width="${width}" height="${height}"><defs><radialGradient id="g"><stop offset="0" stop-color="#e0c090"/><stop offset="1" stop-color="#203050"/></radialGradient></defs>
    <rect width="100%" height="100%" fill="url(#g)"/><path d="M0 0 L${width} ${height} L${width} 0 Z" fill="#905040" opacity="0.6"/></svg>`;
  const grain = await sharp({
    create: { width, height, channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 20 } },
  })
    .png()
    .toBuffer();
  return sharp(Buffer.from(shapes))
    .composite([{ input: grain, blend: 'soft-light' }])
    .flatten()
    .jpeg({ quality: 88 })
    .toBuffer();
}
