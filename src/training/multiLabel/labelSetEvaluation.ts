// How well a multi-label version does on images it was not trained on, and against the version in service. Pure functions.
import { sigmoid } from '../../sigmoid.js';
import { bootstrapIntervals } from '../evaluation/bootstrap.js';
import { macroF1, scoreClasses, type ClassScore } from '../evaluation/confusion.js';
import type { KnownImage, Mistake } from '../evaluation/evaluation.js';
import { wilsonInterval, type Interval } from '../evaluation/proportions.js';
import { textOfLabels } from '../../labelText.js';
import { meanOfPresent, RankedSets, type ScoredSets } from './averagePrecision.js';
import { countExact, countSets, decide, microF1 } from './labelSetScores.js';

/** Logits [images, classes] of images whose labels are known. */
export interface KnownSets {
  readonly logits: Float32Array;
  /** 1 where the image has the label, [images, classes]. */
  readonly truth: Uint8Array;
  readonly labels: readonly string[];
  readonly images: readonly KnownImage[];
}

export interface SetClassScore extends ClassScore {
  /** See RankedSets; null: no held-out image has the class. */
  readonly averagePrecision: number | null;
  /** From which probability on an image is said to have it. */
  readonly threshold: number;
}

export interface LabelSetEvaluation {
  readonly task: 'multi-label';
  readonly images: number;
  /** mAP: mean over the classes that held-out images have. */
  readonly meanAveragePrecision: number;
  /** Bootstrap. */
  readonly meanAveragePrecisionInterval: Interval;
  readonly microF1: number;
  readonly macroF1: number;
  /** Share of images of which all labels are right, and none is too many. */
  readonly exactMatch: number;
  /** Wilson. */
  readonly exactMatchInterval: Interval;
  readonly classes: readonly SetClassScore[];
  /** Labels that were said with the highest probability and are wrong; `label` is all that the image has. */
  readonly worstMistakes: readonly Mistake[];
}

const mistakesKept = 20;

/** All figures for at least one image. `thresholds` must have been chosen on other images, or F1 flatters. */
export function evaluateSets(known: KnownSets, thresholds: readonly number[], seed: number): LabelSetEvaluation {
  const { logits, truth, labels, images } = known;
  const classes = labels.length;
  const probabilities = Float64Array.from(logits, sigmoid);
  const predicted = decide(probabilities, thresholds);
  const counts = countSets(truth, predicted, classes);
  const ranked = new RankedSets({ scores: logits, truth, classes });
  const precisions = ranked.averagePrecisions();
  const [interval] = bootstrapIntervals(images.length, seed, (rows) => [meanOfPresent(ranked.averagePrecisions(rows))]);
  const exact = countExact(truth, predicted, classes);
  return {
    task: 'multi-label',
    images: images.length,
    meanAveragePrecision: meanOfPresent(precisions),
    meanAveragePrecisionInterval: interval!,
    microF1: microF1(counts),
    macroF1: macroF1(counts),
    exactMatch: exact / images.length,
    exactMatchInterval: wilsonInterval(exact, images.length),
    classes: scoreClasses(counts, labels).map((score, i) => ({
      ...score,
      averagePrecision: Number.isNaN(precisions[i]) ? null : precisions[i]!,
      threshold: thresholds[i]!,
    })),
    worstMistakes: worstMistakes(known, probabilities, predicted),
  };
}

function worstMistakes({ truth, labels, images }: KnownSets, probabilities: Float64Array, said: Uint8Array): Mistake[] {
  const classes = labels.length;
  const mistakes = images.flatMap((image, row) => {
    const own = textOfLabels(labels.filter((_, i) => truth[row * classes + i] === 1));
    return labels.flatMap((predicted, i) => {
      const place = row * classes + i;
      if (said[place] === 0 || truth[place] === 1) return [];
      return [{ ...image, label: own, predicted, probability: probabilities[place]! }];
    });
  });
  return mistakes.sort((a, b) => b.probability - a.probability).slice(0, mistakesKept);
}

export interface LabelSetComparison {
  readonly images: number;
  /** mAP of each on the same images. */
  readonly candidateMeanAveragePrecision: number;
  readonly activeMeanAveragePrecision: number;
  /** Candidate minus active, with its interval: a bootstrap of the images. */
  readonly gain: number;
  readonly gainInterval: Interval;
}

/** Of both on the same images; columns are the same classes. */
export function compareSets(candidate: ScoredSets, active: ScoredSets, seed: number): LabelSetComparison {
  const images = candidate.truth.length / candidate.classes;
  const [ours, theirs] = [new RankedSets(candidate), new RankedSets(active)];
  const mean = (sets: RankedSets, rows?: Uint32Array): number => meanOfPresent(sets.averagePrecisions(rows));
  const [gainInterval] = bootstrapIntervals(images, seed, (rows) => [mean(ours, rows) - mean(theirs, rows)]);
  const [candidateMeanAveragePrecision, activeMeanAveragePrecision] = [mean(ours), mean(theirs)];
  return {
    images,
    candidateMeanAveragePrecision,
    activeMeanAveragePrecision,
    gain: candidateMeanAveragePrecision - activeMeanAveragePrecision,
    gainInterval: gainInterval!,
  };
}
