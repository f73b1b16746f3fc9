// Labelled embeddings as plain arrays, and the batches taken from them.

/** Examples: `features` is [count, size] in row-major order, `labels` the class index of each row. */
export interface Rows {
  readonly features: Float32Array;
  readonly labels: Uint32Array;
}

/** A batch: `features` is [count, size], `targets` [count, classes]: smoothed one-hot rows times the weight of their class. */
export interface Batch {
  readonly count: number;
  readonly features: Float32Array;
  readonly targets: Float32Array;
}

/** n / (classes present × n of the class), which is scikit-learn's "balanced"; all 1 for `none`. */
export function weightsOfClasses(labels: Uint32Array, classes: number, mode: 'none' | 'balanced'): Float32Array {
  const weights = new Float32Array(classes).fill(1);
  if (mode === 'none') return weights;
  const counts = new Uint32Array(classes);
  for (const label of labels) counts[label]!++;
  const present = counts.filter((count) => count > 0).length;
  return weights.map((_, i) => (counts[i]! > 0 ? labels.length / (present * counts[i]!) : 1));
}

function takeFeatures(rows: Rows, size: number, picked: Uint32Array): Float32Array {
  const values = new Float32Array(picked.length * size);
  picked.forEach((row, i) => {
    values.set(rows.features.subarray(row * size, (row + 1) * size), i * size);
  });
  return values;
}

/** The rows numbered `picked`, in their order; not copied when they are all rows in theirs. */
export function takeRows(rows: Rows, size: number, picked: Uint32Array): Rows {
  if (picked.length === rows.labels.length && picked.every((row, i) => row === i)) return rows;
  return { features: takeFeatures(rows, size, picked), labels: picked.map((row) => rows.labels[row]!) };
}

/** Of the rows numbered `picked`, as in a Batch. */
export function takeTargets(
  labels: Uint32Array,
  picked: Uint32Array,
  weights: Float32Array,
  smoothing: number,
): Float32Array {
  const classes = weights.length;
  const values = new Float32Array(picked.length * classes);
  picked.forEach((row, i) => {
    const label = labels[row]!;
    const weight = weights[label]!;
    values.fill((weight * smoothing) / classes, i * classes, (i + 1) * classes);
    values[i * classes + label]! += weight * (1 - smoothing);
  });
  return values;
}

/** The rows numbered `picked`. `weights` holds one value per class; `smoothing` is the share given to all classes alike. */
export function takeBatch(
  rows: Rows,
  size: number,
  picked: Uint32Array,
  weights: Float32Array,
  smoothing: number,
): Batch {
  return {
    count: picked.length,
    features: takeFeatures(rows, size, picked),
    targets: takeTargets(rows.labels, picked, weights, smoothing),
  };
}
