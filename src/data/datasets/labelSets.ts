// The labels of an image of a multi-label dataset as one text, `hat|shirt`, which stands wherever a single-label image has its label:
// so a set is compared, counted, kept in snapshots and undone as a label is.
import { AppError } from '../../errors.js';
import { labelSeparator, labelsOfText, textOfLabels } from '../../labelText.js';
import { labelSchema, maxLabelText, type Task } from './schemas.js';

/** The labels of an image whose label is stored as `label`. */
export const labelsOf = (task: Task, label: string): string[] =>
  task === 'multi-label' ? labelsOfText(label) : [label];

/** What is stored for the label, or labels, that an image is given. Throws AppError `conflict` where the dataset cannot have it. */
export function storedLabel({ name, task }: { readonly name: string; readonly task: Task }, label: string): string {
  if (task === 'single-label') {
    if (labelSchema.safeParse(label).success) return label;
    throw new AppError('conflict', `The dataset "${name}" is single-label: a label has at most 100 characters.`);
  }
  const text = textOfLabels([label]);
  if (text.length <= maxLabelText) return text;
  throw new AppError('conflict', `The labels of an image have at most ${maxLabelText} characters together.`);
}

/** The same of labels in a list. Throws AppError `conflict`. */
export function storedLabels(
  dataset: { readonly name: string; readonly task: Task },
  labels: readonly string[],
): string {
  if (dataset.task === 'multi-label' || labels.length === 1)
    return storedLabel(dataset, labels.join(labelSeparator) || labelSeparator);
  throw new AppError(
    'conflict',
    `The dataset "${dataset.name}" is single-label: an image has one label, not ${labels.length}.`,
  );
}

/** SQL: the labels of rows of dataset_images as an array; `task` and `label` are SQL of this program, never a user's. */
export const labelArray = (task: string, label: string): string =>
  `CASE WHEN ${task} = 'multi-label' THEN array_remove(string_to_array(${label}, '${labelSeparator}'), '') ELSE ARRAY[${label}] END`;
