// Measures, on images, between which values each activation of a backbone lies that int8 will round: in a thread that ends, for the
// graph with all its activations as outputs takes hundreds of megabytes.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ActivationRanges } from './activationRanges.js';
import type { RangeMethod } from './histogram.js';

/** What the thread is started with. `file`: the compiled graph in float32; `shape`: [height, width, 3] of its pixels. */
export interface MeasureJob {
  readonly file: string;
  readonly shape: readonly [number, number, number];
  readonly threads: number;
  readonly method: RangeMethod;
}

/** Main → thread: the pixels of one image, uint8 [height, width, 3]; null: there are no more. */
export type MeasureInput = Uint8Array | null;

/** Thread → main: `next` asks for an image. */
export type MeasureReply =
  | { readonly type: 'next' }
  | { readonly type: 'done'; readonly images: number; readonly ranges: ActivationRanges['ranges'] }
  | { readonly type: 'failed'; readonly reason: string };

export interface MeasureOptions {
  /** Threads of a run. */
  readonly threads: number;
  readonly signal?: AbortSignal;
  /** Default: percentile, which docs/quantization.md compares with the others. */
  readonly method?: RangeMethod;
}

/**
 * Gives the ranges of the values that quantizeGraph rounds, and how many images it was given. Rejects with the signal's reason, with
 * what `images` throws, and with Error when there is no image or the graph cannot be run. Takes about two runs' time an image.
 */
export async function measureRanges(
  file: string,
  shape: MeasureJob['shape'],
  images: AsyncIterable<Uint8Array>,
  { threads, signal, method = 'percentile' }: MeasureOptions,
): Promise<Pick<ActivationRanges, 'images' | 'ranges'>> {
  const workerData: MeasureJob = { file, shape, threads, method };
  const worker = new Worker(new URL('./measureWorker.js', import.meta.url), { workerData });
  const exited = once(worker, 'exit');
  const replies = repliesOf(worker, signal);
  try {
    await replies.next();
    for await (const pixels of images) {
      worker.postMessage(pixels satisfies MeasureInput);
      await replies.next();
    }
    worker.postMessage(null satisfies MeasureInput);
    const last = (await replies.next()).value;
    if (last?.type !== 'done') throw new Error('the measurement ended without a result');
    return { images: last.images, ranges: last.ranges };
  } finally {
    await replies.return(undefined);
    await worker.terminate();
    await exited;
  }
}

/** The thread's replies, one at a time; throws when one says that it failed, when the thread dies, and the signal's reason. */
async function* repliesOf(worker: Worker, signal: AbortSignal | undefined): AsyncGenerator<MeasureReply, undefined> {
  const options = signal ? { signal } : {};
  for (;;) {
    try {
      const [reply] = (await once(worker, 'message', options)) as [MeasureReply];
      if (reply.type === 'failed') throw new Error(reply.reason);
      yield reply;
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }
}
