// Counts of what a multi-label version says against what images have, and the usual figures drawn from them. Pure functions.

/** 1 where a class is said, or true: [images, classes]. */
export type Sets = Uint8Array;

export interface SetCounts {
  /** Images that have the class and are said to. */
  readonly hits: Uint32Array;
  readonly predicted: Uint32Array;
  readonly support: Uint32Array;
}

/** `rows`: which images to count, repetitions allowed; all if absent. */
export function countSets(truth: Sets, predicted: Sets, classes: number, rows?: Uint32Array): SetCounts {
  const counts = {
    hits: new Uint32Array(classes),
    predicted: new Uint32Array(classes),
    support: new Uint32Array(classes),
  };
  const add = (row: number): void => {
    for (let label = 0; label < classes; label++) {
      const place = row * classes + label;
      counts.hits[label]! += truth[place]! & predicted[place]!;
      counts.predicted[label]! += predicted[place]!;
      counts.support[label]! += truth[place]!;
    }
  };
  if (rows) rows.forEach(add);
  else for (let row = 0; row < truth.length / classes; row++) add(row);
  return counts;
}

const sumOf = (values: Uint32Array): number => values.reduce((sum, value) => sum + value, 0);

/** F1 of all decisions together; 0 where nothing is true and nothing said. */
export function microF1({ hits, predicted, support }: SetCounts): number {
  const whole = sumOf(predicted) + sumOf(support);
  return whole === 0 ? 0 : (2 * sumOf(hits)) / whole;
}

/** Number of images of which all labels are right, and none is too many. */
export function countExact(truth: Sets, predicted: Sets, classes: number): number {
  let exact = 0;
  for (let start = 0; start < truth.length; start += classes) {
    let isExact = true;
    for (let i = start; i < start + classes && isExact; i++) isExact = truth[i] === predicted[i];
    if (isExact) exact++;
  }
  return exact;
}

/** What is said where class i is said from thresholds[i] on; `probabilities` is [images, classes]. */
export const decide = (probabilities: Float64Array, thresholds: readonly number[]): Sets =>
  Uint8Array.from(probabilities, (probability, i) => Number(probability >= thresholds[i % thresholds.length]!));
