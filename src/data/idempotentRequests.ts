// Requests that may be sent twice and are carried out once: what each key stood for, and how it was answered, for a day. Whoever carries a
// request out holds a claim on its key; when the process dies, the claim ends, and the next to ask takes it over.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Database, Log } from './database/database.js';

export interface KeyedRequest {
  /** Keys of different callers have nothing to do with one another. */
  readonly caller: string;
  readonly key: string;
  /** Of what is asked for; undefined while it is not known yet. */
  readonly fingerprint: string | undefined;
}

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The right to carry a request out. */
export interface Claim {
  readonly id: string;
  /** A UUID that is the same each time that this request is carried out. */
  readonly requestId: string;
}

export type Begun =
  | { readonly state: 'claimed'; readonly claim: Claim }
  | { readonly state: 'running' }
  /** The key stands for another request, which came to no end. */
  | { readonly state: 'reused' }
  | { readonly state: 'answered'; readonly fingerprint: string; readonly answer: StoredAnswer };

/** Of a larger one nothing is kept. */
export const maxAnswerBytes = 2 ** 20;

const keptHours = 24;
const leaseSeconds = 30;
const renewEveryMs = 10_000;
/** Of one caller, the newest. */
const maxKept = { count: 10_000, bytes: 64 * 2 ** 20 };
/** Requests between two looks for what is too much. */
const removeEvery = 100;

const rowSchema = z.object({
  fingerprint: z.string().nullable(),
  status: z.int().nullable(),
  headers: z.record(z.string(), z.string()).nullable(),
  body: z.string().nullable(),
  isHeld: z.boolean(),
});

export class IdempotentRequests {
  readonly #database: Database;
  readonly #logger: Log;
  /** Ids of the claims of this process. */
  readonly #claims = new Set<string>();
  readonly #renewal: NodeJS.Timeout;
  #count = 0;

  private constructor(database: Database, logger: Log) {
    this.#database = database;
    this.#logger = logger;
    this.#renewal = setInterval(() => void this.#renew(), renewEveryMs).unref();
  }

  static async open(database: Database, logger: Log): Promise<IdempotentRequests> {
    // Its only process is this one: whoever claimed something is dead.
    if (database.kind === 'embedded')
      await database.run("UPDATE idempotent_requests SET claimed_until = '-infinity' WHERE status IS NULL");
    return new IdempotentRequests(database, logger);
  }

  /** Claims the key for this process, unless it is held or was answered. */
  async begin({ caller, key, fingerprint }: KeyedRequest): Promise<Begun> {
    if (++this.#count % removeEvery === 0) await this.removeOld();
    const id = randomUUID();
    const begun = await this.#database.transaction<Begun>(async (tx) => {
      await tx.run(`DELETE FROM idempotent_requests WHERE caller = $1 AND key = $2 AND ${isOld}`, [caller, key]);
      const [claimed] = await tx.query(
        z.object({ requestId: z.string() }),
        `INSERT INTO idempotent_requests AS known (caller, key, request_id, fingerprint, claim, claimed_until)
         VALUES ($1, $2, $3, $4, $5, ${leaseEnd})
         ON CONFLICT (caller, key) DO UPDATE SET claim = EXCLUDED.claim, claimed_until = EXCLUDED.claimed_until
         WHERE known.status IS NULL AND known.claimed_until < now()
           AND coalesce(known.fingerprint = EXCLUDED.fingerprint, true)
         RETURNING request_id AS "requestId"`,
        [caller, key, randomUUID(), fingerprint ?? null, id],
      );
      if (claimed !== undefined) return { state: 'claimed', claim: { id, requestId: claimed.requestId } };
      const [row] = await tx.query(
        rowSchema,
        `SELECT fingerprint, status, headers, body, claimed_until >= now() AS "isHeld"
         FROM idempotent_requests WHERE caller = $1 AND key = $2`,
        [caller, key],
      );
      return stateOf(row);
    });
    if (begun.state === 'claimed') this.#claims.add(id);
    return begun;
  }

  /** Keeps the answer to what was carried out. */
  async keep({ id }: Claim, fingerprint: string, { status, headers, body }: StoredAnswer): Promise<void> {
    this.#claims.delete(id);
    await this.#database.run(
      `UPDATE idempotent_requests SET fingerprint = $2, status = $3, headers = $4, body = $5, body_bytes = octet_length($5)
       WHERE claim = $1`,
      [id, fingerprint, status, JSON.stringify(headers), body],
    );
  }

  /** Frees the key of a request that changed nothing. */
  async forget({ id }: Claim): Promise<void> {
    this.#claims.delete(id);
    await this.#database.run('DELETE FROM idempotent_requests WHERE claim = $1 AND status IS NULL', [id]);
  }

  /** Nobody knows whether the request was carried out: whoever sends it again carries it out under the same `requestId`. */
  async leave({ id }: Claim): Promise<void> {
    this.#claims.delete(id);
    await this.#database.run(
      "UPDATE idempotent_requests SET claimed_until = '-infinity' WHERE claim = $1 AND status IS NULL",
      [id],
    );
  }

  /** Removes what is past its day, and of each caller what is too much. Gives the number of requests. */
  removeOld(): Promise<number> {
    return this.#database.run(
      `DELETE FROM idempotent_requests WHERE (caller, key) IN (
         SELECT caller, key FROM (
           SELECT caller, key, status, claimed_until, created_at,
             row_number() OVER newest AS rank, sum(body_bytes) OVER newest AS bytes
           FROM idempotent_requests WINDOW newest AS (PARTITION BY caller ORDER BY created_at DESC, key)) AS known
         WHERE (status IS NOT NULL OR claimed_until < now()) AND (${isOld} OR rank > $1 OR bytes > $2))`,
      [maxKept.count, maxKept.bytes],
    );
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#renewal);
  }

  async #renew(): Promise<void> {
    if (this.#claims.size === 0) return;
    await this.#database
      .run(`UPDATE idempotent_requests SET claimed_until = ${leaseEnd} WHERE claim = ANY ($1::uuid[])`, [
        [...this.#claims],
      ])
      .catch((error: unknown) => this.#logger.warn({ err: error }, 'claims of requests could not be renewed'));
  }
}

const isOld = `created_at < now() - interval '${keptHours} hours'`;
const leaseEnd = `now() + interval '${leaseSeconds} seconds'`;

/** Of a key that cannot be claimed now. One that was freed a moment ago can be, the next time. */
function stateOf(row: z.infer<typeof rowSchema> | undefined): Begun {
  if (row === undefined) return { state: 'running' };
  const { fingerprint, status, headers, body, isHeld } = row;
  if (fingerprint !== null && status !== null)
    return { state: 'answered', fingerprint, answer: { status, headers: headers ?? {}, body: body ?? '' } };
  return { state: isHeld ? 'running' : 'reused' };
}
