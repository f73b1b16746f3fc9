// Threads that compare: 20,000 embeddings take tens of milliseconds, in which the server's own thread answers others.
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { Near, NearestTask } from './nearest.js';

/** Fewer rows are compared before a second thread has begun. */
const leastRows = 2000;
/** A thread ends when it had nothing to do for so long. */
const idleMs = 60_000;

export class NearestThreads {
  #pool: Piscina<NearestTask, Near[]> | undefined;

  constructor(private readonly count = availableParallelism()) {}

  /** As findNearest; each thread compares a part of the rows. */
  async find({ vectors, query, limit }: NearestTask): Promise<Near[]> {
    const pool = (this.#pool ??= this.#start());
    const size = query.length;
    const rows = vectors.length / size;
    const perPart = Math.max(leastRows, Math.ceil(rows / this.count));
    const starts = Array.from({ length: Math.ceil(rows / perPart) }, (_, part) => part * perPart);
    const parts = starts.map(async (start) => {
      const part = vectors.subarray(start * size, (start + perPart) * size);
      const near = await pool.run({ vectors: part, query, limit });
      return near.map(({ row, similarity }) => ({ row: start + row, similarity }));
    });
    return (await Promise.all(parts))
      .flat()
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, limit);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }

  #start(): Piscina<NearestTask, Near[]> {
    const filename = new URL('./nearestWorker.js', import.meta.url).href;
    return new Piscina({ filename, minThreads: 0, maxThreads: this.count, idleTimeout: idleMs });
  }
}
