// A time limit joined to the caller's abort signal: whichever comes first ends the wait.

export interface TimeLimit {
  /** Aborts when the limit passes or the caller aborts. */
  readonly signal: AbortSignal;
  /** The time runs from now; when it passes, `signal` aborts with what `makeError` gives. A further call replaces both. */
  start(makeError: () => Error): void;
  /** Settles as `work` does, or rejects with the signal's reason; `work` itself is not stopped. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Must be called, or the timer stays. */
  stop(): void;
}

/** A limit of `ms`; `caller` may abort it, started or not. */
export const createTimeLimit = (ms: number, caller?: AbortSignal): TimeLimit => {
  const controller = new AbortController();
  const { signal } = controller;
  let timer: NodeJS.Timeout | undefined;
  const onCallerAbort = (): void => controller.abort(caller?.reason);
  if (caller?.aborted === true) onCallerAbort();
  caller?.addEventListener('abort', onCallerAbort);

  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  aborted.catch(() => undefined);

  return {
    signal,
    start(makeError) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(makeError()), ms);
    },
    race: (work) => Promise.race([work, aborted]),
    stop() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onCallerAbort);
    },
  };
};
