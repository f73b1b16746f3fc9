// Does the tasks of one training in a worker thread of its own. Whatever happens in there (no memory, NaN, a crash) ends as a
// rejection here, never as the server's end.
import { Worker } from 'node:worker_threads';
import type { FitProgress, TrainerMessage, TrainerResults, TrainerTask } from './trainerTask.js';

/** The task could not be finished; the message is for the user. */
export class TrainerFailedError extends Error {
  override readonly name = 'TrainerFailedError';
}

export interface TaskOptions {
  /** Aborting ends the thread; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
}

/** How the current task ends. */
interface Pending {
  readonly resolve: (result: TrainerResults[keyof TrainerResults]) => void;
  readonly reject: (reason: unknown) => void;
  readonly onProgress: TaskOptions['onProgress'];
}

const workerFile = new URL('./trainerWorker.js', import.meta.url);

function explain(error: unknown): TrainerFailedError {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason =
    code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'the trainer ran out of memory' : `the trainer failed: ${message}`;
  return new TrainerFailedError(reason, { cause: error });
}

/**
 * Starting the thread loads tfjs, which takes half a second: it starts with the first task and stays for the next ones, until
 * `close` or a task that fails. One task at a time.
 */
export class Trainer {
  readonly #maxHeapMb: number;
  #worker: Worker | undefined;
  #pending: Pending | undefined;

  /** `maxHeapMb`: JavaScript heap of the thread in MiB; embeddings lie outside of it. */
  constructor(maxHeapMb = 512) {
    this.#maxHeapMb = maxHeapMb;
  }

  /**
   * Rejects with TrainerFailedError, or with the signal's reason; the next task then gets a new thread. Arrays of the task are
   * copied to the thread unless they are shared memory.
   */
  async run<Task extends TrainerTask>(
    task: Task,
    { signal, onProgress }: TaskOptions = {},
  ): Promise<TrainerResults[Task['kind']]> {
    signal?.throwIfAborted();
    if (this.#pending) throw new Error('A trainer does one task at a time.');
    const worker = (this.#worker ??= this.#start());
    const abort = (): void => this.#pending?.reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const result = await new Promise((resolve, reject) => {
        this.#pending = { resolve, reject, onProgress };
        worker.postMessage(task);
      });
      return result as TrainerResults[Task['kind']];
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      this.#pending = undefined;
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Ends the thread, which gives its memory back. Idempotent; a task may follow. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const resourceLimits = { maxOldGenerationSizeMb: this.#maxHeapMb };
    // With stdout and stderr of its own: what tfjs prints stays out of the server's log.
    const worker = new Worker(workerFile, { resourceLimits, stdout: true, stderr: true });
    worker.on('message', (message: TrainerMessage) => this.#receive(message));
    worker.on('error', (error) => this.#lose(worker, explain(error)));
    worker.on('exit', (code) =>
      this.#lose(worker, new TrainerFailedError(`the trainer ended early with code ${code}`)),
    );
    return worker;
  }

  #receive(message: TrainerMessage): void {
    if (message.type === 'progress') this.#pending?.onProgress?.(message.progress);
    else if (message.type === 'done') this.#pending?.resolve(message.result);
    else this.#pending?.reject(new TrainerFailedError(message.reason));
  }

  /** The thread died, in a task or between two. */
  #lose(worker: Worker, reason: TrainerFailedError): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#pending?.reject(reason);
  }
}
