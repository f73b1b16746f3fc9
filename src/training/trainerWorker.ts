// Entry of the trainer worker: sets the wasm backend up, does one task, answers, ends.
import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { compareHeads, evaluateHead } from './judge.js';
import { fitCandidatesOf } from './search.js';
import type { TrainerMessage, TrainerResults, TrainerTask } from './trainerTask.js';

const port = parentPort;
if (!port) throw new Error('trainerWorker.js runs only as a worker thread');

const send = (message: TrainerMessage): void => port.postMessage(message);

async function perform(task: TrainerTask): Promise<TrainerResults[keyof TrainerResults]> {
  switch (task.kind) {
    case 'fit':
      return fitCandidatesOf(task, (progress) => send({ type: 'progress', progress }));
    case 'evaluate':
      return evaluateHead(task);
    case 'compare':
      return compareHeads(task);
  }
}

try {
  await tf.setBackend('wasm');
  send({ type: 'done', result: await perform(workerData as TrainerTask) });
} catch (error) {
  send({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
}
