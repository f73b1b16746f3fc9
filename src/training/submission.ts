// A request for a training, checked and put into the queue.
import type { Dataset } from '../data/datasets/schemas.js';
import type { ClassCount } from '../data/datasets/statistics.js';
import type { JsonObject, NewTraining, Training, TrainingStarter } from '../data/trainings/schemas.js';
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
    classCounts(dataset: string, version?: string): Promise<ClassCount[]>;
  };
  readonly registry: Pick<ClassifierRegistry, 'describe' | 'list' | 'version' | 'defaultName'>;
}

/** A training that is asked for, ready for the queue. Throws AppError `unknown_dataset`, `unknown_dataset_version`, `unknown_model`, `invalid_request`, `invalid_dataset`, and as checkSettings. */
export async function prepareTraining(
  { storage, registry }: Pick<SubmissionDeps, 'storage' | 'registry'>,
  request: RetrainRequest,
): Promise<NewTraining> {
  const { task } = await storage.datasets.get(request.dataset);
  assertSameTask(registry, request, task);
  if (task === 'multi-label') assertFitsSets(request);
  (task === 'multi-label' ? assertSetsTrainable : assertTrainable)(
    await storage.classCounts(request.dataset, request.datasetVersion),
  );
  await checkSettings(registry, request);
  return {
    classifier: request.model,
    dataset: request.dataset,
    request: toJson(request),
    seed: chosenBy(request).seed,
  };
}

/** Whatever the dataset holds. Throws AppError `unknown_model`, `invalid_request`, `fine_tuning_unavailable`, `not_ready`. */
export async function checkSettings(registry: SubmissionDeps['registry'], request: RetrainRequest): Promise<void> {
  if (request.search !== undefined && request.fineTune !== undefined)
    throw new AppError(
      'fine_tuning_unavailable',
      'Fine-tuning is not possible together with a search, because it makes another backbone: search with its version as "backbone" afterwards',
    );
  if (request.backbone !== undefined) registry.describe(request.backbone);
  if (request.fineTune !== undefined) await assertFineTunable(chooseBackbone(registry, request));
  chosenBy(request);
}

interface SubmissionOptions {
  /** Of the training, if it was chosen. */
  readonly id?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly startedBy?: TrainingStarter;
}

/** Throws as prepareTraining. */
export const submitTraining = async (
  deps: SubmissionDeps,
  request: RetrainRequest,
  options: SubmissionOptions = {},
): Promise<Training> => deps.queue.submit({ ...(await prepareTraining(deps, request)), ...options });

const toJson = (request: RetrainRequest): JsonObject => JSON.parse(JSON.stringify(request)) as JsonObject;
