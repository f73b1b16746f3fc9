// Labels that are probably wrong: what heads and the other images say of each image. Runs inside the trainer worker.
import { seemingLabels } from '../evaluation/labelErrors.js';
import { fitTemperature } from '../evaluation/temperature.js';
import { crossValidate } from '../fit/linearFit.js';
import { scoreByOthers } from '../leaveOneOut.js';
import { negativeLogSoftmax } from '../../softmax.js';
import type { LabelErrors, LabelErrorsTask } from './trainerTask.js';

/**
 * By the geometric mean of two opinions (the logarithmic pool of Genest and Zidek 1986, "Combining Probability Distributions"): of heads by
 * cross-validation over all images, and of all other images by least squares with a kernel. Either alone finds fewer wrong labels in some of the
 * sets of bench/labelErrors.ts. undefined where there is nothing to hold out. Throws DivergedError.
 */
export function findLabelErrors(task: LabelErrorsTask): LabelErrors | undefined {
  const found = crossValidate(task, task.candidates);
  if (!found) return undefined;
  const { size, classes, train } = task.data;
  const { groups } = task;
  const others = scoreByOthers({ ...train, size, classes, groups });
  const { logits, truth } = found.unseen;
  const temperature = fitTemperature(found.unseen);
  const judged = [...found.rows.keys()].filter((i) => others.has(found.rows[i]!));
  const pooled = new Float32Array(judged.length * classes);
  judged.forEach((i, place) => {
    const said = others.get(found.rows[i]!)!;
    const own = logits.subarray(i * classes, (i + 1) * classes);
    for (let label = 0; label < classes; label++)
      pooled[place * classes + label] =
        -(negativeLogSoftmax(own, label, temperature) + negativeLogSoftmax(said, label, 1)) / 2;
  });
  const truths = Uint32Array.from(judged, (i) => truth[i]!);
  return {
    rows: judged.map((i) => found.rows[i]!),
    ...seemingLabels({ logits: pooled, truth: truths, classes }, 1),
  };
}
