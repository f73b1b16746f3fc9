// The one line in which images wait for the machine: a fixed number is in work at once, and of those that wait, the one whose
// caller got least goes next. Nothing has been decoded for an image that waits, so one that gives up has cost nothing.
import { DrainRate } from './drainRate.js';

export interface FairLineOptions {
  /** Images in work at once: being decoded, waiting for the engine or in it. */
  readonly places: number;
  /** An image that has waited this long goes before all younger ones: no newcomer may make it miss its deadline. */
  readonly agedAfterMs: number;
  /** What one unit of cost takes the machine in milliseconds when nothing waits. */
  readonly unitMs: () => number;
  /** In milliseconds, of a clock that only goes forward. */
  readonly now?: () => number;
}

interface Waiter {
  readonly caller: string;
  readonly arrivedAt: number;
  /** Virtual time at which the image would be finished if all callers were served at once, each at the same pace. */
  readonly tag: number;
  readonly enter: () => void;
}

/**
 * Self-clocked fair queueing (S. J. Golestani, "A self-clocked fair queueing scheme for broadband applications",
 * INFOCOM 1994): each image is tagged with the end of its caller's last one plus its own cost, the smallest tag goes first.
 */
export class FairLine {
  /** In order of arrival. */
  readonly #waiting = new Set<Waiter>();
  /** Of the callers that wait: the tag of their last image. */
  readonly #lastTags = new Map<string, number>();
  readonly #rate: DrainRate;
  readonly #now: () => number;
  #inWork = 0;
  #virtualTime = 0;

  constructor(private readonly options: FairLineOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#rate = new DrainRate(options.unitMs, this.#now);
  }

  /** Images that wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Cost worked off per millisecond, measured while images wait. */
  get drainPerMs(): number {
    return this.#rate.perMs;
  }

  /**
   * Resolves when it is the turn of an image of `caller` of estimated `cost`; call the returned function once,
   * when the image is done. Rejects with the signal's reason when it aborts before.
   */
  enter(caller: string, cost: number, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.#inWork < this.options.places) return Promise.resolve(this.#grant(cost));
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        if (this.#lastTags.get(caller) === waiter.tag) this.#lastTags.delete(caller);
        finish();
      };
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const waiter: Waiter = {
        caller,
        arrivedAt: this.#now(),
        tag: Math.max(this.#virtualTime, this.#lastTags.get(caller) ?? 0) + cost,
        enter: () => settle(() => resolve(this.#grant(cost))),
      };
      this.#lastTags.set(caller, waiter.tag);
      signal.addEventListener('abort', onAbort);
      this.#waiting.add(waiter);
    });
  }

  #grant(cost: number): () => void {
    this.#inWork += 1;
    return () => {
      this.#inWork -= 1;
      this.#rate.finished(cost, this.#waiting.size > 0);
      this.#letIn();
    };
  }

  #letIn(): void {
    const next = this.#next();
    if (next === undefined) return;
    this.#virtualTime = Math.max(this.#virtualTime, next.tag);
    next.enter();
  }

  #next(): Waiter | undefined {
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#now() - oldest.arrivedAt >= this.options.agedAfterMs) return oldest;
    let next = oldest;
    for (const waiter of this.#waiting) if (waiter.tag < next.tag) next = waiter;
    return next;
  }
}
