// Proves that a file is a picture that serving will be able to read, and describes it.
import { fileTypeFromBuffer } from 'file-type';
import type { ImageDecoder } from '../../image/decode.js';
import { differenceHash, hashGeometry } from './perceptualHash.js';

export interface ImageDescription {
  /** Pixels, as a viewer shows it (after EXIF orientation). */
  readonly width: number;
  readonly height: number;
  /** Usual file extension of the format found in the bytes: jpg, png, heic… */
  readonly format: string;
  /** 64 characters of 0 and 1 (see differenceHash). */
  readonly dhash: string;
}

/** Decodes the whole picture: metadata that can be read proves nothing. Throws what ImageDecoder.decode throws. */
export async function inspectImage(decoder: ImageDecoder, bytes: Uint8Array, signal?: AbortSignal): Promise<ImageDescription> {
  const { width, height, pixels } = await decoder.decode(bytes, hashGeometry, signal);
  const type = await fileTypeFromBuffer(bytes);
  return { width, height, format: type?.ext ?? 'unknown', dhash: differenceHash(pixels) };
}
