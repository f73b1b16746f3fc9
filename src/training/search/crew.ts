// Several trainers, one task each at a time.
import { Trainer, type TaskOptions } from '../worker/trainer.js';
import type { TrainerResults, TrainerTask } from '../worker/trainerTask.js';

export class Crew {
  readonly #idle: Trainer[];
  readonly #all: readonly Trainer[];

  /** `maxHeapMb`: see Trainer. */
  constructor(
    readonly size: number,
    maxHeapMb: number,
  ) {
    this.#all = Array.from({ length: size }, () => new Trainer(maxHeapMb));
    this.#idle = [...this.#all];
  }

  /** As Trainer.run. At most `size` tasks at a time. */
  async run<Task extends TrainerTask>(task: Task, options: TaskOptions): Promise<TrainerResults[Task['kind']]> {
    const trainer = this.#idle.pop();
    if (!trainer) throw new Error(`A crew of ${this.size} does no more tasks at a time.`);
    try {
      return await trainer.run(task, options);
    } finally {
      this.#idle.push(trainer);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((trainer) => trainer.close()));
  }
}
