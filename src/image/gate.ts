// Lets a fixed number of decodes run at once, requests before background work; the rest wait in order of arrival, and an
// abort ends a wait at once.
import { AppError } from '../errors.js';

/** A client waits for a request; background work (training) fills the gaps between requests, and has one turn a second where there are none. */
export type DecodePriority = 'request' | 'background';

interface Waiter {
  readonly arrivedAt: number;
  readonly enter: () => void;
}

export interface Gate {
  /**
   * Resolves when there is room; call the returned function once when done. Rejects with `signal.reason`, or with
   * AppError overloaded when too many requests wait. Background work is not counted and never refused.
   */
  enter(priority: DecodePriority, signal: AbortSignal): Promise<() => void>;
}

/** Under constant requests, background work still gets one turn in this time: it is late, but never starved. */
const backgroundTurnMs = 1000;

/** `maxRunning` at once; `maxWaiting` requests may wait. `now` is in milliseconds, of a clock that only goes forward. */
export const createGate = (
  maxRunning: number,
  maxWaiting: number,
  now: () => number = () => performance.now(),
): Gate => {
  const waiting: Record<DecodePriority, Set<Waiter>> = { request: new Set(), background: new Set() };
  let running = 0;
  let lastBackgroundAt = -Infinity;

  /** Whose turn it is: requests', unless background work has waited for its small share long enough. */
  const nextPriority = (): DecodePriority => {
    const [oldest] = waiting.background;
    if (oldest === undefined) return 'request';
    if (waiting.request.size === 0) return 'background';
    return now() - Math.max(oldest.arrivedAt, lastBackgroundAt) > backgroundTurnMs ? 'background' : 'request';
  };

  const leave = (): void => {
    running -= 1;
    const priority = nextPriority();
    const [next] = waiting[priority];
    if (next !== undefined && priority === 'background') lastBackgroundAt = now();
    next?.enter();
  };

  const grant = (): (() => void) => {
    running += 1;
    return leave;
  };

  const wait = (priority: DecodePriority, signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        waiting[priority].delete(waiter);
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const waiter: Waiter = { arrivedAt: now(), enter: () => settle(() => resolve(grant())) };
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      signal.addEventListener('abort', onAbort);
      waiting[priority].add(waiter);
    });

  return {
    async enter(priority, signal) {
      signal.throwIfAborted();
      // While a place is free nothing waits: a decode that ends hands its place on.
      if (running < maxRunning) return grant();
      if (priority === 'background' || waiting.request.size < maxWaiting) return wait(priority, signal);
      throw new AppError('overloaded', `${maxWaiting} images are waiting to be decoded; send this one again later.`);
    },
  };
};
