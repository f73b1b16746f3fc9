// What a network sees of images, for the same network in another program.
import { join } from 'node:path';
import sharp from 'sharp';
import { createImageDecoder } from '../src/image/decoder.js';
import type { Manifest } from '../src/models/manifest.js';
import { readVersion } from '../src/models/versions.js';

/** Writes the pixels that the version in the directory `version` takes of each image to FOLDER/0.png, 1.png, …, and gives its manifest. */
export async function writePixels(folder: string, images: readonly Buffer[], version: string): Promise<Manifest> {
  const { manifest } = await readVersion(version);
  const { preprocessing } = manifest;
  const { width, height } = preprocessing;
  const decoder = createImageDecoder({
    limits: { maxBytes: 10e6, maxPixels: 10e6, timeoutMs: 60_000 },
    concurrency: 1,
  });
  for (const [i, image] of images.entries()) {
    const { pixels } = await decoder.decode(image, preprocessing);
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, `${i}.png`));
  }
  await decoder.close();
  return manifest;
}
