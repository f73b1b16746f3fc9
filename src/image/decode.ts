// Bytes of an image → uint8 RGB pixels of the size that a backbone wants. Knows nothing of models in service.
import type { Preprocessing } from './preprocessing.js';

/** Checked before anything is decoded. */
export interface ImageLimits {
  /** Bytes of the encoded file. */
  readonly maxBytes: number;
  /** Width × height of the encoded image (one frame). */
  readonly maxPixels: number;
  /** Wall-clock milliseconds of one decode. */
  readonly timeoutMs: number;
}

export interface DecodedImage {
  /** Size of the image as a viewer shows it: after EXIF orientation, before resizing. */
  readonly width: number;
  readonly height: number;
  /** uint8 RGB, [preprocessing.height, preprocessing.width, 3]. */
  readonly pixels: Uint8Array;
}

/** The geometry part of Preprocessing: all that an image decoder needs. */
export type Geometry = Pick<Preprocessing, 'width' | 'height' | 'resize' | 'cropFraction' | 'kernel'>;

export interface ImageDecoder {
  /** Throws AppError: image_too_large, unsupported_image, undecodable_image, image_timeout. An aborted signal rejects with its reason. */
  decode(bytes: Uint8Array, geometry: Geometry, signal?: AbortSignal): Promise<DecodedImage>;
  /** Idempotent. */
  close(): Promise<void>;
}
