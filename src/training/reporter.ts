// Reports how far a training is: in its row for those who ask, by events for those who follow. Never more often than the database
// can take, but every epoch: those between two events come with the second.
import type { JsonObject } from '../data/trainings/schemas.js';
import type { TrainingClaim } from '../data/trainings/trainingClaim.js';

/** Stages in order with the share of the whole that each takes, for the progress of the training. */
const shares = {
  snapshot: 0.02,
  ranges: 0.03,
  embeddings: 0.52,
  fit: 0.25,
  evaluate: 0.05,
  compare: 0.03,
  precision: 0.05,
  publish: 0.03,
  activate: 0.02,
} as const;

/** Of a training that searches, which has fitted its head many times by then. */
const sharesWithSearch = {
  snapshot: 0.02,
  ranges: 0.03,
  embeddings: 0.32,
  search: 0.4,
  fit: 0.05,
  evaluate: 0.05,
  compare: 0.03,
  precision: 0.05,
  publish: 0.03,
  activate: 0.02,
} as const;
export type Stage = keyof typeof sharesWithSearch | 'fine-tune';

/** Share of a training that fine-tunes which that takes; the other stages share the rest. */
const fineTuningShare = 0.75;

/** What a training does beside the usual. */
interface Extent {
  readonly fineTunes?: boolean;
  readonly searches?: boolean;
}

/** Stages in order. */
function sharesOf({ fineTunes = false, searches = false }: Extent): [Stage, number][] {
  const all = Object.entries(searches ? sharesWithSearch : shares) as [Stage, number][];
  if (!fineTunes) return all;
  const [snapshot, ...others] = all.map(([stage, share]): [Stage, number] => [stage, (1 - fineTuningShare) * share]);
  return [snapshot!, ['fine-tune', fineTuningShare], ...others];
}

/** Progress events of one training are at least this far apart. */
const minIntervalMs = 250;

export class Reporter {
  #stage: Stage = 'snapshot';
  #startedAt = 0;
  #lastAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;
  /** Epochs since the last event. */
  #untold: JsonObject[] = [];

  #shares: readonly (readonly [Stage, number])[];

  constructor(
    private readonly claim: Pick<TrainingClaim, 'report'>,
    private readonly now: () => number,
    extent: Extent = {},
  ) {
    this.#shares = sharesOf(extent);
  }

  /** To be called between the stages compare and publish: precision comes after all others. */
  measuresLast(): void {
    const isPrecision = ([stage]: readonly [Stage, number]): boolean => stage === 'precision';
    this.#shares = [...this.#shares.filter((one) => !isPrecision(one)), ...this.#shares.filter(isPrecision)];
  }

  #shareBefore(stage: Stage): number {
    const before = this.#shares.findIndex(([name]) => name === stage);
    return this.#shares.slice(0, before).reduce((sum, [, share]) => sum + share, 0);
  }

  #shareOf(stage: Stage): number {
    return this.#shares.find(([name]) => name === stage)?.[1] ?? 0;
  }

  /** Reports the steps of a part of the stage, from the share `from` of it to `to`. */
  part(from: number, to: number): Pick<Reporter, 'step' | 'tell'> {
    const within = (share: number): number => from + (to - from) * share;
    return {
      step: (kind, share, data) => this.step(kind, within(share), data),
      tell: (kind, share, data) => this.tell(kind, within(share), data),
    };
  }

  /** Throws LostClaimError. */
  async begin(stage: Stage): Promise<void> {
    await this.#writing;
    await this.#tellUntold();
    this.#stage = stage;
    this.#startedAt = this.now();
    this.#lastAt = -Infinity;
    await this.#write('stage', { stage }, this.#shareBefore(stage));
  }

  /** Seconds since the stage began. */
  get seconds(): number {
    return Math.round(this.now() - this.#startedAt) / 1000;
  }

  /**
   * A step within the stage; when the last one is too recent or still being written, progress is left out and an epoch comes with the
   * next event, under `earlier`. `share` of the stage is done.
   */
  step(kind: 'progress' | 'epoch', share: number, data: JsonObject): void {
    const at = this.now();
    if (this.#busy || (at - this.#lastAt < minIntervalMs && share < 1)) {
      if (kind === 'epoch') this.#untold.push(data);
      return;
    }
    this.#lastAt = at;
    this.#busy = true;
    const etaSeconds = this.#secondsLeft(at, share);
    const progress = this.#shareBefore(this.#stage) + this.#shareOf(this.#stage) * Math.min(1, share);
    this.#writing = this.#write(kind, { stage: this.#stage, ...data, ...this.#takeUntold(), etaSeconds }, progress)
      // Progress is a courtesy: a database that is away shows at the stage's own writes, a lost claim by the run's signal.
      .catch(() => undefined)
      .finally(() => {
        this.#busy = false;
      });
  }

  /** An event of its own, however short ago the last one was. `share` of the stage is done. Throws LostClaimError. */
  async tell(kind: string, share: number, data: JsonObject): Promise<void> {
    const progress = this.#shareBefore(this.#stage) + this.#shareOf(this.#stage) * Math.min(1, share);
    await this.#write(
      kind,
      { stage: this.#stage, ...data, etaSeconds: this.#secondsLeft(this.now(), share) },
      progress,
    );
  }

  /** Of the stage, were it to go on as it began; null while nothing of it is done. */
  #secondsLeft(at: number, share: number): number | null {
    return share > 0 ? Math.max(0, Math.round(((at - this.#startedAt) * (1 - share)) / share / 100) / 10) : null;
  }

  /** Resolves when nothing is being written. */
  flushed(): Promise<void> {
    return this.#writing;
  }

  #takeUntold(): JsonObject {
    const earlier = this.#untold;
    this.#untold = [];
    return earlier.length > 0 ? { earlier } : {};
  }

  /** The epochs that no event has told of when their stage ends. */
  async #tellUntold(): Promise<void> {
    const last = this.#untold.pop();
    if (last === undefined) return;
    const progress = this.#shareBefore(this.#stage) + this.#shareOf(this.#stage);
    await this.#write('epoch', { stage: this.#stage, ...last, ...this.#takeUntold(), etaSeconds: 0 }, progress);
  }

  async #write(kind: string, data: JsonObject, progress: number): Promise<void> {
    await this.claim.report({ stage: this.#stage, progress: Math.min(1, progress), kind, data });
  }
}
