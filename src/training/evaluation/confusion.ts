// Counts of right and wrong by class, and the usual figures drawn from them. Pure functions.

export interface ClassScore {
  readonly label: string;
  /** Share of the images predicted as this class that are it; 0 when none was predicted. */
  readonly precision: number;
  /** Share of the images of this class that were predicted as it; 0 when there is none. */
  readonly recall: number;
  readonly f1: number;
  /** Images of this class. */
  readonly support: number;
}

/** Rows are true classes, columns predicted ones. */
export function confusionMatrix(truth: Uint32Array, predicted: Uint32Array, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  truth.forEach((label, i) => {
    matrix[label]![predicted[i]!]!++;
  });
  return matrix;
}

/** Hits, predictions and images of each class. */
export interface ClassCounts {
  readonly hits: Uint32Array;
  readonly predicted: Uint32Array;
  readonly support: Uint32Array;
}

/** `rows`: which images to count, repetitions allowed (a bootstrap sample); all if absent. */
export function countClasses(
  truth: Uint32Array,
  predicted: Uint32Array,
  classes: number,
  rows?: Uint32Array,
): ClassCounts {
  const counts = {
    hits: new Uint32Array(classes),
    predicted: new Uint32Array(classes),
    support: new Uint32Array(classes),
  };
  const add = (row: number): void => {
    counts.support[truth[row]!]!++;
    counts.predicted[predicted[row]!]!++;
    if (truth[row] === predicted[row]) counts.hits[truth[row]!]!++;
  };
  if (rows) rows.forEach(add);
  else truth.forEach((_, row) => add(row));
  return counts;
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** F1 = 2 × hits / (images + predictions): 0 when the class neither occurs nor is predicted. */
const f1Of = ({ hits, predicted, support }: ClassCounts, i: number): number =>
  share(2 * hits[i]!, predicted[i]! + support[i]!);

export function scoreClasses(counts: ClassCounts, labels: readonly string[]): ClassScore[] {
  return labels.map((label, i) => ({
    label,
    precision: share(counts.hits[i]!, counts.predicted[i]!),
    recall: share(counts.hits[i]!, counts.support[i]!),
    f1: f1Of(counts, i),
    support: counts.support[i]!,
  }));
}

/** Mean F1 of the classes that occur or were predicted (scikit-learn's macro average over the labels it meets). */
export function macroF1(counts: ClassCounts): number {
  let total = 0;
  let met = 0;
  counts.support.forEach((images, i) => {
    if (images + counts.predicted[i]! === 0) return;
    met++;
    total += f1Of(counts, i);
  });
  return share(total, met);
}

/** Share of images whose prediction is right. */
export function accuracyOfCounts(counts: ClassCounts): number {
  const sum = (values: Uint32Array): number => values.reduce((total, value) => total + value, 0);
  return share(sum(counts.hits), sum(counts.support));
}
