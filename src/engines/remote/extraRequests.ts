// How many requests may be sent beside those that are needed: retries and hedges must not bury endpoints that are slow because they are busy.

/** One for ten requests, and so many at once after a quiet time. */
const share = 0.1;
const most = 10;

export class ExtraRequests {
  #left = most;

  /** A request was sent that is no extra one. */
  earn(): void {
    this.#left = Math.min(most, this.#left + share);
  }

  /** Whether one more may be sent. */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
