// Sends what waits for webhooks, with growing pauses between the attempts of one delivery, in every process that shares the database.
import type { Database, Log, Unlisten } from '../data/database/database.js';
import { whileDatabaseAway } from '../data/database/retry.js';
import { Wakeup } from '../data/trainings/wakeup.js';
import {
  claimDelivery,
  nextDueInMs,
  releaseAll,
  settleDelivery,
  type AttemptOutcome,
  type DueDelivery,
} from '../data/webhooks/deliveries.js';
import { deliveryChannel } from '../data/webhooks/events.js';
import type { Post } from './post.js';

export interface RetryPlan {
  /** After the first attempt; each further pause is three times as long, and all are up to a fifth longer, by chance. */
  readonly firstPauseMs: number;
  /** Of one delivery, the first included. */
  readonly maxAttempts: number;
}

export interface DispatcherDeps {
  readonly database: Database;
  readonly post: Post;
  /** Longest that `post` takes. */
  readonly timeoutMs: number;
  readonly retry: RetryPlan;
  readonly logger: Log;
  /** At least 0 and below 1. */
  readonly random?: () => number;
}

/** Attempts at a time, each to another webhook. */
const concurrency = 4;
/** The queue is looked at this often even when nothing is announced: the process that made an attempt may have died. */
const pollMs = 10_000;
/** For the record of an attempt, after its answer. */
const settleWithinMs = 30_000;
const longestPauseMs = 12 * 3_600_000;
const growth = 3;
const spread = 0.2;

/** Milliseconds from the end of attempt number `attempt` to the next one; undefined when there is none. `random`: 0 to 1. */
export function pauseAfter(
  attempt: number,
  { firstPauseMs, maxAttempts }: RetryPlan,
  random: number,
): number | undefined {
  if (attempt >= maxAttempts) return undefined;
  return Math.min(firstPauseMs * growth ** (attempt - 1), longestPauseMs) * (1 + spread * random);
}

export class WebhookDispatcher {
  readonly #deps: DispatcherDeps;
  readonly #stop = new AbortController();
  readonly #wakeup = new Wakeup();
  #unlisten: Unlisten | undefined;
  #loops: Promise<void>[] = [];

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  /** Call once. */
  async start(): Promise<void> {
    const { database } = this.#deps;
    if (database.kind === 'embedded') await releaseAll(database);
    this.#unlisten = await database.listen(deliveryChannel, () => this.#wakeup.call());
    this.#loops = Array.from({ length: concurrency }, () => this.#loop());
  }

  /** Attempts that are being made come to their end and are recorded: one that succeeds is not made again. Idempotent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    await this.#unlisten?.().catch(() => undefined);
    this.#unlisten = undefined;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const seen = this.#wakeup.calls;
      const next = await this.#next();
      if (typeof next === 'number') await this.#wakeup.wait(seen, next, signal);
      else await this.#attempt(next);
    }
  }

  /** What is due, or for how many milliseconds nothing is. */
  async #next(): Promise<DueDelivery | number> {
    const { database, timeoutMs, logger } = this.#deps;
    try {
      const due = await claimDelivery(database, timeoutMs + settleWithinMs);
      return due ?? Math.ceil(Math.min(pollMs, (await nextDueInMs(database)) ?? pollMs));
    } catch (error) {
      if (!this.#stop.signal.aborted)
        logger.warn({ err: error }, 'the webhook queue cannot be read; it will be tried again');
      return pollMs;
    }
  }

  async #attempt(delivery: DueDelivery): Promise<void> {
    const { database, logger } = this.#deps;
    const outcome = await this.#outcome(delivery);
    this.#log(delivery, outcome);
    const giveUpIf = (): boolean => this.#stop.signal.aborted || database.outage !== undefined;
    try {
      await whileDatabaseAway(() => settleDelivery(database, delivery, outcome), { forMs: Infinity, giveUpIf });
    } catch (error) {
      logger.error({ err: error, delivery: delivery.id }, 'an attempt to call a webhook could not be recorded');
    }
  }

  async #outcome(delivery: DueDelivery): Promise<AttemptOutcome> {
    const { post, retry, random = Math.random } = this.#deps;
    const failed = (status: number | null, error: string): AttemptOutcome => ({
      state: 'failed',
      status,
      error,
      pauseMs: pauseAfter(delivery.attempt, retry, random()),
    });
    try {
      const status = await post(delivery);
      return status >= 200 && status < 300 ? { state: 'delivered', status } : failed(status, `it answered ${status}`);
    } catch (error) {
      return failed(null, describe(error));
    }
  }

  /** Without the URL, which may be a secret. */
  #log({ id, webhookId, event, attempt }: DueDelivery, outcome: AttemptOutcome): void {
    const { logger } = this.#deps;
    const facts = { webhook: webhookId, delivery: id, event, attempt };
    if (outcome.state === 'delivered') logger.info({ ...facts, status: outcome.status }, 'webhook called');
    else if (outcome.pauseMs === undefined)
      logger.warn({ ...facts, reason: outcome.error }, 'a webhook could not be called, and will not be any more');
    else
      logger.info(
        { ...facts, reason: outcome.error, pauseMs: Math.round(outcome.pauseMs) },
        'a webhook could not be called; it will be tried again',
      );
  }
}

const maxReasonLength = 200;

/** Several addresses may have been tried, each with an error of its own. */
function describe(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  const { message = '', code } = (first ?? {}) as { message?: string; code?: unknown };
  return (message || String(code ?? error)).slice(0, maxReasonLength);
}
