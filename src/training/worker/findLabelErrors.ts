// Labels that are probably wrong, by cross-validation over all images of a dataset. Runs inside the trainer worker.
import { seemingLabels } from '../evaluation/labelErrors.js';
import { fitTemperature } from '../evaluation/temperature.js';
import { crossValidate } from '../fit/linearFit.js';
import type { LabelErrors, LabelErrorsTask } from './trainerTask.js';

/** undefined where there is nothing to hold out. Throws DivergedError. */
export function findLabelErrors(task: LabelErrorsTask): LabelErrors | undefined {
  const found = crossValidate(task, task.candidates);
  return found && { rows: found.rows, ...seemingLabels(found.unseen, fitTemperature(found.unseen)) };
}
