// Entry of the trainer worker: sets the wasm backend up, does one task, answers, ends.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
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

/** Linux gives each thread a priority of its own: this one takes what requests leave of the cores. Elsewhere it shares them. */
function yieldToRequests(): void {
  if (process.platform === 'linux') setPriority(Number(basename(readlinkSync('/proc/thread-self'))), 10);
}

try {
  yieldToRequests();
  await tf.setBackend('wasm');
  send({ type: 'done', result: await perform(workerData as TrainerTask) });
} catch (error) {
  send({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
}
