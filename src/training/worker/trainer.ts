// Does one task in a worker thread of its own. Whatever happens in there (no memory, NaN, a crash) ends as a rejection here, never as the server's end.
import { Worker } from 'node:worker_threads';
import type { FitProgress, TrainerMessage, TrainerResults, TrainerTask } from './trainerTask.js';

/** The task could not be finished; the message is for the user. */
export class TrainerFailedError extends Error {
  override readonly name = 'TrainerFailedError';
}

export interface TrainerOptions {
  /** Aborting ends the worker; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
  /** JavaScript heap of the worker in MiB; embeddings lie outside of it. */
  readonly maxHeapMb?: number;
}

const workerFile = new URL('./trainerWorker.js', import.meta.url);

function explain(error: unknown): TrainerFailedError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'the trainer ran out of memory' : `the trainer failed: ${message}`;
  return new TrainerFailedError(reason, { cause: error });
}

/** Rejects with TrainerFailedError, or with the signal's reason. Arrays of the task are copied to the worker unless they are shared memory. */
export function runTrainer<Task extends TrainerTask>(
  task: Task,
  { signal, onProgress, maxHeapMb = 512 }: TrainerOptions = {},
): Promise<TrainerResults[Task['kind']]> {
  signal?.throwIfAborted();
  // What tfjs says about itself on the console is no concern of the server's log.
  const quiet = { stdout: true, stderr: true };
  const worker = new Worker(workerFile, {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    ...quiet,
  });
  const { promise, resolve, reject } = withResolvers<TrainerResults[Task['kind']]>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  worker.on('message', (message: TrainerMessage) => {
    if (message.type === 'progress') onProgress?.(message.progress);
    else if (message.type === 'done') resolve(message.result as TrainerResults[Task['kind']]);
    else reject(new TrainerFailedError(message.reason));
  });
  worker.on('error', (error) => reject(explain(error)));
  worker.on('exit', (code) => reject(new TrainerFailedError(`the trainer ended early with code ${code}`)));
  return promise.finally(async () => {
    signal?.removeEventListener('abort', abort);
    // Its end gives back the memory of the embeddings' copy.
    await worker.terminate();
  });
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function withResolvers<T>(): Resolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
