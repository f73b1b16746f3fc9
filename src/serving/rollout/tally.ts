// What this process has seen of the versions of one rollout, and how much of it the database has been told.
import { noCounts, type Corrected, type Counts } from '../../data/classifiers/rollouts.js';

export class Tally {
  readonly #totals = new Map<number, Counts>();
  readonly #written = new Map<number, Counts>();
  readonly #corrected = new Map<number, { corrections: number; right: number }>();

  /** Since this process has followed the rollout, by version. */
  get totals(): ReadonlyMap<number, Counts> {
    return this.#totals;
  }

  /** Corrected images that this process asked versions about. */
  get corrected(): ReadonlyMap<number, Corrected> {
    return this.#corrected;
  }

  add(version: number, seen: Partial<Counts>): void {
    const counts = this.#totals.get(version) ?? noCounts();
    for (const [name, value] of Object.entries(seen)) counts[name as keyof Counts] += value;
    this.#totals.set(version, counts);
  }

  addCorrection(version: number, isRight: boolean): void {
    const { corrections, right } = this.#corrected.get(version) ?? { corrections: 0, right: 0 };
    this.#corrected.set(version, { corrections: corrections + 1, right: right + Number(isRight) });
  }

  /** Hands what is new to `write`; all of it is new still when that rejects. Not to be called while it runs. */
  async flush(write: (seen: ReadonlyMap<number, Counts>) => Promise<void>): Promise<void> {
    const news = new Map<number, Counts>();
    for (const [version, counts] of this.#totals) {
      const before = this.#written.get(version) ?? noCounts();
      const seen = noCounts();
      for (const name of Object.keys(counts) as (keyof Counts)[]) seen[name] = counts[name] - before[name];
      if (Object.values(seen).some((value) => value !== 0)) news.set(version, seen);
    }
    if (news.size === 0) return;
    await write(news);
    for (const [version, seen] of news) {
      const written = this.#written.get(version) ?? noCounts();
      for (const name of Object.keys(seen) as (keyof Counts)[]) written[name] += seen[name];
      this.#written.set(version, written);
    }
  }
}
