// Webhooks as their owners see them: registered, listed, looked at, removed, tried.
import { randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database, Queries } from '../database/database.js';
import { enqueueTest } from './events.js';
import { deliverySchema, webhookSchema, type Delivery, type NewWebhook, type Webhook } from './schemas.js';

const columns = `id, url, events, description, review_queue_above AS "reviewQueueAbove", created_at AS "createdAt"`;
const deliveryColumns = `id, event, state, attempts, created_at AS "createdAt",
  CASE WHEN state = 'waiting' THEN next_attempt_at END AS "nextAttemptAt", last_attempt_at AS "lastAttemptAt",
  last_status AS "lastStatus", last_error AS "lastError", ended_at AS "endedAt"`;

/** Every event is written down once for each. */
const maxWebhooks = 50;
/** Any fixed number that nothing else in this database locks. */
const roomLock = 7_461_010;

/** Standard Webhooks 1.0 asks for 24 to 64 random bytes in base64 after this prefix. */
const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

export class Webhooks {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The result is the only place where the secret appears. Throws AppError `conflict` when there are too many. */
  async create(webhook: NewWebhook): Promise<Webhook & { readonly secret: string }> {
    const { url, events, description = '' } = webhook;
    const reviewQueueAbove = events.includes('review_queue.above') ? (webhook.reviewQueueAbove ?? 0) : null;
    const secret = newSecret();
    return this.#database.transaction(async (tx) => {
      await tx.run('SELECT pg_advisory_xact_lock($1)', [roomLock]);
      await checkRoom(tx);
      const [row] = await tx.query(
        webhookSchema,
        `INSERT INTO webhooks (id, url, events, description, secret, review_queue_above)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${columns}`,
        [randomUUID(), url, events, description, secret, reviewQueueAbove],
      );
      return { ...row!, secret };
    });
  }

  /** The oldest first. */
  list(): Promise<Webhook[]> {
    return this.#database.query(webhookSchema, `SELECT ${columns} FROM webhooks ORDER BY created_at, id`);
  }

  /** Throws AppError `unknown_webhook`. */
  async get(id: string): Promise<Webhook> {
    const [webhook] = await this.#database.query(webhookSchema, `SELECT ${columns} FROM webhooks WHERE id = $1`, [id]);
    if (webhook === undefined) throw unknown(id);
    return webhook;
  }

  /** The newest first, `limit` at most. */
  deliveries(id: string, limit: number): Promise<Delivery[]> {
    return this.#database.query(
      deliverySchema,
      `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY created_at DESC, id LIMIT $2`,
      [id, limit],
    );
  }

  /** With all that waits to be sent to it. Throws AppError `unknown_webhook`. */
  async remove(id: string): Promise<void> {
    if ((await this.#database.run('DELETE FROM webhooks WHERE id = $1', [id])) === 0) throw unknown(id);
  }

  /** Sends it an event of the type `webhook.test`. Throws AppError `unknown_webhook`, `conflict` when too much waits for it. */
  async test(id: string): Promise<Delivery> {
    const added = await enqueueTest(this.#database, id);
    if (added === undefined) {
      await this.get(id);
      throw new AppError('conflict', 'Too many events wait to be sent to this webhook.');
    }
    const sql = `SELECT ${deliveryColumns} FROM webhook_deliveries WHERE id = $1`;
    const [delivery] = await this.#database.query(deliverySchema, sql, [added]);
    if (delivery === undefined) throw unknown(id);
    return delivery;
  }
}

async function checkRoom(tx: Queries): Promise<void> {
  const [row] = await tx.query(z.object({ count: z.int() }), 'SELECT count(*)::int AS count FROM webhooks');
  if (row!.count >= maxWebhooks)
    throw new AppError('conflict', `There are ${row!.count} webhooks, the most there may be: delete one first.`);
}

const unknown = (id: string): AppError => new AppError('unknown_webhook', `There is no webhook with the id ${id}.`);
