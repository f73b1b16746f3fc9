// Makes the probabilities of each class match how often images have it. Pure functions.
import { binaryCrossEntropy, sigmoid } from '../../sigmoid.js';

/** logit × slope + shift is the calibrated logit. */
export interface Scaling {
  readonly slope: number;
  readonly shift: number;
}

/** Logits [images, classes] that heads gave for images they had not learnt from, and the part of cross-validation of each image. */
export interface UnseenSets {
  readonly logits: Float32Array;
  /** 1 where the image has the label, [images, classes]. */
  readonly truth: Uint8Array;
  readonly classes: number;
  readonly parts: Uint8Array;
}

export interface ScalingFit {
  /** By class. */
  readonly scalings: readonly Scaling[];
  /** Binary cross-entropy, summed over the classes, mean over images whose part had no say in the scalings. */
  readonly logLoss: { readonly uncalibrated: number; readonly calibrated: number };
}

const unchanged: Scaling = { slope: 1, shift: 0 };
/** Of images that have the class, and of such that do not: fewer fit chance. */
const leastOfEach = 10;
const mostSteps = 50;

interface Examples {
  readonly logits: readonly number[];
  readonly truth: readonly number[];
}

/**
 * Platt scaling of each class (J. Platt 1999), where it lowers the loss of images that had no say in it; else the class stays as it is,
 * as those do that few images have.
 */
export function fitScalings(unseen: UnseenSets): ScalingFit {
  const images = unseen.parts.length;
  const logLoss = { uncalibrated: 0, calibrated: 0 };
  const scalings = Array.from({ length: unseen.classes }, (_, label) => {
    const before = lossOf(
      takeExamples(unseen, label, () => true),
      unchanged,
    );
    const crossed = crossedLoss(unseen, label);
    const helps = crossed < before;
    logLoss.uncalibrated += before / images;
    logLoss.calibrated += (helps ? crossed : before) / images;
    return helps ? fitScaling(takeExamples(unseen, label, () => true)) : unchanged;
  });
  return { scalings, logLoss };
}

/** Summed over the images, each calibrated by those of the other parts. */
const crossedLoss = (unseen: UnseenSets, label: number): number =>
  [...new Set(unseen.parts)].reduce((sum, part) => {
    const scaling = fitScaling(takeExamples(unseen, label, (of) => of !== part));
    return (
      sum +
      lossOf(
        takeExamples(unseen, label, (of) => of === part),
        scaling,
      )
    );
  }, 0);

function takeExamples(
  { logits, truth, classes, parts }: UnseenSets,
  label: number,
  wanted: (part: number) => boolean,
): Examples {
  const places = [...parts.keys()].filter((row) => wanted(parts[row]!)).map((row) => row * classes + label);
  return { logits: places.map((place) => logits[place]!), truth: places.map((place) => truth[place]!) };
}

const lossOf = ({ logits, truth }: Examples, { slope, shift }: Scaling): number =>
  logits.reduce((sum, logit, i) => sum + binaryCrossEntropy(logit * slope + shift, truth[i]!), 0);

/** Platt's fit, its targets held off 0 and 1, by Newton's method with halved steps (Lin, Lin and Weng 2007). Never one that turns the order around. */
function fitScaling({ logits, truth }: Examples): Scaling {
  const positives = truth.reduce((sum, value) => sum + value, 0);
  const negatives = truth.length - positives;
  if (Math.min(positives, negatives) < leastOfEach) return unchanged;
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (negatives + 2)];
  const soft = { logits, truth: truth.map((value) => (value === 1 ? high : low)) };
  let at = unchanged;
  let loss = lossOf(soft, at);
  for (let step = 0; step < mostSteps; step++) {
    const next = search(soft, at, loss, newtonStep(soft, at));
    if (next === undefined || loss - next.loss < 1e-9 * loss) break;
    ({ at, loss } = next);
  }
  return at.slope > 0 ? at : unchanged;
}

function newtonStep({ logits, truth }: Examples, { slope, shift }: Scaling): Scaling {
  // A little on the diagonal: the Hessian may be singular.
  let [slopes, both, shifts, bySlope, byShift] = [1e-9, 0, 1e-9, 0, 0];
  logits.forEach((logit, i) => {
    const probability = sigmoid(logit * slope + shift);
    const curve = probability * (1 - probability);
    const error = probability - truth[i]!;
    slopes += curve * logit * logit;
    both += curve * logit;
    shifts += curve;
    bySlope += error * logit;
    byShift += error;
  });
  const determinant = slopes * shifts - both * both;
  return {
    slope: -(shifts * bySlope - both * byShift) / determinant,
    shift: -(slopes * byShift - both * bySlope) / determinant,
  };
}

function search(
  examples: Examples,
  from: Scaling,
  before: number,
  step: Scaling,
): { at: Scaling; loss: number } | undefined {
  for (let length = 1; length > 1e-6; length /= 2) {
    const at = { slope: from.slope + length * step.slope, shift: from.shift + length * step.shift };
    const loss = lossOf(examples, at);
    if (loss < before) return { at, loss };
  }
  return undefined;
}
