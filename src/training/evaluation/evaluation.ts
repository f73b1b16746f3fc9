// How well a version does on images it was not trained on: one plain record, stored with the version. Pure functions.
import { createRandom } from '../random.js';
import { bootstrapIntervals } from './bootstrap.js';
import { measureCalibration, type Calibration } from './calibration.js';
import {
  accuracyOfCounts,
  confusionMatrix,
  countClasses,
  macroF1,
  scoreClasses,
  type ClassScore,
} from './confusion.js';
import { wilsonInterval, type Interval } from './proportions.js';
import { predictionsOf, probabilitiesOfRow, rankOfLabel } from './scores.js';

/** Logits [count, classes] of known images. */
export interface LabelledLogits {
  readonly logits: Float32Array;
  /** Class index of each image. */
  readonly truth: Uint32Array;
  readonly labels: readonly string[];
  readonly images: readonly KnownImage[];
}

export interface KnownImage {
  /** Its SHA-256. */
  readonly image: string;
  /** Its id in the dataset, where it is in one. */
  readonly imageId?: number | undefined;
}

/** A confident error: worth a look, its label may be wrong. */
export interface Mistake extends KnownImage {
  readonly label: string;
  readonly predicted: string;
  /** Of the wrong class, calibrated. */
  readonly probability: number;
}

export interface Evaluation {
  readonly images: number;
  readonly accuracy: number;
  /** Wilson. */
  readonly accuracyInterval: Interval;
  /** Share of images whose label is among the five most probable (of fewer classes: all). */
  readonly top5: number;
  readonly macroF1: number;
  /** Bootstrap: a single point where nothing was wrong. */
  readonly macroF1Interval: Interval;
  readonly classes: readonly ClassScore[];
  /** Rows are true classes, columns predicted ones, both in label order. */
  readonly confusion: readonly (readonly number[])[];
  readonly temperature: number;
  readonly calibration: { readonly before: Calibration; readonly after: Calibration };
  readonly worstMistakes: readonly Mistake[];
}

const mistakesKept = 20;

function worstMistakes(
  { logits, truth, labels, images }: LabelledLogits,
  predicted: Uint32Array,
  temperature: number,
): Mistake[] {
  const mistakes: Mistake[] = [];
  predicted.forEach((guess, row) => {
    if (guess === truth[row]) return;
    const probability = probabilitiesOfRow(logits, row, labels.length, temperature)[guess]!;
    mistakes.push({ ...images[row]!, label: labels[truth[row]!]!, predicted: labels[guess]!, probability });
  });
  return mistakes.sort((a, b) => b.probability - a.probability).slice(0, mistakesKept);
}

function shareAmongFirst({ logits, truth, labels }: LabelledLogits, first: number): number {
  const hits = truth.filter((label, row) => rankOfLabel(logits, row, labels.length, label) < first);
  return hits.length / truth.length;
}

/** All figures for at least one image. `temperature` must have been fitted on other images, or the calibration flatters. */
export function evaluate(labelled: LabelledLogits, temperature: number, seed: number): Evaluation {
  const { logits, truth, labels } = labelled;
  const predicted = predictionsOf(logits, labels.length);
  const counts = countClasses(truth, predicted, labels.length);
  const [macroF1Interval] = bootstrapIntervals(truth.length, seed, (rows) => [
    macroF1(countClasses(truth, predicted, labels.length, rows)),
  ]);
  const right = counts.hits.reduce((sum, hits) => sum + hits, 0);
  return {
    images: truth.length,
    accuracy: accuracyOfCounts(counts),
    accuracyInterval: wilsonInterval(right, truth.length),
    top5: shareAmongFirst(labelled, 5),
    macroF1: macroF1(counts),
    macroF1Interval: macroF1Interval!,
    classes: scoreClasses(counts, labels),
    confusion: confusionMatrix(truth, predicted, labels.length),
    temperature,
    calibration: {
      before: measureCalibration(logits, truth, labels.length, 1, createRandom(seed)),
      after: measureCalibration(logits, truth, labels.length, temperature, createRandom(seed)),
    },
    worstMistakes: worstMistakes(labelled, predicted, temperature),
  };
}
