// How well a version does: read from what it carries, or counted from what it says of images now. Pure functions.
import type { components } from 'taxon-client';
import { wilsonInterval, type Interval } from '../../../../src/training/evaluation/proportions.js';

type ModelVersion = components['schemas']['ModelVersion'];
type Prediction = components['schemas']['ImagePrediction'];

export interface ClassFigures {
  readonly label: string;
  /** Images of this class. */
  readonly support: number;
  /** Images that were said to be of it. */
  readonly predicted: number;
  readonly hits: number;
  readonly f1: number;
}

export interface ReliabilityBin {
  readonly count: number;
  /** Mean probability of the predicted class. */
  readonly confidence: number;
  readonly accuracy: number;
}

export interface Figures {
  readonly images: number;
  readonly accuracy: number;
  readonly interval: Interval;
  readonly macroF1: number;
  /** Rows are the true classes, columns the predicted ones, both in the order of `labels`. */
  readonly confusion: readonly (readonly number[])[];
  readonly labels: readonly string[];
  readonly classes: readonly ClassFigures[];
  readonly reliability: readonly ReliabilityBin[];
  /** Of the held-out images of the training alone. */
  readonly calibrationError?: { readonly found: number; readonly chance: number };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function classesOf(labels: readonly string[], confusion: readonly (readonly number[])[]): ClassFigures[] {
  return labels.map((label, i) => {
    const support = sum(confusion[i]!);
    const predicted = sum(confusion.map((row) => row[i]!));
    const hits = confusion[i]![i]!;
    return { label, support, predicted, hits, f1: support + predicted === 0 ? 0 : (2 * hits) / (support + predicted) };
  });
}

/** Mean over the classes that occur or were predicted. */
function macroF1Of(classes: readonly ClassFigures[]): number {
  const met = classes.filter(({ support, predicted }) => support + predicted > 0);
  return met.length === 0 ? 0 : sum(met.map(({ f1 }) => f1)) / met.length;
}

type Counted = Pick<Figures, 'labels' | 'confusion' | 'reliability'>;

function withShares({ labels, confusion, reliability }: Counted): Figures {
  const classes = classesOf(labels, confusion);
  const images = sum(classes.map(({ support }) => support));
  const hits = sum(classes.map((row) => row.hits));
  return {
    images,
    accuracy: hits / images,
    interval: wilsonInterval(hits, images),
    macroF1: macroF1Of(classes),
    confusion,
    labels,
    classes,
    reliability,
  };
}

/** undefined for a version that was not measured here. */
export function figuresOf({ labels, metrics }: Pick<ModelVersion, 'labels' | 'metrics'>): Figures | undefined {
  const { confusion, calibration } = metrics;
  if (confusion === undefined || confusion.length !== labels.length || sum(confusion.flat()) === 0) return undefined;
  const { reliability = [], expectedError, chanceError } = calibration?.after ?? {};
  const figures = withShares({ labels, confusion, reliability });
  if (expectedError === undefined || chanceError === undefined) return figures;
  return { ...figures, calibrationError: { found: expectedError, chance: chanceError } };
}

/** As many as the server's own reliability curve has. */
const bins = 15;

type Decoded = Prediction & { readonly predicted: string; readonly probability: number };

/** Images that could be looked at. */
export const decoded = (predictions: readonly Prediction[]): Decoded[] =>
  predictions.filter(
    (prediction): prediction is Decoded => prediction.predicted !== null && prediction.probability !== null,
  );

/** Counted from single predictions; undefined when there is none. The images may have labels that the version does not know. */
export function countFigures(predictions: readonly Prediction[], known: readonly string[]): Figures | undefined {
  const seen = decoded(predictions);
  if (seen.length === 0) return undefined;
  const labels = [...new Set([...known, ...seen.map(({ label }) => label)])];
  const index = new Map(labels.map((label, i) => [label, i]));
  const confusion = labels.map(() => labels.map(() => 0));
  for (const { label, predicted } of seen) confusion[index.get(label)!]![index.get(predicted)!]!++;
  const reliability = Array.from({ length: bins }, (_, bin) =>
    seen.filter(({ probability }) => Math.min(bins - 1, Math.floor(probability * bins)) === bin),
  )
    .filter(({ length }) => length > 0)
    .map((inBin) => ({
      count: inBin.length,
      confidence: sum(inBin.map(({ probability }) => probability)) / inBin.length,
      accuracy: inBin.filter(({ label, predicted }) => label === predicted).length / inBin.length,
    }));
  return withShares({ labels, confusion, reliability });
}

export interface MixUp {
  readonly label: string;
  readonly predicted: string;
  readonly count: number;
}

/** Off the diagonal, the most frequent first. */
export function mixUpsOf({ labels, confusion }: Pick<Figures, 'labels' | 'confusion'>, most: number): MixUp[] {
  return confusion
    .flatMap((row, i) =>
      row.flatMap((count, j) => (i === j || count === 0 ? [] : [{ label: labels[i]!, predicted: labels[j]!, count }])),
    )
    .sort((a, b) => b.count - a.count)
    .slice(0, most);
}
