// Lets a fixed number of decodes run at once; the rest wait in arrival order in a bounded line that an abort leaves at once.
import { AppError } from '../errors.js';

interface Waiter {
  readonly enter: () => void;
}

export interface Gate {
  /** Resolves when there is room; call the returned function once when done. Rejects with `signal.reason`, or AppError overloaded. */
  enter(signal: AbortSignal): Promise<() => void>;
}

/** `maxRunning` at once, `maxWaiting` in line. */
export const createGate = (maxRunning: number, maxWaiting: number): Gate => {
  const waiting = new Set<Waiter>();
  let running = 0;

  const leave = (): void => {
    running -= 1;
    const [next] = waiting;
    next?.enter();
  };

  const grant = (): (() => void) => {
    running += 1;
    return leave;
  };

  const wait = (signal: AbortSignal): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        waiting.delete(waiter);
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const waiter: Waiter = { enter: () => settle(() => resolve(grant())) };
      const onAbort = (): void => settle(() => reject(signal.reason as Error));
      signal.addEventListener('abort', onAbort);
      waiting.add(waiter);
    });

  return {
    async enter(signal) {
      signal.throwIfAborted();
      if (running < maxRunning) return grant();
      if (waiting.size < maxWaiting) return wait(signal);
      throw new AppError('overloaded', `${maxWaiting} images are waiting to be decoded; send this one again later.`);
    },
  };
};
