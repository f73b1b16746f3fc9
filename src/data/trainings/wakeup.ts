// Waits for a call or for a while, whichever ends first; a call that comes before the wait is not lost.
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after `ms`; rejects when `signal` aborts first. */
export type Pause = (ms: number, signal: AbortSignal) => Promise<unknown>;

const pauseOnClock: Pause = (ms, signal) => delay(ms, undefined, { signal });

export class Wakeup {
  readonly #pause: Pause;
  readonly #waiting = new Set<AbortController>();
  #calls = 0;

  constructor(pause: Pause = pauseOnClock) {
    this.#pause = pause;
  }

  /** Calls so far. Read it before looking for work, so that a call made meanwhile ends the wait at once. */
  get calls(): number {
    return this.#calls;
  }

  /** Wakes everyone who waits. */
  call(): void {
    this.#calls++;
    for (const waiting of this.#waiting) waiting.abort();
  }

  /** True when there was a call after the first `seen`; false after `ms`, or when `signal` aborts. Never rejects. */
  async wait(seen: number, ms: number, signal: AbortSignal): Promise<boolean> {
    if (this.#calls > seen) return true;
    if (signal.aborted) return false;
    // Not AbortSignal.any with AbortSignal.timeout: garbage collection may take such a timer (nodejs/node#57736).
    const over = new AbortController();
    const stop = (): void => over.abort();
    signal.addEventListener('abort', stop, { once: true });
    this.#waiting.add(over);
    await this.#pause(ms, over.signal).catch(() => undefined);
    this.#waiting.delete(over);
    signal.removeEventListener('abort', stop);
    return this.#calls > seen;
  }
}
