// The pixels of an image that is stored, for what is computed behind all requests.
import type { ImageStore } from '../data/images/imageStore.js';
import { AppError, type ErrorCode } from '../errors.js';
import type { ImageDecoder } from '../image/decoder.js';
import type { Preprocessing } from '../image/preprocessing.js';

export interface StoredImageDeps {
  readonly images: Pick<ImageStore, 'read'>;
  readonly decoder: ImageDecoder;
}

/** What may be wrong with an image, in this geometry or since it was stored, without being a version's fault; or it has been deleted meanwhile. */
const imageFaults: ReadonlySet<ErrorCode> = new Set([
  'image_too_large',
  'unsupported_image',
  'undecodable_image',
  'image_timeout',
  'not_found',
]);

/** The pixels of a stored image; undefined when it cannot be decoded to this geometry. Rejects with the signal's reason. */
export async function decodeStored(
  { images, decoder }: StoredImageDeps,
  sha256: string,
  preprocessing: Preprocessing,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const bytes = await images.read(sha256);
    return (await decoder.decode(bytes, preprocessing, signal, 'background')).pixels;
  } catch (error) {
    if (error instanceof AppError && imageFaults.has(error.code)) return undefined;
    throw error;
  }
}
