// What a network sees of images, for the same network in another program.
import { join } from 'node:path';
import sharp from 'sharp';
import { createImageDecoder } from '../src/image/decoder.js';
import type { Preprocessing } from '../src/image/preprocessing.js';
import type { Manifest } from '../src/models/manifest.js';
import { readVersion } from '../src/models/versions.js';

/** The pixels of each image, uint8 RGB, as the server gives them to a network. */
export async function decodeAll(images: readonly Buffer[], preprocessing: Preprocessing): Promise<Uint8Array[]> {
  const decoder = createImageDecoder({
    limits: { maxBytes: 10e6, maxPixels: 10e6, timeoutMs: 60_000 },
    concurrency: 1,
  });
  const decoded: Uint8Array[] = [];
  for (const image of images) decoded.push((await decoder.decode(image, preprocessing)).pixels);
  await decoder.close();
  return decoded;
}

/** Writes the pixels that the version in the directory `version` takes of each image to FOLDER/0.png, 1.png, …, and gives its manifest. */
export async function writePixels(folder: string, images: readonly Buffer[], version: string): Promise<Manifest> {
  const { manifest } = await readVersion(version);
  const { preprocessing } = manifest;
  const { width, height } = preprocessing;
  for (const [i, pixels] of (await decodeAll(images, preprocessing)).entries())
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toFile(join(folder, `${i}.png`));
  return manifest;
}
