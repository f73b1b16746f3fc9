// Lets a fixed number of decodes run at once, requests before background work; the rest wait in order of arrival, and an
// abort ends a wait at once.
import { AppError } from '../errors.js';
import { Turns, type Priority } from '../turns.js';

interface Waiter {
  readonly arrivedAt: number;
  readonly enter: () => void;
}

export interface Gate {
  /**
   * Resolves when there is room; call the returned function once when done. Rejects with `signal.reason`, or with
   * AppError overloaded when too many requests wait. Background work is not counted and never refused.
   */
  enter(priority: Priority, signal: AbortSignal): Promise<() => void>;
}

/** `maxRunning` at once; `maxWaiting` requests may wait. `now` is in milliseconds, of a clock that only goes forward. */
export const createGate = (
  maxRunning: number,
  maxWaiting: number,
  now: () => number = () => performance.now(),
): Gate => {
  const waiting: Record<Priority, Set<Waiter>> = { request: new Set(), background: new Set() };
  let running = 0;
  const turns = new Turns(now);

  const leave = (): void => {
    running -= 1;
    const [request] = waiting.request;
    const [background] = waiting.background;
    (turns.next(request, background) === 'request' ? request : background)?.enter();
  };

  const grant = (): (() => void) => {
    running += 1;
    return leave;
  };

  const wait = (priority: Priority, signal: AbortSignal): Promise<() => void> =>
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
