// Proves that a file is an image that serving will be able to read, and describes it.
import type { ImageDecoder } from '../../image/decoder.js';
import { detectFormat, type ImageFormat } from '../../image/format.js';
import type { Priority } from '../../turns.js';
import { differenceHash, hashGeometry } from './perceptualHash.js';

export interface ImageDescription {
  /** Pixels, as a viewer shows it (after EXIF orientation). */
  readonly width: number;
  readonly height: number;
  /** Found in the bytes, whatever the file is called. */
  readonly format: ImageFormat;
  /** 512 characters of 0 and 1 (see differenceHash). */
  readonly dhash: string;
}

/** Decodes the whole image: metadata that can be read proves nothing. Throws what ImageDecoder.decode throws. */
export async function inspectImage(
  decoder: ImageDecoder,
  bytes: Uint8Array,
  signal?: AbortSignal,
  priority?: Priority,
): Promise<ImageDescription> {
  const { width, height, pixels } = await decoder.decode(bytes, hashGeometry, signal, priority);
  return { width, height, format: await detectFormat(bytes), dhash: differenceHash(pixels) };
}
