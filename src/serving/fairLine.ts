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
  /** Of the callers that wait: how many images, and the tag of the last. */
  readonly #callers = new Map<string, { waiting: number; lastTag: number }>();
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
   * Resolves when it is the turn of an image of `caller` of estimated `cost`; call the returned function once, when the image
   * is done, or with false when it was given up. Rejects with the signal's reason when it aborts before.
   */
  enter(caller: string, cost: number, signal: AbortSignal): Promise<(isDone?: boolean) => void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    if (this.#inWork < this.options.places) return Promise.resolve(this.#grant(cost));
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        this.#waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        this.#stopWaiting(caller);
        finish();
      };
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      const waiter: Waiter = {
        caller,
        arrivedAt: this.#now(),
        tag: this.#startWaiting(caller, cost),
        enter: () => settle(() => resolve(this.#grant(cost))),
      };
      signal.addEventListener('abort', onAbort);
      this.#waiting.add(waiter);
    });
  }

  /** Gives the tag of the image that now waits. */
  #startWaiting(caller: string, cost: number): number {
    const { waiting = 0, lastTag = 0 } = this.#callers.get(caller) ?? {};
    const tag = Math.max(this.#virtualTime, lastTag) + cost;
    this.#callers.set(caller, { waiting: waiting + 1, lastTag: tag });
    return tag;
  }

  #stopWaiting(caller: string): void {
    const { waiting, lastTag } = this.#callers.get(caller)!;
    if (waiting > 1) this.#callers.set(caller, { waiting: waiting - 1, lastTag });
    else this.#callers.delete(caller);
  }

  #grant(cost: number): (isDone?: boolean) => void {
    this.#inWork += 1;
    const enteredAt = this.#now();
    return (isDone = true) => {
      this.#inWork -= 1;
      // Of work that was given up, only the time that it took is known.
      const done = isDone ? cost : Math.min(cost, (this.#now() - enteredAt) / this.options.unitMs());
      this.#rate.finished(done, this.#waiting.size > 0);
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
