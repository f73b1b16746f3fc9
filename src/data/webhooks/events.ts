// What happened, written down for the webhooks that want it in the transaction in which it happens: no event is lost, and none is sent of
// what was rolled back.
import { z } from 'zod';
import type { Queries } from '../database/database.js';
import type { JsonObject } from '../trainings/schemas.js';
import { testEvent, type WebhookEvent } from './schemas.js';

/** Notifies of deliveries to make. */
export const deliveryChannel = 'taxon_webhook';

/** Of one webhook; of further events it is not told until some of these have ended. */
const maxWaiting = 1_000;

/** The body as Standard Webhooks 1.0 has it: type, timestamp, data. */
const enqueueFor = (webhooks: string): string => `
  WITH added AS (
    INSERT INTO webhook_deliveries (id, webhook_id, event, payload)
    SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), id, $1::text, json_build_object(
      'type', $1::text,
      'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'data', $2::json)::text
    FROM webhooks WHERE ${webhooks}
      AND (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = webhooks.id AND d.state = 'waiting') < ${maxWaiting}
    RETURNING id)
  SELECT id, pg_notify('${deliveryChannel}', '') FROM added`;

const addedSchema = z.object({ id: z.string() });

/** Tells all webhooks that want it of an event. */
export async function enqueueEvent(tx: Queries, event: WebhookEvent, data: JsonObject): Promise<void> {
  await tx.rows(enqueueFor('$1::text = ANY (events)'), [event, JSON.stringify(data)]);
}

/** Gives the id of the delivery; undefined when there is no such webhook, or too much waits for it. */
export async function enqueueTest(queries: Queries, webhookId: string): Promise<string | undefined> {
  const sql = enqueueFor('id = $3::uuid');
  const data = { webhook: webhookId };
  return (await queries.query(addedSchema, sql, [testEvent, JSON.stringify(data), webhookId]))[0]?.id;
}

const changedSchema = z.object({ id: z.string(), above: z.int(), waiting: z.int(), isAbove: z.boolean() });

/**
 * To be called whenever the number of corrections and captured images that wait for review has changed, while nobody else changes it
 * (lockReviewQueue): tells those webhooks above whose number it is now and was not before.
 */
export async function enqueueReviewQueue(tx: Queries): Promise<void> {
  const changed = await tx.query(
    changedSchema,
    `UPDATE webhooks SET is_above = waiting > review_queue_above
     FROM (
       SELECT ((SELECT count(*) FROM feedback WHERE state = 'new') + (SELECT count(*) FROM captures WHERE state = 'new'))::int AS waiting
     ) AS queue
     WHERE review_queue_above IS NOT NULL AND is_above <> (waiting > review_queue_above)
     RETURNING id, review_queue_above AS above, waiting, is_above AS "isAbove"`,
  );
  const event: WebhookEvent = 'review_queue.above';
  for (const { id, above, waiting, isAbove } of changed)
    if (isAbove) await tx.rows(enqueueFor('id = $3::uuid'), [event, JSON.stringify({ above, waiting }), id]);
}
