// A request for a training, checked and put into the queue.
import type { Dataset } from '../data/datasets/schemas.js';
import type { ClassCount } from '../data/datasets/statistics.js';
import type { JsonObject, NewTraining, Training } from '../data/trainings/schemas.js';
import type { TrainingQueue } from '../data/trainings/trainingQueue.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { AppError } from '../errors.js';
import { chooseBackbone } from './backboneChoice.js';
import { assertFineTunable } from './fineTuning/availability.js';
import { chosenBy, type RetrainRequest } from './request.js';
import { assertFitsSets, assertSameTask } from './multiLabel/setRequest.js';
import { assertSetsTrainable } from './multiLabel/setPartition.js';
import { assertTrainable } from './trainable.js';

export interface SubmissionDeps {
  readonly queue: Pick<TrainingQueue, 'submit'>;
  readonly storage: {
    readonly datasets: { get(name: string): Promise<Pick<Dataset, 'task'>> };
    classCounts(dataset: string): Promise<ClassCount[]>;
  };
  readonly registry: Pick<ClassifierRegistry, 'describe' | 'list' | 'version' | 'defaultName'>;
}

/** `id`: of the training, if it was chosen. Throws AppError `unknown_dataset`, `unknown_model`, `invalid_request`, `invalid_dataset`, `fine_tuning_unavailable`, `not_ready`. */
export async function submitTraining(
  { storage, registry, queue }: SubmissionDeps,
  request: RetrainRequest,
  { id, traceparent }: Pick<NewTraining, 'id' | 'traceparent'> = {},
): Promise<Training> {
  if (request.search !== undefined && request.fineTune !== undefined)
    throw new AppError(
      'fine_tuning_unavailable',
      'Fine-tuning is not possible together with a search, because it makes another backbone: search with its version as "backbone" afterwards',
    );
  const { task } = await storage.datasets.get(request.dataset);
  assertSameTask(registry, request, task);
  if (task === 'multi-label') assertFitsSets(request);
  (task === 'multi-label' ? assertSetsTrainable : assertTrainable)(await storage.classCounts(request.dataset));
  if (request.backbone !== undefined) registry.describe(request.backbone);
  if (request.fineTune !== undefined) await assertFineTunable(chooseBackbone(registry, request));
  return queue.submit({
    id,
    classifier: request.model,
    dataset: request.dataset,
    request: toJson(request),
    seed: chosenBy(request).seed,
    traceparent,
  });
}

const toJson = (request: RetrainRequest): JsonObject => JSON.parse(JSON.stringify(request)) as JsonObject;
