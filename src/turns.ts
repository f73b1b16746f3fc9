// Whose turn it is where requests and background work wait for the same thing: a decoder, the engine.

/**
 * A client waits for a request. Background work (training) fills the gaps between requests, and has one turn a second
 * where there are none.
 */
export type Priority = 'request' | 'background';

/** Under constant requests, background work still gets one turn in this time: it is late, but never starved. */
const backgroundTurnMs = 1000;

interface Waiting {
  /** Milliseconds of the clock that the turns are given by. */
  readonly arrivedAt: number;
}

export class Turns {
  #lastBackgroundAt = -Infinity;

  /** `now` is in milliseconds, of a clock that only goes forward. */
  constructor(private readonly now: () => number) {}

  /** Gives the next turn, knowing what waits longest of each kind; to requests when nothing waits. */
  next(request: Waiting | undefined, background: Waiting | undefined): Priority {
    if (background === undefined || (request !== undefined && !this.#isDue(background))) return 'request';
    this.#lastBackgroundAt = this.now();
    return 'background';
  }

  #isDue({ arrivedAt }: Waiting): boolean {
    return this.now() - Math.max(arrivedAt, this.#lastBackgroundAt) > backgroundTurnMs;
  }
}
