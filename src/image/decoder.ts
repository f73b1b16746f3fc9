// Bytes of an image → uint8 RGB pixels of the size that a backbone wants: checks limits and format, waits its turn, then renders.
import { AppError } from '../errors.js';
import { detectFormat, isHeic } from './format.js';
import type { Priority } from '../turns.js';
import { createGate } from './gate.js';
import { createHeifDecoder } from './heif.js';
import type { Preprocessing } from './preprocessing.js';
import { render } from './render.js';
import { createTimeLimit } from './timeLimit.js';

/** Checked before anything is decoded. */
export interface ImageLimits {
  /** Bytes of the encoded file. */
  readonly maxBytes: number;
  /** Width × height of the encoded image (one frame). */
  readonly maxPixels: number;
  /** Wall-clock milliseconds of one decode from its turn on; a request waits no longer than this for its turn. */
  readonly timeoutMs: number;
}

export interface DecodedImage {
  /** Size of the image as a viewer shows it: after EXIF orientation, before resizing. */
  readonly width: number;
  readonly height: number;
  /** uint8 RGB, [preprocessing.height, preprocessing.width, 3]. */
  readonly pixels: Uint8Array;
}

/** With what it took: the milliseconds from its turn on. */
export interface TimedImage extends DecodedImage {
  readonly decodeMs: number;
}

/** The geometry part of Preprocessing: all that an image decoder needs. */
export type Geometry = Pick<Preprocessing, 'width' | 'height' | 'resize' | 'cropFraction' | 'kernel'>;

export interface ImageDecoder {
  /**
   * Throws AppError: image_too_large, unsupported_image, undecodable_image, image_timeout and, for requests only, overloaded.
   * An aborted signal rejects with its reason, also while the image waits its turn. `background` (default `request`) starts only when no request waits, is never
   * refused for lack of room, and may wait as long as it takes: its caller keeps the number of its images small.
   */
  decode(bytes: Uint8Array, geometry: Geometry, signal?: AbortSignal, priority?: Priority): Promise<TimedImage>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Decodes at once. A signal that aborts ends the work where that is possible. */
export type DecodeNow = (bytes: Uint8Array, geometry: Geometry, signal: AbortSignal) => Promise<DecodedImage>;

export interface ImageDecoderOptions {
  readonly limits: ImageLimits;
  /** Images decoded at once. */
  readonly concurrency: number;
  /** Requests that may wait their turn; one more is refused with `overloaded`. Default 1024. */
  readonly maxWaiting?: number;
  /** Memory of all HEIC images that are decoded at once. Default: a quarter of what there is. */
  readonly heifMemoryBytes?: number;
  /** What decodes an image whose turn has come; default: sharp, and libheif for HEIC. */
  readonly decodeNow?: DecodeNow;
}

const checkBytes = (bytes: Uint8Array, { maxBytes }: ImageLimits): void => {
  if (bytes.length <= maxBytes) return;
  throw new AppError('image_too_large', `The limit is ${maxBytes} bytes; this file has ${bytes.length}.`);
};

const tooBusy = (ms: number): AppError =>
  new AppError('overloaded', `The image waited ${ms} ms for its turn to be decoded; send it again later.`);

const tooSlow = (ms: number): AppError => new AppError('image_timeout', `Decoding took longer than ${ms} ms.`);

interface Renderer {
  /** Resolves when there is memory for the decoding of `bytes`; call the returned function once when it is over. */
  reserve(bytes: Uint8Array, signal: AbortSignal): Promise<() => void>;
  readonly decodeNow: DecodeNow;
  close(): Promise<void>;
}

const nothingReserved = (): void => undefined;

/** sharp; HEIC takes a detour through its worker, and so much memory that it may have to wait for it. */
const createRenderer = ({ limits, concurrency, heifMemoryBytes }: ImageDecoderOptions): Renderer => {
  const heif = createHeifDecoder(limits, {
    maxThreads: concurrency,
    ...(heifMemoryBytes !== undefined && { memoryBytes: heifMemoryBytes }),
  });
  return {
    reserve: async (bytes, signal) => (isHeic(bytes) ? heif.reserve(bytes, signal) : nothingReserved),
    decodeNow: async (bytes, geometry, signal) => {
      const format = await detectFormat(bytes);
      if (format !== 'heic') return render(bytes, geometry, limits);
      const { width, height, tiff } = await heif.toTiff(bytes, geometry, signal);
      return { ...(await render(tiff, geometry, limits)), width, height };
    },
    close: () => heif.close(),
  };
};

export const createImageDecoder = (options: ImageDecoderOptions): ImageDecoder => {
  const { limits, concurrency, maxWaiting = 1024, decodeNow } = options;
  const gate = createGate(concurrency, maxWaiting);
  const renderer = createRenderer(options);
  const decodeInTurn = decodeNow ?? renderer.decodeNow;

  /** Waits for memory first: an image that waits for it takes no place from others. */
  const enter = async (bytes: Uint8Array, priority: Priority, signal: AbortSignal): Promise<() => void> => {
    const free = await renderer.reserve(bytes, signal);
    try {
      const leave = await gate.enter(priority, signal);
      return () => {
        leave();
        free();
      };
    } catch (error) {
      free();
      throw error;
    }
  };

  return {
    async decode(bytes, geometry, signal, priority = 'request') {
      checkBytes(bytes, limits);
      const time = createTimeLimit(limits.timeoutMs, signal);
      try {
        if (priority === 'request') time.start(() => tooBusy(limits.timeoutMs));
        const leave = await enter(bytes, priority, time.signal);
        time.start(() => tooSlow(limits.timeoutMs));
        const startedAt = performance.now();
        // The place is kept until sharp has really finished, which may be after the caller got its answer.
        const image = await time.race(decodeInTurn(bytes, geometry, time.signal).finally(leave));
        return { ...image, decodeMs: performance.now() - startedAt };
      } finally {
        time.stop();
      }
    },
    close: () => renderer.close(),
  };
};
