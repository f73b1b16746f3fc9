// A time limit joined to the caller's abort signal: whichever comes first ends the wait.

export interface TimeLimit {
  /** Aborts when the limit passes or the caller aborts. */
  readonly signal: AbortSignal;
  /** Time runs from the first call; further calls change nothing. */
  start(): void;
  /** Replaces the error that a limit which passes from now on rejects with. */
  rejectWith(error: Error): void;
  /** Settles as `work` does, or rejects with the signal's reason; `work` itself is not stopped. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Must be called, or the timer stays. */
  stop(): void;
}

/** A limit of `ms` that rejects with `error` when it passes; `caller` may abort it, started or not. */
export const createTimeLimit = (ms: number, error: Error, caller?: AbortSignal): TimeLimit => {
  const controller = new AbortController();
  const { signal } = controller;
  let passed = error;
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
    start: () => void (timer ??= setTimeout(() => controller.abort(passed), ms)),
    rejectWith: (next) => void (passed = next),
    race: (work) => Promise.race([work, aborted]),
    stop() {
      clearTimeout(timer);
      caller?.removeEventListener('abort', onCallerAbort);
    },
  };
};
