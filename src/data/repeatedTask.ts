// Background maintenance: runs at intervals, never twice at a time; a failure is logged, and the next run tries again.
import type { Log } from './database/database.js';

export interface RepeatedTaskOptions {
  readonly everyMs: number;
  /** false: the first time is after `everyMs`. Absent: it is at once. */
  readonly atOnce?: boolean;
  readonly logger: Log;
  /** For the log, when `work` fails: "old events could not be removed". */
  readonly onFailure: string;
}

/** Starts it. The function returned stops it, and resolves when nothing of it is running any more. Idempotent. */
export function repeat(
  work: () => Promise<void>,
  { everyMs, atOnce = true, logger, onFailure }: RepeatedTaskOptions,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  const begin = (): void => {
    running ??= work()
      .catch((error: unknown) => logger.warn({ err: error }, `${onFailure}; it will be tried again`))
      .finally(() => (running = undefined));
  };
  if (atOnce) begin();
  const timer = setInterval(begin, everyMs).unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
