// Entry of the trainer worker: does one task, answers, ends.
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { TrainerMessage, TrainerTask } from './trainerTask.js';

const port = parentPort;
if (!port) throw new Error('trainerWorker.js runs only as a worker thread');

const send = (message: TrainerMessage): void => port.postMessage(message);

/** Linux gives each thread a priority of its own: this one takes what requests leave of the cores. Elsewhere it shares them. */
function yieldToRequests(): void {
  if (process.platform === 'linux') setPriority(Number(basename(readlinkSync('/proc/thread-self'))), 10);
}

try {
  yieldToRequests();
  // Loading tfjs is half a second of work, so it comes after the thread has stepped back.
  const { performTask } = await import('./performTask.js');
  send({
    type: 'done',
    result: await performTask(workerData as TrainerTask, (progress) => send({ type: 'progress', progress })),
  });
} catch (error) {
  send({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
}
