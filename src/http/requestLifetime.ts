// The life of one classification: its signal aborts at the deadline or when the client hangs up, so that no work is done for an
// answer that nobody is waiting for.
import { setMaxListeners } from 'node:events';
import type { Exchange } from './exchange.js';
import { AppError } from '../errors.js';

/** Seen by nobody who waits. Made once: an error for each request takes the stack each time. */
const over = new AppError('client_closed', 'the request is over');

/**
 * Runs `work` with a signal that aborts with AppError deadline_exceeded after `timeoutMs`, client_closed when the
 * connection closes first, and in any case once `work` is over, which stops what it left behind.
 */
export async function withinDeadline<T>(
  exchange: Exchange,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal); // every image of the request listens, at each of its stages
  const timer = setTimeout(
    () => controller.abort(new AppError('deadline_exceeded', `no answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  const onClose = (): void =>
    controller.abort(new AppError('client_closed', 'the connection closed before the answer was ready'));
  const forget = exchange.onceOver(onClose);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    forget();
    controller.abort(over);
  }
}
