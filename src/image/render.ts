// One encoded image → RGB pixels through sharp: upright, sRGB, 8 bits, alpha over white, first frame, resized.
import sharp, { type Sharp, type SharpOptions } from 'sharp';
import { AppError } from '../errors.js';
import type { DecodedImage, Geometry, ImageLimits } from './decoder.js';
import { resizeTo } from './resize.js';

// The gate of the decoder runs images side by side, which uses the cores better than several threads for one image.
sharp.concurrency(1);
// Requests share no operations: a cache would only hold memory.
sharp.cache(false);

/**
 * `error` refuses cut-off files and damaged data, and accepts what libraries only warn of:
 * stray bytes, odd tags, a slightly wrong colour profile.
 */
const inputOptions = (maxPixels: number): SharpOptions => ({
  failOn: 'error',
  limitInputPixels: maxPixels,
  sequentialRead: true,
  pages: 1,
});

/** The library's own words, without its prefix and its repetitions. */
const reasonOf = ({ message }: Error): string =>
  message
    .replace(/^Input (?:buffer|file) (?:has corrupt header|contains unsupported image format)[: ]*/, '')
    .split('\n', 1)[0]!;

const damaged = (error: Error): AppError => {
  const reason = reasonOf(error).slice(0, 200);
  return new AppError('undecodable_image', `The file is damaged or incomplete${reason === '' ? '' : `: ${reason}`}.`, {
    cause: error,
  });
};

/** What sharp throws, in the user's words. */
const asAppError = (error: unknown, limits: ImageLimits): unknown => {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  if (error.message.includes('exceeds pixel limit'))
    return new AppError('image_too_large', `The limit is ${limits.maxPixels} pixels; send a smaller image.`, {
      cause: error,
    });
  if (error.message.startsWith('timeout'))
    return new AppError('image_timeout', `Decoding took longer than ${limits.timeoutMs} ms.`, { cause: error });
  return damaged(error);
};

/** Not as toUint8Array: sharp 0.35.5 never frees the memory of that (3,000 images of 299 × 299: 800 MB). */
const toRgb = (image: Sharp, limits: ImageLimits): Promise<Buffer> =>
  image
    .toColourspace('srgb')
    .timeout({ seconds: Math.ceil(limits.timeoutMs / 1000) })
    .raw({ depth: 'uchar' })
    .toBuffer();

/** Throws AppError: image_too_large, undecodable_image, image_timeout. */
export const render = async (bytes: Uint8Array, geometry: Geometry, limits: ImageLimits): Promise<DecodedImage> => {
  try {
    const image = sharp(bytes, inputOptions(limits.maxPixels));
    const reading = image.metadata().then(({ autoOrient }) => autoOrient);
    const upright = image.autoOrient().flatten({ background: 'white' });
    const drawing = resizeTo(upright, reading, geometry).then((resized) => toRgb(resized, limits));
    // Where both fail, the header has the reason.
    drawing.catch(() => undefined);
    return { ...(await reading), pixels: await drawing };
  } catch (error) {
    throw asAppError(error, limits);
  }
};
