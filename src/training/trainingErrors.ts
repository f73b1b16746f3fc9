// The ways in which a training fails for a reason that the user can do something about, as errors with their wording.
import { isDiskFull } from '../durableFiles.js';
import { AppError } from '../errors.js';

/** The dataset cannot give a classifier; `detail` says what to add. */
export const cannotTrain = (detail: string): AppError => new AppError('invalid_dataset', detail);

/** Fitting, evaluating or storing went wrong for a known reason. */
export const trainingFailed = (detail: string, cause?: unknown): AppError =>
  new AppError('training_failed', detail, { cause });

/** A full disk as an error that says so; anything else as it is. */
export function explainDisk(error: unknown): unknown {
  if (!isDiskFull(error) && !isDiskFull((error as Error).cause ?? {})) return error;
  return new AppError(
    'storage_full',
    'There is no room left under DATA_DIR or MODELS_DIR. Free disk space and retrain: embeddings that are there already are not computed again.',
    {
      cause: error,
    },
  );
}
