// Whether a dataset can give a classifier at all: asked when a training is requested, and again when it knows which images are usable.
import type { ClassCount } from '../data/datasets/statistics.js';
import { cannotTrain } from './trainingErrors.js';

const toLearnFrom = ({ train, validation }: Omit<ClassCount, 'label'>): number => train + validation;

const listed = (counts: readonly ClassCount[]): string => counts.map(({ label }) => `"${label}"`).join(', ');

/** Throws AppError invalid_dataset, naming the classes and what to add, when there is too little to learn from or to check with. */
export function assertTrainable(counts: readonly ClassCount[]): void {
  if (counts.length === 0)
    throw cannotTrain('The dataset has no usable image. Upload labelled images of at least two classes.');
  if (counts.length === 1)
    throw cannotTrain(
      `All usable images are of one class, ${listed(counts)}. Add images of another: a classifier needs something to tell apart.`,
    );
  const lonely = counts.filter(({ total }) => total < 2);
  if (lonely.length > 0)
    throw cannotTrain(
      `Each class needs at least two usable images, one to learn from and one to check with. Only one: ${listed(lonely)}.`,
    );
  const untaught = counts.filter((count) => toLearnFrom(count) === 0);
  if (untaught.length > 0)
    throw cannotTrain(`No image of ${listed(untaught)} is outside the test split: there is nothing to learn from.`);
  // One of a class stays to learn from; with a second one, in either split, there is something to check with.
  if (counts.every((count) => toLearnFrom(count) < 2))
    throw cannotTrain('No image is in the validation split: there is nothing to check with.');
}
