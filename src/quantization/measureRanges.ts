// Measures, on images, between which values each activation of a backbone lies that int8 will round: in a thread that ends, for the
// graph with all its activations as outputs takes hundreds of megabytes.
import { Piscina } from 'piscina';
import type { ActivationRanges } from './activationRanges.js';
import type { RangeMethod } from './histogram.js';

/** What the thread is started with. `file`: the compiled graph in float32; `shape`: [height, width, 3] of its pixels. */
export interface MeasureJob {
  readonly file: string;
  readonly shape: readonly [number, number, number];
  readonly threads: number;
  readonly method: RangeMethod;
}

/** One task of the thread: the pixels of an image, uint8 [height, width, 3]; null asks for what all of them gave. */
export type MeasureTask = Uint8Array | null;

export type Measured = Pick<ActivationRanges, 'images' | 'ranges'>;

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
): Promise<Measured> {
  const workerData: MeasureJob = { file, shape, threads, method };
  const filename = new URL('./measureWorker.js', import.meta.url).href;
  // One thread from the first to the last task: it keeps the histograms.
  const thread = new Piscina<MeasureTask, Measured>({ filename, workerData, minThreads: 1, maxThreads: 1 });
  const run = (task: MeasureTask): Promise<Measured> => thread.run(task, signal ? { signal } : {});
  try {
    for await (const pixels of images) await run(pixels);
    return await run(null);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    await thread.destroy();
  }
}
