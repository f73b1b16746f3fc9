// Retries while the database is away.
import pRetry from 'p-retry';
import { AppError } from '../../errors.js';

export interface RetryOptions {
  readonly retryIf: (error: unknown) => boolean;
  /** No attempt begins later than this after the first. */
  readonly forMs: number;
  /** Ends the pause between two attempts, and the retrying with its reason. */
  readonly signal?: AbortSignal | undefined;
}

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Repeats `work` with growing pauses while `retryIf` holds; then throws its last error. */
export function retryUntil<T>(work: () => Promise<T>, { retryIf, forMs, signal }: RetryOptions): Promise<T> {
  return pRetry(work, {
    retries: Infinity,
    minTimeout: firstPauseMs,
    maxTimeout: longestPauseMs,
    maxRetryTime: forMs,
    shouldRetry: ({ error }) => retryIf(error),
    signal,
  });
}

/**
 * Carries background work through an outage of the database (a restart, a failover). `work` must be safe to repeat:
 * when the connection breaks after a statement was sent, it may have been carried out. `giveUpIf` is asked after each failure.
 */
export function whileDatabaseAway<T>(
  work: () => Promise<T>,
  { forMs = 300_000, giveUpIf = () => false }: { forMs?: number; giveUpIf?: () => boolean } = {},
): Promise<T> {
  return retryUntil(work, {
    retryIf: (error) => error instanceof AppError && error.code === 'database_unavailable' && !giveUpIf(),
    forMs,
  });
}
