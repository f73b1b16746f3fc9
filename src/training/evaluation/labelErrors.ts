// Confident learning: which labels are probably wrong. Pure functions.
// C. G. Northcutt, L. Jiang, I. L. Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70, 2021.
import { probabilitiesOfRow } from './scores.js';
import type { UnseenLogits } from './temperature.js';

/** What each image seems to be; its own label where nothing speaks clearly against it. */
export interface SeemingLabels {
  /** Class indices. */
  readonly labels: Uint32Array;
  /** Of these labels, calibrated. */
  readonly probabilities: Float32Array;
}

/** Mean probability that images of each class get for their label; 1 where there are none. */
function thresholdsOf(rows: readonly Float32Array[], truth: Uint32Array, classes: number): Float64Array {
  const [sums, counts] = [new Float64Array(classes), new Uint32Array(classes)];
  rows.forEach((row, i) => {
    sums[truth[i]!]! += row[truth[i]!]!;
    counts[truth[i]!]!++;
  });
  return sums.map((sum, label) => (counts[label]! > 0 ? sum / counts[label]! : 1));
}

/**
 * From what heads say of images that they had not learnt from: an image seems to be of the most probable among the classes that it
 * is as probable for as the images under their label are on average (section 3.1 of the paper). Where there is none, and where its own label
 * is more probable, the label stays.
 */
export function seemingLabels({ logits, truth, classes }: UnseenLogits, temperature: number): SeemingLabels {
  const rows = Array.from(truth, (_, row) => Float32Array.from(probabilitiesOfRow(logits, row, classes, temperature)));
  const thresholds = thresholdsOf(rows, truth, classes);
  const labels = truth.map((own, i) => {
    const row = rows[i]!;
    return row.reduce((best, value, label) => (value >= thresholds[label]! && value > row[best]! ? label : best), own);
  });
  return { labels, probabilities: Float32Array.from(rows, (row, i) => row[labels[i]!]!) };
}
