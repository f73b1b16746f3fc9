// Bounds the memory of work whose need is known beforehand: what does not fit waits, in order of arrival.

export interface MemoryBudget {
  /**
   * Resolves when `bytes` fit; call the returned function once when they are free again. What is larger than the whole budget
   * has it to itself. Rejects with `signal.reason`.
   */
  reserve(bytes: number, signal: AbortSignal): Promise<() => void>;
}

interface Waiter {
  readonly bytes: number;
  readonly enter: () => void;
}

export const createMemoryBudget = (totalBytes: number): MemoryBudget => {
  const waiting = new Set<Waiter>();
  let used = 0;

  const admit = (): void => {
    for (const waiter of waiting) {
      if (used > 0 && used + waiter.bytes > totalBytes) return;
      waiting.delete(waiter);
      used += waiter.bytes;
      waiter.enter();
    }
  };

  return {
    reserve: (bytes, signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const onAbort = (): void => {
          waiting.delete(waiter);
          reject(signal.reason as Error);
          // It may have been what the others waited behind.
          admit();
        };
        const free = (): void => {
          used -= bytes;
          admit();
        };
        const waiter: Waiter = {
          bytes,
          enter: () => {
            signal.removeEventListener('abort', onAbort);
            resolve(free);
          },
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.add(waiter);
        admit();
      }),
  };
};
