// Lets a fixed number of decodes run at once, requests before background work; the rest wait in order of arrival, and an
// abort ends a wait at once.
import { AppError } from '../errors.js';

/** A client waits for a request; background work (training) fills the gaps between requests. */
export type DecodePriority = 'request' | 'background';

interface Waiter {
  readonly enter: () => void;
}

export interface Gate {
  /**
   * Resolves when there is room; call the returned function once when done. Rejects with `signal.reason`, or with
   * AppError overloaded when too many requests wait. Background work is not counted and never refused.
   */
  enter(priority: DecodePriority, signal: AbortSignal): Promise<() => void>;
}

/** `maxRunning` at once; `maxWaiting` requests may wait. */
export const createGate = (maxRunning: number, maxWaiting: number): Gate => {
  const waiting: Record<DecodePriority, Set<Waiter>> = { request: new Set(), background: new Set() };
  let running = 0;

  const leave = (): void => {
    running -= 1;
    const [next] = waiting.request.size > 0 ? waiting.request : waiting.background;
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
      const waiter: Waiter = { enter: () => settle(() => resolve(grant())) };
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
