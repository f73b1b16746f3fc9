// Metrics of trainings: how many wait and run, how those of this process ended, how long their stages took.
import { setTimeout as delay } from 'node:timers/promises';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { finalStates } from '../data/trainings/schemas.js';
import type { TrainingObserver } from '../data/trainings/trainingObserver.js';

export type CountActiveTrainings = () => Promise<{ readonly queued: number; readonly running: number }>;

/** A scrape does not wait for a database that is away: the gauge is left out of it then. */
const patienceMs = 1_000;

export class TrainingMetrics {
  readonly #registry: Registry;
  readonly #ended: Counter<'outcome'>;
  readonly #stages: Histogram<'stage'>;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#ended = new Counter({
      name: 'taxon_trainings_ended_total',
      help: 'Trainings that this process ended, by outcome.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    // A rate needs a first value: a failure is not to be missed because it is the first.
    for (const outcome of finalStates) this.#ended.inc({ outcome }, 0);
    this.#stages = new Histogram({
      name: 'taxon_training_stage_duration_seconds',
      help: 'Finished stages of trainings that ran in this process.',
      labelNames: ['stage'],
      buckets: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600, 14400],
      registers: [registry],
    });
  }

  /** Also shows how many trainings the database has that are not over; called once, when it is open. */
  watch(countActive: CountActiveTrainings): void {
    new Gauge({
      name: 'taxon_trainings',
      help: 'Trainings that wait (queued) and that run (running), in every process that shares the database.',
      labelNames: ['state'],
      registers: [this.#registry],
      async collect() {
        this.reset();
        const counts = await countInTime(countActive);
        for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
      },
    });
  }

  readonly observer: TrainingObserver = {
    onStage: (_training, stage, seconds) => this.#stages.observe({ stage }, seconds),
    onEnd: (_training, { state }) => this.#ended.inc({ outcome: state }),
  };
}

/** Empty when the counts cannot be had now. */
export async function countInTime(countActive: CountActiveTrainings): Promise<Readonly<Record<string, number>>> {
  const late = delay(patienceMs, {}, { ref: false });
  return Promise.race([countActive().catch(() => ({})), late]);
}
