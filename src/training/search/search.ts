// The course of a search: rounds of proposals, each with few epochs first, the best of a round with all of theirs.
import pMap from 'p-map';
import type { TrialRecord } from '../../data/trainings/trials.js';
import type { Hyperparameters } from '../fit/hyperparameters.js';
import type { Observation } from './proposals.js';
import type { TrialFigures } from './trial.js';

/** Proposals of a round; a constant, so that the course does not depend on how many cores there are. */
const roundSize = 6;
/** Of the epochs, in the first fit of a trial; and of a round's trials, those that go on (successive halving, Jamieson and Talwalkar 2016, by thirds). */
const firstShare = 1 / 3;

/** A fit of a trial, and what it gave. `share` 1: with all epochs. */
export type Trial = TrialRecord & { readonly hyperparameters: Hyperparameters } & TrialFigures;

export interface SearchPlan {
  /** Trial 0. */
  readonly chosen: Hyperparameters;
  /** Trials beside it. */
  readonly trials: number;
  /** Nothing is begun later, and what runs then is left; trial 0 is always finished. */
  readonly seconds: number;
}

export interface SearchDeps {
  /** Fits that were recorded before, of a process that has ended. */
  readonly known: readonly Trial[];
  /** Called at most `parallel` at a time. */
  readonly evaluate: (hyperparameters: Hyperparameters, share: number, signal: AbortSignal) => Promise<TrialFigures>;
  readonly parallel: number;
  readonly propose: (observations: readonly Observation[], count: number, round: number) => Promise<Hyperparameters[]>;
  readonly record: (trial: Trial) => Promise<void>;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

type Wanted = Pick<Trial, 'number' | 'hyperparameters' | 'share'>;

/** Every fit, in an order that does not depend on which ended first. Trial 0 is the first with all its epochs. */
export async function runSearch({ chosen, trials, seconds }: SearchPlan, deps: SearchDeps): Promise<Trial[]> {
  const course = new Course(seconds, deps);
  const finished: Trial[] = await course.fit([{ number: 0, hyperparameters: chosen, share: 1 }], true);
  const observed: Trial[] = [...finished];
  for (let first = 1, round = 0; first <= trials && !course.isLate; first += roundSize, round++) {
    const count = Math.min(roundSize, trials - first + 1);
    const proposed = await course.proposals(round === 0 ? [] : observed, first, count, round);
    const begun = await course.fit(proposed.map((trial) => ({ ...trial, share: firstShare })));
    const goOn = [...begun].sort((a, b) => lossOf(a) - lossOf(b)).slice(0, Math.ceil(count * firstShare));
    const ended = await course.fit(goOn.map(({ number, hyperparameters }) => ({ number, hyperparameters, share: 1 })));
    observed.push(...begun, ...ended);
  }
  return observed;
}

export const lossOf = ({ loss }: Pick<Trial, 'loss'>): number => loss ?? Infinity;

/** The one with the lowest loss of those that had all their epochs: trial 0 where none is better. */
export function bestOf(trials: readonly Trial[]): Trial {
  const finished = trials.filter(({ share }) => share === 1);
  return finished.reduce((best, trial) => (lossOf(trial) < lossOf(best) ? trial : best));
}

class Course {
  readonly #deps: SearchDeps;
  readonly #startedAt: number;
  readonly #seconds: number;

  constructor(seconds: number, deps: SearchDeps) {
    this.#deps = deps;
    this.#seconds = seconds;
    const spent = Math.max(0, ...deps.known.map(({ elapsed }) => elapsed));
    this.#startedAt = deps.now() - 1000 * spent;
  }

  get isLate(): boolean {
    return this.#elapsed >= this.#seconds;
  }

  get #elapsed(): number {
    return Math.round(this.#deps.now() - this.#startedAt) / 1000;
  }

  /** Those that are known are not asked for again. */
  async proposals(observed: readonly Trial[], first: number, count: number, round: number) {
    const known = (number: number): Hyperparameters | undefined =>
      this.#deps.known.find((trial) => trial.number === number)?.hyperparameters;
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    if (numbers.every((number) => known(number) !== undefined))
      return numbers.map((number) => ({ number, hyperparameters: known(number)! }));
    const observations = observed.map((trial) => ({ ...trial, loss: lossOf(trial) }));
    const proposed = await this.#deps.propose(observations, count, round);
    return numbers.map((number, i) => ({ number, hyperparameters: known(number) ?? proposed[i]! }));
  }

  /** Those that could be ended in time, in order. */
  async fit(wanted: readonly Wanted[], regardless = false): Promise<Trial[]> {
    const fitted = await pMap(wanted, (trial) => this.#fitOne(trial, regardless), { concurrency: this.#deps.parallel });
    return fitted.filter((trial) => trial !== undefined);
  }

  async #fitOne(wanted: Wanted, regardless: boolean): Promise<Trial | undefined> {
    const { known, signal, evaluate, record, now } = this.#deps;
    const before = known.find(({ number, share }) => number === wanted.number && share === wanted.share);
    if (before) return before;
    signal.throwIfAborted();
    if (this.isLate && !regardless) return undefined;
    const late = regardless ? undefined : AbortSignal.timeout(Math.ceil(1000 * (this.#seconds - this.#elapsed)));
    const begun = now();
    try {
      const figures = await evaluate(
        wanted.hyperparameters,
        wanted.share,
        late ? AbortSignal.any([signal, late]) : signal,
      );
      const trial = { ...wanted, ...figures, seconds: Math.round(now() - begun) / 1000, elapsed: this.#elapsed };
      await record(trial);
      return trial;
    } catch (error) {
      if (late?.aborted !== true || signal.aborted) throw error;
      return undefined;
    }
  }
}
