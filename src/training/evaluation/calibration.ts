// How far confidence can be trusted: reliability curve, expected calibration error, and how much of it is chance. Pure functions.
import type { Random } from '../random.js';
import { negativeLogLikelihood, predictionsOf, probabilitiesOfRow } from './scores.js';

/** Bins of equal width over confidence: 15, as in Guo et al. 2017. */
export const reliabilityBins = 15;

/** Draws behind the error by chance: enough that it is known to a fiftieth of a point of a thousand images. */
const chanceDraws = 100;

/** One bin of the reliability curve; a bin without images is left out. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
  readonly accuracy: number;
}

export interface Calibration {
  /** Expected calibration error: mean |accuracy - confidence| over the bins, weighted by their images; 0..1. */
  readonly expectedError: number;
  /** The expected calibration error that perfectly honest confidences would show on as many images, by chance alone; 0..1. */
  readonly chanceError: number;
  readonly negativeLogLikelihood: number;
  readonly reliability: readonly ReliabilityBin[];
}

interface Tally {
  count: number;
  confidence: number;
  right: number;
}

/** `isRight` tells of each image whether the predicted class is its own. */
function tallyBins(confidences: Float64Array, isRight: (row: number) => boolean): Tally[] {
  const bins = Array.from({ length: reliabilityBins }, (): Tally => ({ count: 0, confidence: 0, right: 0 }));
  confidences.forEach((confidence, row) => {
    const bin = bins[Math.min(reliabilityBins - 1, Math.floor(confidence * reliabilityBins))]!;
    bin.count++;
    bin.confidence += confidence;
    if (isRight(row)) bin.right++;
  });
  return bins;
}

const errorOf = (bins: readonly Tally[], images: number): number =>
  bins.reduce((sum, { confidence, right }) => sum + Math.abs(right - confidence), 0) / images;

/**
 * Mean error when each image is right as often as its confidence says: consistency resampling (Bröcker and Smith 2007; Vaicenavicius
 * et al. 2019). A bin of few images is off by chance, and the sum of absolute values lets no bin make up for another.
 */
function errorByChance(confidences: Float64Array, random: Random): number {
  let total = 0;
  for (let i = 0; i < chanceDraws; i++)
    total += errorOf(
      tallyBins(confidences, (row) => random.next() < confidences[row]!),
      confidences.length,
    );
  return total / chanceDraws;
}

/** Reliability of softmax(logits / temperature); `logits` is [count, classes]. `random` draws the labels behind `chanceError`. */
export function measureCalibration(
  logits: Float32Array,
  labels: Uint32Array,
  classes: number,
  temperature: number,
  random: Random,
): Calibration {
  const predicted = predictionsOf(logits, classes);
  const confidences = Float64Array.from(
    predicted,
    (best, row) => probabilitiesOfRow(logits, row, classes, temperature)[best]!,
  );
  const bins = tallyBins(confidences, (row) => predicted[row] === labels[row]);
  const reliability = bins.flatMap(({ count, confidence, right }, i) =>
    count === 0
      ? []
      : [
          {
            from: i / reliabilityBins,
            to: (i + 1) / reliabilityBins,
            count,
            confidence: confidence / count,
            accuracy: right / count,
          },
        ],
  );
  return {
    expectedError: errorOf(bins, labels.length),
    chanceError: errorByChance(confidences, random),
    negativeLogLikelihood: negativeLogLikelihood(logits, labels, classes, temperature),
    reliability,
  };
}
