// The queue of what is to be sent to webhooks: claimed by one process at a time, settled by whoever holds the last claim.
import { z } from 'zod';
import type { Database } from '../database/database.js';

/** Any fixed number that nothing else in this database locks: processes claim one after the other. */
const claimLock = 7_461_011;

const dueSchema = z.object({
  id: z.string(),
  webhookId: z.string(),
  event: z.string(),
  payload: z.string(),
  attempt: z.int(),
  url: z.string(),
  secret: z.string(),
});

/** An attempt to make. `attempt`: 1 for the first. */
export type DueDelivery = z.infer<typeof dueSchema>;

/** How an attempt went: `status` is the receiver's answer, if there was one. */
export type AttemptOutcome =
  | { readonly state: 'delivered'; readonly status: number }
  /** `pauseMs`: until the next attempt; undefined: there is none. */
  | {
      readonly state: 'failed';
      readonly status: number | null;
      readonly error: string;
      readonly pauseMs: number | undefined;
    };

/**
 * Claims what has been due for longest, for `leaseMs`, passing over webhooks to which something is being sent: one that does not
 * answer holds up no other. Undefined when nothing is due.
 */
export async function claimDelivery(database: Database, leaseMs: number): Promise<DueDelivery | undefined> {
  return database.transaction(async (tx) => {
    await tx.run('SELECT pg_advisory_xact_lock($1)', [claimLock]);
    const [claimed] = await tx.query(
      dueSchema,
      `UPDATE webhook_deliveries AS d
       SET attempts = attempts + 1, last_attempt_at = now(), claimed_until = now() + make_interval(secs => $1::float8 / 1000)
       FROM webhooks w
       WHERE w.id = d.webhook_id AND d.id = (
         SELECT id FROM webhook_deliveries AS due
         WHERE state = 'waiting' AND next_attempt_at <= now() AND NOT EXISTS (
           SELECT FROM webhook_deliveries AS other
           WHERE other.webhook_id = due.webhook_id AND other.state = 'waiting' AND other.claimed_until > now())
         ORDER BY next_attempt_at, created_at, id LIMIT 1)
       RETURNING d.id, d.webhook_id AS "webhookId", d.event, d.payload, d.attempts AS attempt, w.url, w.secret`,
      [leaseMs],
    );
    return claimed;
  });
}

/** Milliseconds until something becomes due that is not yet; undefined when there is nothing of that kind. */
export async function nextDueInMs(database: Database): Promise<number | undefined> {
  const [row] = await database.query(
    z.object({ ms: z.number().nullable() }),
    `SELECT (extract(epoch FROM min(next_attempt_at) - now()) * 1000)::float8 AS ms
     FROM webhook_deliveries WHERE state = 'waiting' AND next_attempt_at > now()`,
  );
  return row?.ms ?? undefined;
}

/** Records how attempt number `attempt` went, unless there has been a later one. Safe to repeat. */
export async function settleDelivery(
  database: Database,
  { id, attempt }: Pick<DueDelivery, 'id' | 'attempt'>,
  outcome: AttemptOutcome,
): Promise<void> {
  const { error, pauseMs } = { error: null, pauseMs: undefined, ...outcome };
  const state = pauseMs === undefined ? outcome.state : 'waiting';
  await database.run(
    `UPDATE webhook_deliveries SET state = $3, last_status = $4, last_error = $5, claimed_until = NULL,
       next_attempt_at = now() + make_interval(secs => $6::float8 / 1000),
       ended_at = CASE WHEN $3 <> 'waiting' THEN now() END
     WHERE id = $1 AND attempts = $2 AND state = 'waiting'`,
    [id, attempt, state, outcome.status, error, pauseMs ?? 0],
  );
}

/** At the start of the only process of an embedded database: whoever had claimed something is dead. */
export async function releaseAll(database: Database): Promise<void> {
  await database.run("UPDATE webhook_deliveries SET claimed_until = NULL WHERE state = 'waiting'");
}

/** Of each webhook the last ones that ended stay, for a while. Gives the number of those removed. */
export function removeOldDeliveries(
  database: Database,
  { days, count }: { days: number; count: number },
): Promise<number> {
  return database.run(
    `DELETE FROM webhook_deliveries WHERE id IN (
       SELECT id FROM (
         SELECT id, ended_at, row_number() OVER (PARTITION BY webhook_id ORDER BY ended_at DESC, id) AS rank
         FROM webhook_deliveries WHERE state <> 'waiting') AS ended
       WHERE ended_at < now() - make_interval(days => $1) OR rank > $2)`,
    [days, count],
  );
}
