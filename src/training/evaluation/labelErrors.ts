// Which labels are probably wrong, from what heads say of images that they had not learnt from. Pure functions.
import { bestOfRow, probabilitiesOfRow } from './scores.js';
import type { UnseenLogits } from './temperature.js';

/** What each image seems to be. */
export interface SeemingLabels {
  /** Class indices: the most probable class of each. */
  readonly labels: Uint32Array;
  /**
   * Where that is the label of the image, how probable the label is; where it is another, how probable it is that the label is
   * wrong: 1 less the probability of the label, whatever the image is instead.
   */
  readonly certainties: Float32Array;
}

/**
 * Ordered by the probability of their own label, images with wrong labels come first: the self-confidence of confident learning
 * (C. G. Northcutt, L. Jiang, I. L. Chuang: Confident Learning: Estimating Uncertainty in Dataset Labels, JAIR 70, 2021). Of its other
 * scores, the margin and both less the mean of the class, none found as many on shapes and clothing.
 */
export function seemingLabels({ logits, truth, classes }: UnseenLogits, temperature: number): SeemingLabels {
  const labels = truth.map((_, row) => bestOfRow(logits, row, classes));
  const certainties = Float32Array.from(truth, (label, row) => {
    const own = probabilitiesOfRow(logits, row, classes, temperature)[label]!;
    return labels[row] === label ? own : 1 - own;
  });
  return { labels, certainties };
}
