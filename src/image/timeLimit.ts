// A deadline joined to the caller's abort signal: whichever comes first ends the wait.

export interface TimeLimit {
  readonly signal: AbortSignal;
  /** Replaces what the limit rejects with when it passes. */
  blame(reason: Error): void;
  /** Settles as `work` does, or rejects with the signal's reason; `work` itself is not stopped. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Must be called, or the timer stays. */
  stop(): void;
}

/** Starts `ms` from now; `reason` is what it rejects with. */
export const startTimeLimit = (ms: number, reason: Error, caller?: AbortSignal): TimeLimit => {
  const controller = new AbortController();
  const { signal } = controller;
  let blamed = reason;
  const onCallerAbort = (): void => controller.abort(caller?.reason);
  const timer = setTimeout(() => controller.abort(blamed), ms);
  if (caller?.aborted === true) onCallerAbort();
  caller?.addEventListener('abort', onCallerAbort);

  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  aborted.catch(() => undefined);

  return {
    signal,
    blame: (next) => void (blamed = next),
    race: (work) => Promise.race([work, aborted]),
    stop() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onCallerAbort);
    },
  };
};
