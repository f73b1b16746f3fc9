// How well predictions agree with the labels of a folder: figures, by class, and what is mistaken for what. Pure functions.
import { groupBy } from '../groupBy.js';
import {
  accuracyOfCounts,
  confusionMatrix,
  countClasses,
  macroF1,
  scoreClasses,
  type ClassScore,
} from '../training/evaluation/confusion.js';
import { wilsonInterval, type Interval } from '../training/evaluation/proportions.js';

/** An image, the class it is in, and the classes that it was taken for, the most probable first: one at least. */
export interface Judged {
  readonly filename: string;
  readonly label: string;
  readonly predictions: ReadonlyArray<{ readonly label: string; readonly probability: number }>;
}

/** Images of one class that were taken for another. */
export interface Confusion {
  readonly label: string;
  readonly predicted: string;
  readonly count: number;
  /** Their names, the most confident mistake first. */
  readonly images: readonly string[];
}

export interface LabelledEvaluation {
  readonly images: number;
  readonly accuracy: number;
  /** 95 %, Wilson. */
  readonly accuracyInterval: Interval;
  /** Share of images whose label is among the predictions, five at most. */
  readonly top5: number;
  readonly macroF1: number;
  /** Those that have images or were predicted, in the order of `labels`. */
  readonly classes: readonly ClassScore[];
  /** The most frequent first. */
  readonly confusions: readonly Confusion[];
  readonly labels: readonly string[];
  /** Rows are true classes, columns predicted ones, both in the order of `labels`. */
  readonly confusion: readonly (readonly number[])[];
}

/** `judged`: one image at least; every label is in `labels`. */
export function evaluateLabelled(judged: readonly Judged[], labels: readonly string[]): LabelledEvaluation {
  const places = new Map(labels.map((label, place) => [label, place]));
  const truth = Uint32Array.from(judged, ({ label }) => places.get(label)!);
  const predicted = Uint32Array.from(judged, (image) => places.get(guessOf(image))!);
  const counts = countClasses(truth, predicted, labels.length);
  const hits = counts.hits.reduce((sum, count) => sum + count, 0);
  const among = judged.filter(({ label, predictions }) => predictions.slice(0, 5).some((one) => one.label === label));
  return {
    images: judged.length,
    accuracy: accuracyOfCounts(counts),
    accuracyInterval: wilsonInterval(hits, judged.length),
    top5: among.length / judged.length,
    macroF1: macroF1(counts),
    classes: scoreClasses(counts, labels).filter((_, i) => counts.support[i]! + counts.predicted[i]! > 0),
    confusions: confusionsOf(judged),
    labels,
    confusion: confusionMatrix(truth, predicted, labels.length),
  };
}

const guessOf = ({ predictions }: Judged): string => predictions[0]!.label;

function confusionsOf(judged: readonly Judged[]): Confusion[] {
  const mistakes = judged
    .filter((image) => guessOf(image) !== image.label)
    .sort((a, b) => b.predictions[0]!.probability - a.predictions[0]!.probability);
  const groups = groupBy(mistakes, (image) => JSON.stringify([image.label, guessOf(image)]));
  return [...groups.values()]
    .map((images) => ({
      label: images[0]!.label,
      predicted: guessOf(images[0]!),
      count: images.length,
      images: images.map(({ filename }) => filename),
    }))
    .sort((a, b) => b.count - a.count);
}
