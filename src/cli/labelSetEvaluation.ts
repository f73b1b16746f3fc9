// How well the labels that a multi-label classifier says agree with those of a folder. Pure functions.
import { macroF1, scoreClasses, type ClassScore } from '../training/evaluation/confusion.js';
import { wilsonInterval, type Interval } from '../training/evaluation/proportions.js';
import { meanOfPresent, RankedSets } from '../training/multiLabel/averagePrecision.js';
import { countExact, countSets, microF1 } from '../training/multiLabel/labelSetScores.js';
import { factsOf, percent, styled, tableOf } from './output.js';

/** An image: the labels that it has, those that were said, and the probability of every class. */
export interface JudgedSet {
  readonly truth: readonly string[];
  readonly said: readonly string[];
  readonly predictions: ReadonlyArray<{ readonly label: string; readonly probability: number }>;
}

export interface SetEvaluation {
  readonly images: number;
  /** Mean over the classes that any image has. */
  readonly meanAveragePrecision: number;
  readonly microF1: number;
  readonly macroF1: number;
  /** Share of images of which all labels are right, and none is too many. */
  readonly exactMatch: number;
  /** 95 %, Wilson. */
  readonly exactMatchInterval: Interval;
  /** In the order of `labels`; null: no image has the class. */
  readonly classes: ReadonlyArray<ClassScore & { readonly averagePrecision: number | null }>;
  readonly labels: readonly string[];
}

/** `judged`: one image at least. Labels of images that are not among `labels` do not count. */
export function evaluateLabelSets(judged: readonly JudgedSet[], labels: readonly string[]): SetEvaluation {
  const setOf = (of: (image: JudgedSet) => readonly string[]): Uint8Array =>
    Uint8Array.from(judged.flatMap((image) => labels.map((label) => Number(of(image).includes(label)))));
  const [truth, said] = [setOf((image) => image.truth), setOf((image) => image.said)];
  const scores = judged.flatMap(({ predictions }) =>
    labels.map((label) => predictions.find((one) => one.label === label)?.probability ?? 0),
  );
  const counts = countSets(truth, said, labels.length);
  const precisions = new RankedSets({ scores, truth, classes: labels.length }).averagePrecisions();
  const exact = countExact(truth, said, labels.length);
  return {
    images: judged.length,
    meanAveragePrecision: meanOfPresent(precisions),
    microF1: microF1(counts),
    macroF1: macroF1(counts),
    exactMatch: exact / judged.length,
    exactMatchInterval: wilsonInterval(exact, judged.length),
    classes: scoreClasses(counts, labels).map((score, i) => ({
      ...score,
      averagePrecision: Number.isNaN(precisions[i]) ? null : precisions[i]!,
    })),
    labels,
  };
}

/** For people. */
export function describeSetEvaluation(classifier: string, evaluation: SetEvaluation): string {
  const { images, meanAveragePrecision, exactMatch, exactMatchInterval: interval, classes } = evaluation;
  const facts = factsOf([
    ['classifier', classifier],
    ['mean average precision', styled('bold', percent(meanAveragePrecision))],
    ['all labels right', percent(exactMatch)],
    ['95 % interval', `${percent(interval.low)} to ${percent(interval.high)}`],
    ['micro F1', evaluation.microF1.toFixed(3)],
    ['macro F1', evaluation.macroF1.toFixed(3)],
    ['images', String(images)],
  ]);
  const right = { align: 'right' } as const;
  const byClass = tableOf(
    [
      { title: 'CLASS' },
      ...['AVERAGE PRECISION', 'PRECISION', 'RECALL', 'F1', 'IMAGES'].map((title) => ({ title, ...right })),
    ],
    classes.map(({ label, averagePrecision, precision, recall, f1, support }) => [
      label,
      averagePrecision === null ? '' : percent(averagePrecision),
      percent(precision),
      percent(recall),
      f1.toFixed(3),
      String(support),
    ]),
  );
  return `${facts}\n\n${byClass}`;
}
