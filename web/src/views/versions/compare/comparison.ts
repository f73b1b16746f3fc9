// Two versions on the same images. Pure functions.
import { pairedDifferenceInterval, type Interval } from '../../../../../src/training/evaluation/proportions.js';
import { decoded } from '../figures.js';
import type { Prediction } from '../predictions.js';

/** An image that both could look at. */
export interface Pair {
  readonly image: Prediction;
  readonly a: string;
  readonly b: string;
}

export interface ClassComparison {
  readonly label: string;
  readonly images: number;
  readonly aRight: number;
  readonly bRight: number;
}

export interface Comparison {
  readonly images: number;
  readonly bothRight: number;
  readonly onlyA: readonly Pair[];
  readonly onlyB: readonly Pair[];
  readonly bothWrong: readonly Pair[];
  /** Share of images that b has right beyond a, with its paired 95 % interval (Bonett and Price). */
  readonly gain: number;
  readonly gainInterval: Interval;
  /** The largest differences first. */
  readonly classes: readonly ClassComparison[];
}

/** undefined when there is no image that both could look at. */
export function compare(a: readonly Prediction[], b: readonly Prediction[]): Comparison | undefined {
  const ofB = new Map(decoded(b).map(({ imageId, predicted }) => [imageId, predicted]));
  const pairs = decoded(a).flatMap((image): Pair[] => {
    const other = ofB.get(image.imageId);
    return other === undefined ? [] : [{ image, a: image.predicted, b: other }];
  });
  if (pairs.length === 0) return undefined;
  const where = (aRight: boolean, bRight: boolean): Pair[] =>
    pairs.filter((pair) => (pair.a === pair.image.label) === aRight && (pair.b === pair.image.label) === bRight);
  const onlyA = where(true, false);
  const onlyB = where(false, true);
  return {
    images: pairs.length,
    bothRight: where(true, true).length,
    onlyA,
    onlyB,
    bothWrong: where(false, false),
    gain: (onlyB.length - onlyA.length) / pairs.length,
    gainInterval: pairedDifferenceInterval(onlyB.length, onlyA.length, pairs.length),
    classes: compareClasses(pairs),
  };
}

function compareClasses(pairs: readonly Pair[]): ClassComparison[] {
  const classes = new Map<string, { images: number; aRight: number; bRight: number }>();
  for (const { image, a, b } of pairs) {
    const row = classes.get(image.label) ?? { images: 0, aRight: 0, bRight: 0 };
    row.images++;
    row.aRight += Number(a === image.label);
    row.bRight += Number(b === image.label);
    classes.set(image.label, row);
  }
  const difference = ({ aRight, bRight }: ClassComparison): number => Math.abs(bRight - aRight);
  return [...classes]
    .map(([label, row]) => ({ label, ...row }))
    .sort((x, y) => difference(y) - difference(x) || x.label.localeCompare(y.label));
}
