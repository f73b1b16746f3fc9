// Reports how far a training is: in its row for those who ask, by events for those who follow. Never more than the database can
// take.
import type { JsonObject } from '../data/trainings/schemas.js';
import type { TrainingClaim } from '../data/trainings/trainingClaim.js';

/** Stages in order with the share of the whole that each takes, for the progress of the training. */
const shares = {
  snapshot: 0.02,
  ranges: 0.03,
  embeddings: 0.52,
  fit: 0.25,
  evaluate: 0.05,
  precision: 0.05,
  compare: 0.03,
  publish: 0.03,
  activate: 0.02,
} as const;
export type Stage = keyof typeof shares;

/** Progress events of one training are at least this far apart. */
const minIntervalMs = 250;

const shareBefore = (stage: Stage): number => {
  const names = Object.keys(shares) as Stage[];
  return names.slice(0, names.indexOf(stage)).reduce((sum, name) => sum + shares[name], 0);
};

export class Reporter {
  #stage: Stage = 'snapshot';
  #startedAt = 0;
  #lastAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(
    private readonly claim: Pick<TrainingClaim, 'report'>,
    private readonly now: () => number,
  ) {}

  /** Throws LostClaimError. */
  async begin(stage: Stage): Promise<void> {
    this.#stage = stage;
    this.#startedAt = this.now();
    this.#lastAt = -Infinity;
    await this.#writing;
    await this.#write('stage', { stage }, shareBefore(stage));
  }

  /** Seconds since the stage began. */
  get seconds(): number {
    return Math.round(this.now() - this.#startedAt) / 1000;
  }

  /** A step within the stage; left out when the last one is too recent or still being written. `share` of the stage is done. */
  step(kind: 'progress' | 'epoch', share: number, data: JsonObject): void {
    const at = this.now();
    if (this.#busy || (at - this.#lastAt < minIntervalMs && share < 1)) return;
    this.#lastAt = at;
    this.#busy = true;
    const etaSeconds = share > 0 ? Math.round(((at - this.#startedAt) * (1 - share)) / share / 100) / 10 : null;
    const progress = shareBefore(this.#stage) + shares[this.#stage] * Math.min(1, share);
    this.#writing = this.#write(kind, { stage: this.#stage, ...data, etaSeconds }, progress)
      // Progress is a courtesy: a database that is away shows at the stage's own writes, a lost claim by the run's signal.
      .catch(() => undefined)
      .finally(() => {
        this.#busy = false;
      });
  }

  /** Resolves when nothing is being written. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  async #write(kind: string, data: JsonObject, progress: number): Promise<void> {
    await this.claim.report({ stage: this.#stage, progress: Math.min(1, progress), kind, data });
  }
}
