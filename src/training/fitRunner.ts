// Runs one fit in a worker thread of its own. Whatever happens in there (no memory, NaN, a crash) ends as a rejection here, never as the server's end.
import { Worker } from 'node:worker_threads';
import type { FitMessage, FitProgress, FitResult, FitTask } from './fitTask.js';

/** The fit could not be finished; the message is for the user. */
export class FitFailedError extends Error {
  override readonly name = 'FitFailedError';
}

export interface FitRunOptions {
  /** Aborting ends the worker; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
  /** JavaScript heap of the worker in MiB; embeddings live outside of it. */
  readonly maxHeapMb?: number;
}

const workerFile = new URL('./fitWorker.js', import.meta.url);

function explain(error: unknown): FitFailedError {
  const code = (error as NodeJS.ErrnoException).code;
  const reason = code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'the trainer ran out of memory' : `the trainer failed: ${(error as Error).message}`;
  return new FitFailedError(reason, { cause: error });
}

/** Rejects with FitFailedError, or with the signal's reason. The task's arrays are copied to the worker, not taken. */
export function runFit(task: FitTask, { signal, onProgress, maxHeapMb = 512 }: FitRunOptions = {}): Promise<FitResult> {
  signal?.throwIfAborted();
  const worker = new Worker(workerFile, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    stdout: true,
    stderr: true,
  });
  return new Promise<FitResult>((resolve, reject) => {
    const abort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    worker.on('message', (message: FitMessage) => {
      if (message.type === 'progress') onProgress?.(message.progress);
      else if (message.type === 'done') resolve(message.result);
      else reject(new FitFailedError(message.reason));
    });
    worker.on('error', (error) => reject(explain(error)));
    worker.on('exit', (code) => reject(new FitFailedError(`the trainer ended early with code ${code}`)));
  }).finally(() => {
    // The worker holds the embeddings' copy: its end gives the memory back.
    void worker.terminate();
  });
}
