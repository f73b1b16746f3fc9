// How far confidence can be trusted: reliability curve and expected calibration error. Pure functions.
import { bestOfRow, negativeLogLikelihood, probabilitiesOfRow } from './scores.js';

/** Bins of equal width over confidence: 15, as in Guo et al. 2017. */
export const reliabilityBins = 15;

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
  readonly negativeLogLikelihood: number;
  readonly reliability: readonly ReliabilityBin[];
}

interface Tally {
  count: number;
  confidence: number;
  right: number;
}

function tallyBins(logits: Float32Array, labels: Uint32Array, classes: number, temperature: number): Tally[] {
  const bins = Array.from({ length: reliabilityBins }, (): Tally => ({ count: 0, confidence: 0, right: 0 }));
  labels.forEach((label, row) => {
    const best = bestOfRow(logits, row, classes);
    const confidence = probabilitiesOfRow(logits, row, classes, temperature)[best]!;
    const bin = bins[Math.min(reliabilityBins - 1, Math.floor(confidence * reliabilityBins))]!;
    bin.count++;
    bin.confidence += confidence;
    if (best === label) bin.right++;
  });
  return bins;
}

/** Reliability of softmax(logits / temperature); `logits` is [count, classes]. */
export function measureCalibration(
  logits: Float32Array,
  labels: Uint32Array,
  classes: number,
  temperature: number,
): Calibration {
  const reliability = tallyBins(logits, labels, classes, temperature).flatMap(({ count, confidence, right }, i) =>
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
  const gaps = reliability.map((bin) => bin.count * Math.abs(bin.accuracy - bin.confidence));
  return {
    expectedError: gaps.reduce((sum, gap) => sum + gap, 0) / labels.length,
    negativeLogLikelihood: negativeLogLikelihood(logits, labels, classes, temperature),
    reliability,
  };
}
