// A training that the page asked for, followed to its end.
import type { NewTraining, Training, TrainingEvent } from 'taxon-client';
import { taxon } from './session.js';

/** Where it is now; `done` of `total` images or epochs where the stage counts. */
export interface TrainingProgress {
  readonly stage: string;
  readonly done: number | undefined;
  readonly total: number | undefined;
  /** Until the stage is over. */
  readonly secondsLeft: number | undefined;
}

/** The training once it has succeeded. Throws TrainingError when it fails, TaxonError; `signal` ends the following, not the training. */
export async function trainAndFollow(
  request: NewTraining,
  onProgress: (progress: TrainingProgress) => void,
  signal: AbortSignal,
): Promise<Training> {
  const { id } = await taxon.value.train(request, { signal });
  onProgress({ stage: 'queued', done: undefined, total: undefined, secondsLeft: undefined });
  return taxon.value.waitForTraining(id, { signal, onEvent: (event) => onProgress(progressOf(event)) });
}

function progressOf({ kind, data }: TrainingEvent): TrainingProgress {
  const { stage, done, total, epoch, epochs, etaSeconds } = data as Partial<Record<string, number>> & {
    stage?: string;
  };
  return { stage: stage ?? kind, done: done ?? epoch, total: total ?? epochs, secondsLeft: etaSeconds };
}
