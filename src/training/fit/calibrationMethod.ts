// Whether what a head says of images that it had not learnt from is found out by cross-validation or on the validation images.
import type { HeadCalibration } from '../worker/trainerTask.js';

/** With so many validation images the temperature has an error of a few per cent, and cross-validation would only take time. */
const manyImages = 500;
/** With so many its error is still small beside what five more fits of a large pool cost. */
const enoughImages = 200;
/** Rows of training and validation from which on a pool is large, augmented views included. */
const largePool = 20_000;

/** By cross-validation for a linear head where validation images are few for the pool; any other head takes many times as long to fit. */
export function calibrationMethod(
  hiddenLayers: readonly number[],
  rows: { readonly train: number; readonly validation: number },
): HeadCalibration['method'] {
  const enough = rows.train + rows.validation < largePool ? manyImages : enoughImages;
  return hiddenLayers.length === 0 && rows.validation < enough ? 'cross-validation' : 'validation';
}
