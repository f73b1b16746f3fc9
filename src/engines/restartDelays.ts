// How long a dead engine waits for its next start: not at all the first time, longer and longer when starts keep failing.

/** The second death in a row waits this long; each further one twice as long as the one before, up to the longest. */
const firstMs = 100;
const longestMs = 30_000;
/** An engine that ran this long had started well: its death counts as the first. */
const healthyAfterMs = 60_000;

export class RestartDelays {
  #failures = 0;
  #startedAt = -Infinity;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** To be called when an engine is ready to serve. */
  started(): void {
    this.#startedAt = this.now();
  }

  /** To be called when an engine died or could not be started: milliseconds to wait before the next start. */
  next(): number {
    if (this.now() - this.#startedAt >= healthyAfterMs) this.#failures = 0;
    this.#startedAt = Infinity;
    const delayMs = this.#failures === 0 ? 0 : Math.min(firstMs * 2 ** (this.#failures - 1), longestMs);
    this.#failures += 1;
    return delayMs;
  }
}
