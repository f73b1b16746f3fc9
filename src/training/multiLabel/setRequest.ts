// Whether what a training is asked for fits a multi-label dataset. Throws what submitTraining passes on.
import type { Task } from '../../data/datasets/schemas.js';
import { isMultiLabel } from '../../models/versionAnswer.js';
import type { ClassifierRegistry } from '../../serving/registry.js';
import { isLinearFit } from '../fit/hyperparameters.js';
import { chosenBy, type RetrainRequest } from '../request.js';
import { cannotTrain } from '../trainingErrors.js';

/** A classifier's clients are made for the one or the other answer. Throws AppError invalid_dataset. */
export function assertSameTask(
  registry: Pick<ClassifierRegistry, 'list' | 'version'>,
  { model, dataset }: RetrainRequest,
  task: Task,
): void {
  if (!registry.list().some(({ name }) => name === model)) return;
  const known = isMultiLabel(registry.version(model).manifest) ? 'multi-label' : 'single-label';
  if (known !== task)
    throw cannotTrain(
      `The dataset "${dataset}" is ${task}, but the classifier "${model}" is ${known}; give another name as "model".`,
    );
}

/** Throws AppError invalid_dataset. */
export function assertFitsSets(request: RetrainRequest): void {
  const wished =
    request.search !== undefined
      ? 'search'
      : request.fineTune !== undefined
        ? 'fineTune'
        : isLinearFit(chosenBy(request))
          ? undefined
          : 'hidden layers, dropout or the solver adam';
  if (wished !== undefined)
    throw cannotTrain(
      `The dataset "${request.dataset}" is multi-label, for which there are linear heads by lbfgs; leave out ${wished}.`,
    );
}
