// The class-activation map (Zhou et al. 2016, "Learning Deep Features for Discriminative Localization"): where an embedding is the
// average of a feature map and the head is linear, each cell's own share of the logit is known from the one pass.
import { AppError } from '../../errors.js';
import type { LinearHead } from '../../formats/linearHead.js';
import type { Grid } from '../../image/heatMap.js';

/**
 * What each cell says for class `label`: the average over the cells is by how much its logit is above the mean of all logits, which is
 * all that counts in a softmax. `features` [side, side, embeddingSize]. Throws AppError invalid_model for a number of cells that is no
 * square.
 */
export function classActivationMap(features: Float32Array, { kernel, bias, classes }: LinearHead, label: number): Grid {
  const weights = aboveMean(kernel, classes, label);
  const [offset] = aboveMean(bias, classes, label);
  const cells = features.length / weights.length;
  const side = Math.sqrt(cells);
  if (!Number.isInteger(side))
    throw new AppError('invalid_model', `its feature map has ${cells} cells, which are no square`);
  const values = Float64Array.from({ length: cells }, (_, cell) => {
    const start = cell * weights.length;
    return weights.reduce((sum, weight, i) => sum + weight * features[start + i]!, offset!);
  });
  return { rows: side, columns: side, values };
}

/** The column `label` of [rows, classes], less the mean of its row. */
function aboveMean(values: Float32Array, classes: number, label: number): Float64Array {
  return Float64Array.from({ length: values.length / classes }, (_, row) => {
    const all = values.subarray(row * classes, (row + 1) * classes);
    return all[label]! - all.reduce((sum, value) => sum + value, 0) / classes;
  });
}
