// What the trainer worker does: sets the wasm backend up and performs one task.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { compareHeads, evaluateHead } from './evaluateHeads.js';
import { fitAndSelectBest } from '../fit/candidates.js';
import type { FitProgress, TrainerResults, TrainerTask } from './trainerTask.js';

/** Throws what the task throws: DivergedError when no head could be fitted. */
export async function performTask(
  task: TrainerTask,
  onProgress: (progress: FitProgress) => void,
): Promise<TrainerResults[keyof TrainerResults]> {
  await tf.setBackend('wasm');
  switch (task.kind) {
    case 'fit':
      return fitAndSelectBest(task, onProgress);
    case 'evaluate':
      return evaluateHead(task);
    case 'compare':
      return compareHeads(task);
  }
}
