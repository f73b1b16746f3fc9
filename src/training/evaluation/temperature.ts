// The temperature that makes confidence match accuracy, fitted on logits of images that the head had not learnt from. Pure functions.
import { negativeLogLikelihood } from './scores.js';

/** Logits [count, classes] that heads gave for images they were not fitted on. */
export interface UnseenLogits {
  readonly logits: Float32Array;
  /** Class index of each image. */
  readonly truth: Uint32Array;
  readonly classes: number;
}

/** With the part of cross-validation that each image is in. */
export interface MeasuredLogits extends UnseenLogits {
  readonly parts: Uint8Array;
}

/** A temperature, and what says that it helps. */
export interface TemperatureFit {
  /** Logits are divided by it; 1 leaves them as they are. */
  readonly temperature: number;
  /** Images that it was fitted on. */
  readonly images: number;
  /** Mean -log p(label) of images whose part had no say in the temperature: at 1, and at the temperatures of the other parts. */
  readonly logLoss: { readonly uncalibrated: number; readonly calibrated: number };
}

/** Beyond these, a few images that are all right or all wrong speak, not the head. */
const lowest = 0.2;
const highest = 5;

/**
 * Standard deviation of the prior on log T, whose mean is 0 (T = 1). A hundred images outweigh it; with ten it decides.
 * Chosen among 0.2, 0.3 and 0.5 on unseen images of clothing, digits and stamps, which hardly differ.
 */
const priorDeviation = 0.3;

const goldenRatio = (Math.sqrt(5) - 1) / 2;

/**
 * The temperature that minimises the negative log-likelihood (Guo et al. 2017) with a normal prior on its logarithm, by
 * golden-section search. Between 0.2 and 5; 1 without images.
 */
export function fitTemperature({ logits, truth, classes }: UnseenLogits): number {
  if (truth.length === 0) return 1;
  const loss = (logarithm: number): number =>
    truth.length * negativeLogLikelihood(logits, truth, classes, Math.exp(logarithm)) +
    (logarithm / priorDeviation) ** 2 / 2;
  let low = Math.log(lowest);
  let high = Math.log(highest);
  // Each step keeps 0.618 of the interval: 36 bring it from 3.2 to 1e-7.
  for (let i = 0; i < 36; i++) {
    const left = high - goldenRatio * (high - low);
    const right = low + goldenRatio * (high - low);
    if (loss(left) <= loss(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}

function takeRows({ logits, truth, classes }: UnseenLogits, wanted: (row: number) => boolean): UnseenLogits {
  const rows = [...truth.keys()].filter(wanted);
  const taken = new Float32Array(rows.length * classes);
  rows.forEach((row, i) => taken.set(logits.subarray(row * classes, (row + 1) * classes), i * classes));
  return { logits: taken, truth: Uint32Array.from(rows, (row) => truth[row]!), classes };
}

/** `parts` names the part of each image: near duplicates belong into one. */
function crossValidate(unseen: UnseenLogits, parts: ArrayLike<number>): TemperatureFit['logLoss'] {
  let [uncalibrated, calibrated] = [0, 0];
  for (const part of new Set(Array.from(parts))) {
    const own = takeRows(unseen, (row) => parts[row] === part);
    const temperature = fitTemperature(takeRows(unseen, (row) => parts[row] !== part));
    const total = (at: number): number =>
      own.truth.length * negativeLogLikelihood(own.logits, own.truth, own.classes, at);
    uncalibrated += total(1);
    calibrated += total(temperature);
  }
  const count = unseen.truth.length;
  return { uncalibrated: uncalibrated / count, calibrated: calibrated / count };
}

/** The fitted temperature, and what it does to images that had no say in it. 1 without images. */
export function fitAndMeasure(unseen: UnseenLogits, parts: ArrayLike<number>): TemperatureFit {
  const images = unseen.truth.length;
  if (images === 0) return { temperature: 1, images, logLoss: { uncalibrated: 0, calibrated: 0 } };
  return { temperature: fitTemperature(unseen), images, logLoss: crossValidate(unseen, parts) };
}

/** As fitAndMeasure, but 1 where the temperature does not lower the loss of images that had no say in it. */
export function fitWhereItHelps(unseen: UnseenLogits, parts: ArrayLike<number>): TemperatureFit {
  const fit = fitAndMeasure(unseen, parts);
  return fit.logLoss.calibrated < fit.logLoss.uncalibrated ? fit : { ...fit, temperature: 1 };
}
