// HEIC images through worker threads: started on demand, no more at once than memory allows, ended when idle so that their memory
// returns, and ended at once on abort.
import { totalmem } from 'node:os';
import { Piscina } from 'piscina';
import { AppError } from '../errors.js';
import type { Geometry, ImageLimits } from './decoder.js';
import type { HeifFailure, HeifImage, HeifResult, HeifTask } from './heifWorker.js';
import { createMemoryBudget } from './memoryBudget.js';

export interface HeifDecoder {
  /**
   * Resolves when there is memory for the decoding of `bytes`; call the returned function once when it is over. Rejects with
   * the signal's reason.
   */
  reserve(bytes: Uint8Array, signal: AbortSignal): Promise<() => void>;
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

/** Of an image in libheif: its planes, then its rows (measured with 12, 24 and 48 megapixels: 8 to 9), and what leaves it. */
const bytesPerPixel = 10;
/** Of a thread beside its image: libheif's code and its first memory. */
const threadBytes = 32 * 2 ** 20;
/** Where the sizes are looked for. */
const headerBytes = 64 * 2 ** 10;
/** Of the memory that this process may have; the rest is for everything else. */
const memoryShare = 0.25;

/** The limit of the container, if it has one, and of the machine. */
const availableMemory = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);

/**
 * Pixels of the largest image that the file says it holds, its tiles and previews included: ISO/IEC 23008-12 has sizes in boxes called
 * `ispe` (name, version and flags, width, height), near the beginning. Read here, not by a library: the file may be hostile.
 */
function statedPixels(bytes: Uint8Array): number {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headerBytes));
  let pixels = 0;
  for (let at = head.indexOf('ispe'); at >= 0 && at + 16 <= head.length; at = head.indexOf('ispe', at + 4))
    pixels = Math.max(pixels, head.readUInt32BE(at + 8) * head.readUInt32BE(at + 12));
  return pixels;
}

/** Of the image; for a file that states no size, of the largest image allowed. */
const pixelsFor = (bytes: Uint8Array, { maxPixels }: ImageLimits): number =>
  Math.min(maxPixels, statedPixels(bytes) || maxPixels);

export interface HeifDecoderOptions {
  /** Images at once. */
  readonly maxThreads: number;
  /** Memory of all that are decoded at once; an image that needs more is decoded alone. Default: a quarter of what there is. */
  readonly memoryBytes?: number;
  /** Another worker script, for tests of its death. */
  readonly workerUrl?: URL;
}

export const createHeifDecoder = (
  limits: ImageLimits,
  {
    maxThreads,
    memoryBytes = memoryShare * availableMemory(),
    workerUrl = new URL('./heifWorker.js', import.meta.url),
  }: HeifDecoderOptions,
): HeifDecoder => {
  const budget = createMemoryBudget(memoryBytes);
  const pool = new Piscina<HeifTask, HeifResult>({
    filename: workerUrl.href,
    minThreads: 0,
    maxThreads,
    idleTimeout: idleMs,
    atomics: 'disabled',
  });
  // A thread that dies while it has no image: none is lost with it, and the next one starts another. Without a listener, the
  // process would end.
  pool.on('error', () => undefined);

  const run = async (task: HeifTask, signal: AbortSignal): Promise<HeifResult> => {
    try {
      return await pool.run(task, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw new AppError('undecodable_image', 'The HEIC decoder failed on this file.', { cause: error });
    }
  };

  return {
    reserve: (bytes, signal) => budget.reserve(threadBytes + bytesPerPixel * pixelsFor(bytes, limits), signal),
    async toTiff(bytes, geometry, signal) {
      // No more than was reserved, whatever the file turns out to hold.
      const maxPixels = pixelsFor(bytes, limits);
      const result = await run({ bytes, maxPixels, shortSide: shortSideFor(geometry) }, signal);
      if (result.kind === 'decoded') return result;
      if (result.kind === 'too-large' && maxPixels < limits.maxPixels)
        throw failed({ kind: 'damaged', reason: 'its image is larger than it says' }, limits);
      throw failed(result, limits);
    },
    close: () => pool.destroy(),
  };
};
