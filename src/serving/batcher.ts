// The queue in front of the engine: forms a batch whenever the engine is free, drops items whose caller gave up, isolates those
// that fail.
import { AppError } from '../errors.js';
import { EngineLostError, type Engine, type EngineOutput } from '../engines/engine.js';
import { BatchMemory } from './batchMemory.js';
import { Turns, type Priority } from '../turns.js';

export interface BatchItem {
  readonly backboneId: string;
  /** uint8 RGB, [height, width, 3] of the backbone. */
  readonly pixels: Uint8Array;
  readonly headIds: readonly string[];
  readonly priority: Priority;
  /** Aborting rejects the item with the signal's reason and takes it out of the queue. */
  readonly signal?: AbortSignal;
}

export interface BatchResult {
  /** [embeddingSize] */
  readonly embedding: Float32Array;
  /** By head id: [classes] */
  readonly logits: ReadonlyMap<string, Float32Array>;
  readonly queueMs: number;
  /** When its batch went to the engine, on the batcher's clock. */
  readonly startedAt: number;
  readonly inferenceMs: number;
  /** The heads' part of it. */
  readonly headMs: number;
  /** Images in the batch. */
  readonly batchSize: number;
}

export interface BatcherOptions {
  readonly maxBatchSize: number;
  /** Of background work while requests come. Kept small: the next request waits for the whole batch. */
  readonly backgroundBatchSize: number;
  /** Most requests waiting; background items are not counted, their producer waits for each. */
  readonly maxQueue: number;
}

export interface ObservedBatch {
  readonly size: number;
  readonly inferenceMs: number;
  readonly queueMs: readonly number[];
  readonly headIds: readonly string[];
  readonly priority: Priority;
}

export interface BatchObserver {
  onBatch(batch: ObservedBatch): void;
}

interface Entry {
  readonly item: BatchItem;
  readonly arrivedAt: number;
  attempts: number;
  settled: boolean;
  resolve(result: BatchResult): void;
  reject(error: unknown): void;
}

/** No request for this long, and background work has the engine to itself, in whole batches. */
const quietAfterMs = 1000;

/** Runs of one item in which the engine may die before the item itself is rejected. */
const maxAttempts = 2;

export class Batcher {
  readonly #queues: Record<Priority, Entry[]> = { request: [], background: [] };
  /** Of the one batch that is in the engine at a time. */
  readonly #memory = new BatchMemory();
  #running = false;
  #lastRequestAt = -Infinity;
  readonly #turns: Turns;
  #idle: Array<() => void> = [];

  constructor(
    private readonly engine: Engine,
    private readonly options: BatcherOptions,
    private readonly observer: BatchObserver = { onBatch: () => undefined },
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#turns = new Turns(now);
  }

  /** Items waiting, not counting the batch in flight. */
  get depth(): number {
    return this.#queues.request.length + this.#queues.background.length;
  }

  /**
   * Queues one item. Rejects with AppError overloaded when the queue is full, engine_unavailable when the engine died
   * with it twice, the signal's reason when aborted, and with the engine's own error when this very item fails alone.
   */
  submit(item: BatchItem): Promise<BatchResult> {
    const queue = this.#queues[item.priority];
    if (item.priority === 'request' && queue.length >= this.options.maxQueue) {
      return Promise.reject(
        new AppError('overloaded', `${queue.length} images are waiting already; try again in a moment`),
      );
    }
    if (item.priority === 'request') this.#lastRequestAt = this.now();
    return new Promise((resolve, reject) => {
      const entry = this.#entry(item, resolve, reject);
      if (entry.settled) return;
      queue.push(entry);
      this.#start();
    });
  }

  /** Resolves when nothing is queued or in flight. */
  drained(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #entry(item: BatchItem, resolve: (result: BatchResult) => void, reject: (error: unknown) => void): Entry {
    const settle = (finish: () => void): void => {
      if (entry.settled) return;
      entry.settled = true;
      item.signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const entry: Entry = {
      item,
      arrivedAt: this.now(),
      attempts: 0,
      settled: false,
      resolve: (result) => settle(() => resolve(result)),
      reject: (error) => settle(() => reject(error)),
    };
    const onAbort = (): void => {
      entry.reject(item.signal?.reason);
      this.#forget(entry);
    };
    if (item.signal?.aborted === true) onAbort();
    else item.signal?.addEventListener('abort', onAbort, { once: true });
    return entry;
  }

  #forget(entry: Entry): void {
    const queue = this.#queues[entry.item.priority];
    const index = queue.indexOf(entry);
    if (index >= 0) queue.splice(index, 1);
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    // On the next turn of the loop, so that what arrives together (a batch upload) forms one batch.
    setImmediate(() => void this.#work());
  }

  async #work(): Promise<void> {
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#run(batch);
    this.#running = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** The oldest items that share a backbone, of the queue whose turn it is. */
  #take(): Entry[] {
    const priority = this.#turns.next(this.#queues.request[0], this.#queues.background[0]);
    const queue = this.#queues[priority];
    const quiet = this.now() - this.#lastRequestAt > quietAfterMs;
    const limit = priority === 'request' || quiet ? this.options.maxBatchSize : this.options.backgroundBatchSize;
    const first = queue[0];
    if (first === undefined) return [];
    // An item that the engine died with goes alone the second time: it then takes no other down with it.
    const batch = first.attempts > 0 ? [first] : queue.filter((entry) => mayShareBatch(entry, first)).slice(0, limit);
    for (const entry of batch) queue.splice(queue.indexOf(entry), 1);
    return batch;
  }

  async #run(batch: readonly Entry[]): Promise<void> {
    const startedAt = this.now();
    try {
      const headIds = [...new Set(batch.flatMap((entry) => entry.item.headIds))];
      const output = await this.engine.run({
        backboneId: batch[0]!.item.backboneId,
        pixels: this.#memory.fill(batch.map(({ item }) => item.pixels)),
        count: batch.length,
        headIds,
      });
      const queueMs = batch.map((entry) => startedAt - entry.arrivedAt);
      const { priority } = batch[0]!.item;
      this.observer.onBatch({ size: batch.length, inferenceMs: output.inferenceMs, queueMs, headIds, priority });
      batch.forEach((entry, index) =>
        entry.resolve({
          ...rowOf(output, index, batch.length, entry.item),
          queueMs: queueMs[index]!,
          startedAt,
          inferenceMs: output.inferenceMs,
          headMs: output.headMs,
          batchSize: batch.length,
        }),
      );
    } catch (error) {
      await this.#afterFailure(batch, error);
    }
  }

  async #afterFailure(batch: readonly Entry[], error: unknown): Promise<void> {
    if (error instanceof EngineLostError) this.#retryLater(batch, error);
    // Where there is no engine, no item is to blame, and each alone would wait for it once more.
    else if (batch.length === 1 || (error instanceof AppError && error.code === 'engine_unavailable'))
      for (const entry of batch) entry.reject(error);
    else for (const entry of batch.filter((one) => !one.settled)) await this.#run([entry]);
  }

  #retryLater(batch: readonly Entry[], error: EngineLostError): void {
    for (const entry of [...batch].reverse()) {
      entry.attempts += 1;
      if (entry.settled) continue;
      if (entry.attempts < maxAttempts) this.#queues[entry.item.priority].unshift(entry);
      else
        entry.reject(
          new AppError('engine_unavailable', 'the inference engine stopped twice while it worked on this image', {
            cause: error,
          }),
        );
    }
  }
}

const mayShareBatch = (entry: Entry, first: Entry): boolean =>
  entry.item.backboneId === first.item.backboneId && entry.attempts === 0;

function rowOf(
  output: EngineOutput,
  index: number,
  count: number,
  item: BatchItem,
): Pick<BatchResult, 'embedding' | 'logits'> {
  const row = (values: Float32Array): Float32Array =>
    values.slice((index * values.length) / count, ((index + 1) * values.length) / count);
  const logits = new Map(item.headIds.map((id) => [id, row(output.logits.get(id)!)]));
  return { embedding: row(output.embeddings), logits };
}
