// HEIC images through worker threads: started on demand, ended when idle so that their memory returns, and ended at once on abort.
import { Piscina } from 'piscina';
import { AppError } from '../errors.js';
import type { Geometry, ImageLimits } from './decoder.js';
import type { HeifFailure, HeifImage, HeifResult, HeifTask } from './heifWorker.js';

export interface HeifDecoder {
  /**
   * The image as an upright TIFF with the file's colour profile, shrunk by a whole factor where that leaves the kernel of `geometry` enough to do.
   * Throws AppError image_too_large, unsupported_image, undecodable_image; the signal's reason when aborted.
   */
  toTiff(bytes: Uint8Array, geometry: Geometry, signal: AbortSignal): Promise<HeifImage>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Long enough to serve a burst of images with one thread, short enough for the memory of a big one to come back. */
const idleMs = 5_000;

const failed = ({ kind, reason }: HeifFailure, limits: ImageLimits): AppError => {
  switch (kind) {
    case 'too-large':
      return new AppError('image_too_large', `The limit is ${limits.maxPixels} pixels; send a smaller image.`);
    case 'unsupported':
      return new AppError(
        'unsupported_image',
        `Of HEIF files, those that phones write (HEVC) are accepted: ${reason}.`,
      );
    case 'damaged':
      return new AppError('undecodable_image', `The file is damaged or incomplete: ${reason}.`);
  }
};

/** As with a JPEG's shrink-on-load, a factor of two at least is left for the kernel (see resize.ts). */
const shortSideFor = ({ width, height, cropFraction }: Geometry): number =>
  Math.ceil((2 * Math.max(width, height)) / cropFraction);

/** `maxThreads` images at once. */
export const createHeifDecoder = (limits: ImageLimits, maxThreads: number): HeifDecoder => {
  const pool = new Piscina<HeifTask, HeifResult>({
    filename: new URL('./heifWorker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads,
    idleTimeout: idleMs,
    atomics: 'disabled',
  });

  const run = async (task: HeifTask, signal: AbortSignal): Promise<HeifResult> => {
    try {
      return await pool.run(task, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw new AppError('undecodable_image', 'The HEIC decoder failed on this file.', { cause: error });
    }
  };

  return {
    async toTiff(bytes, geometry, signal) {
      const result = await run({ bytes, maxPixels: limits.maxPixels, shortSide: shortSideFor(geometry) }, signal);
      if (result.kind === 'decoded') return result;
      throw failed(result, limits);
    },
    close: () => pool.destroy(),
  };
};
