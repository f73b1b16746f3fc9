// The ImageDecoder: checks limits and format, waits its turn, then renders; HEIC takes a detour through its worker.
import { AppError } from '../errors.js';
import type { DecodedImage, Geometry, ImageDecoder, ImageLimits } from './decode.js';
import { detectFormat } from './format.js';
import { createGate } from './gate.js';
import { createHeifDecoder } from './heif.js';
import { render } from './render.js';
import { startTimeLimit } from './timeLimit.js';

export interface ImageDecoderOptions {
  readonly limits: ImageLimits;
  /** Images decoded at once. */
  readonly concurrency: number;
  /** Images that may wait their turn; one more is refused with `overloaded`. Default 1024. */
  readonly maxWaiting?: number;
}

const checkBytes = (bytes: Uint8Array, { maxBytes }: ImageLimits): void => {
  if (bytes.length <= maxBytes) return;
  throw new AppError('image_too_large', `The limit is ${maxBytes} bytes; this file has ${bytes.length}.`);
};

const tooBusy = (ms: number): AppError =>
  new AppError('overloaded', `The image waited ${ms} ms for its turn to be decoded; send it again later.`);

const tooSlow = (ms: number): AppError => new AppError('image_timeout', `Decoding took longer than ${ms} ms.`);

export const createImageDecoder = ({ limits, concurrency, maxWaiting = 1024 }: ImageDecoderOptions): ImageDecoder => {
  const gate = createGate(concurrency, maxWaiting);
  const heif = createHeifDecoder(limits, concurrency);

  const decodeNow = async (bytes: Uint8Array, geometry: Geometry, signal: AbortSignal): Promise<DecodedImage> => {
    const format = await detectFormat(bytes);
    if (format !== 'heic') return render(bytes, geometry, limits);
    const { width, height, tiff } = await heif.toTiff(bytes, geometry, signal);
    return { ...(await render(tiff, geometry, limits)), width, height };
  };

  return {
    async decode(bytes, geometry, signal) {
      checkBytes(bytes, limits);
      const time = startTimeLimit(limits.timeoutMs, tooBusy(limits.timeoutMs), signal);
      try {
        const leave = await gate.enter(time.signal);
        time.blame(tooSlow(limits.timeoutMs));
        // The place is kept until sharp has really finished, which may be after the caller was told.
        return await time.race(decodeNow(bytes, geometry, time.signal).finally(leave));
      } finally {
        time.stop();
      }
    },
    close: () => heif.close(),
  };
};
