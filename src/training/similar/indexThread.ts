// The thread that keeps the indexes and searches them: the server's own has others to answer meanwhile.
import { Piscina } from 'piscina';
import type { Found } from './embeddingIndex.js';
import type { SearchTask, UpdateTask } from './indexWorker.js';

/** Searches go on while an index is read. */
const tasksAtOnce = 8;

export class IndexThread {
  #pool: Piscina | undefined;

  /** Makes or follows an index; gives how many of its images have an embedding. */
  update(task: UpdateTask): Promise<number> {
    return this.#run('update', task) as Promise<number>;
  }

  /** undefined: there is no such index (any more); a thread that died has lost them all. */
  search(task: SearchTask): Promise<Found[] | undefined> {
    return this.#run('search', task) as Promise<Found[] | undefined>;
  }

  async drop(key: string): Promise<void> {
    await this.#run('drop', key);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await pool?.destroy();
  }

  #run(name: 'update' | 'search' | 'drop', task: UpdateTask | SearchTask | string): Promise<unknown> {
    this.#pool ??= new Piscina({
      filename: new URL('./indexWorker.js', import.meta.url).href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: tasksAtOnce,
    });
    return this.#pool.run(task, { name });
  }
}
