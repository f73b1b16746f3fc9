// Trying again while the database is away.
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../errors.js';

export interface RetryOptions {
  readonly retryIf: (error: unknown) => boolean;
  /** No new attempt begins later than this after the first. */
  readonly forMs: number;
  readonly signal?: AbortSignal | undefined;
}

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Repeats `work` with growing pauses while `retryIf` holds; then throws its last error. */
export async function retryUntil<T>(work: () => Promise<T>, { retryIf, forMs, signal }: RetryOptions): Promise<T> {
  const giveUpAt = performance.now() + forMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (error) {
      if (!retryIf(error) || performance.now() + pauseMs > giveUpAt) throw error;
      await delay(pauseMs, undefined, { signal });
    }
  }
}

/**
 * Carries background work through an absence of the database (a restart, a failover). `work` must be safe to repeat:
 * when the connection broke after a statement was sent, it may have been carried out.
 */
export function whileDatabaseAway<T>(work: () => Promise<T>, signal?: AbortSignal, forMs = 300_000): Promise<T> {
  return retryUntil(work, {
    retryIf: (error) => error instanceof AppError && error.code === 'database_unavailable',
    forMs,
    signal,
  });
}
