// How fast the machine works off a line: measured, so noisy neighbours, a training beside the requests and wrong estimates of what
// things cost all show in it.

/** Weight of what was measured falls to 1/e in this time. */
const memoryMs = 3000;

export class DrainRate {
  #measured: { units: number; ms: number } | undefined;
  #since: number | undefined;

  /** `unitMs` is what one unit of work takes by other measures, for times in which nothing waits. `now`: milliseconds, only forward. */
  constructor(
    private readonly unitMs: () => number,
    private readonly now: () => number,
  ) {}

  /** Units of work done per millisecond. */
  get perMs(): number {
    return this.#measured === undefined ? 1 / this.unitMs() : this.#measured.units / this.#measured.ms;
  }

  /**
   * `units` of work are done; `busy` says whether more waits. Only the time during which more waited tells anything; work
   * that nothing waited for counts as done at its usual pace, so that a bad time is forgotten.
   */
  finished(units: number, busy: boolean): void {
    const now = this.now();
    this.#measure(units, this.#since === undefined ? units * this.unitMs() : now - this.#since);
    this.#since = busy ? now : undefined;
  }

  #measure(units: number, ms: number): void {
    // Begun as if it had been measured for a while, so that the first images move the rate but do not make it.
    const before = this.#measured ?? { units: memoryMs / 3 / this.unitMs(), ms: memoryMs / 3 };
    const kept = Math.exp(-ms / memoryMs);
    this.#measured = { units: before.units * kept + units, ms: before.ms * kept + ms };
  }
}
