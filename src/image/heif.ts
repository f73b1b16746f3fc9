// HEIC pictures through worker threads: started on demand, ended when idle so that their memory returns, and ended at once on abort.
import { Piscina } from 'piscina';
import { AppError } from '../errors.js';
import type { ImageLimits } from './decode.js';
import type { HeifFailure, HeifResult, HeifTask } from './heifWorker.js';

export interface HeifDecoder {
  /** An upright TIFF with the file's pixels and colour profile. Throws AppError image_too_large, unsupported_image, undecodable_image; the signal's reason when aborted. */
  toTiff(bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Long enough to serve a burst of photos with one thread, short enough for the memory of a big one to come back. */
const idleMs = 5_000;

const failed = ({ kind, reason }: HeifFailure, limits: ImageLimits): AppError => {
  switch (kind) {
    case 'too-large':
      return new AppError('image_too_large', `The limit is ${limits.maxPixels} pixels; send a smaller picture.`);
    case 'unsupported':
      return new AppError('unsupported_image', `Of HEIF files, those that phones write (HEVC) are accepted: ${reason}.`);
    case 'damaged':
      return new AppError('undecodable_image', `The file is damaged or incomplete: ${reason}.`);
  }
};

/** `maxThreads` pictures at once. */
export const createHeifDecoder = (limits: ImageLimits, maxThreads: number): HeifDecoder => {
  const pool = new Piscina<HeifTask, HeifResult>({
    filename: new URL('./heifWorker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads,
    idleTimeout: idleMs,
    atomics: 'disabled',
  });

  const run = async (bytes: Uint8Array, signal: AbortSignal): Promise<HeifResult> => {
    try {
      return await pool.run({ bytes, maxPixels: limits.maxPixels }, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw new AppError('undecodable_image', 'The HEIC decoder failed on this file.', { cause: error });
    }
  };

  return {
    async toTiff(bytes, signal) {
      const result = await run(bytes, signal);
      if (result instanceof Uint8Array) return result;
      throw failed(result, limits);
    },
    close: () => pool.destroy(),
  };
};
