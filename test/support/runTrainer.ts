// One task of the trainer, for tests that need no more.
import { Trainer, type TaskOptions } from '../../src/training/worker/trainer.js';
import type { TrainerResults, TrainerTask } from '../../src/training/worker/trainerTask.js';

/** One task in a thread that ends with it: see Trainer. */
export async function runTrainer<Task extends TrainerTask>(
  task: Task,
  options: TaskOptions = {},
): Promise<TrainerResults[Task['kind']]> {
  const trainer = new Trainer();
  try {
    return await trainer.run(task, options);
  } finally {
    await trainer.close();
  }
}
