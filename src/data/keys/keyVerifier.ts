// Which keys are valid. A valid one is remembered for a minute, so that most requests cost no query; an unknown one costs a query,
// which writes nothing. Uses are counted here and written with the next query for the key.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database } from '../database/database.js';
import { hashOf } from './keyText.js';
import { includedScopes, scopeSchema, type Scope } from './schemas.js';

/** A key that was valid is trusted for this long without asking again; notifications announce changes sooner. */
const freshForMs = 60_000;
/** While the database is away, for this long. */
const staleForMs = 600_000;
const maxKnown = 10_000;

const thisMinute = "date_trunc('minute', now())";
const today = "(now() AT TIME ZONE 'UTC')::date";
const msUntil = (moment: string): string => `(extract(epoch from ${moment} - now()) * 1000)::double precision`;

/** SQL of the requests that were counted today. */
export const requestsToday = `CASE WHEN counted_day = ${today} THEN counted_requests ELSE 0 END`;

/** A key that was found to be valid. */
export interface VerifiedKey {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** In each replica; null: no limit of its own. */
  readonly requestsPerMinute: number | null;
  /** In all replicas together; null: no limit. */
  readonly requestsPerDay: number | null;
  /** Whether images of its requests may be kept. */
  readonly capture: boolean;
  /** Of all replicas, as they were written when the key was checked. */
  readonly requestsToday: number;
  /** When that day ends, in milliseconds of this process's clock. */
  readonly dayEndsAt: number;
}

/** Times in milliseconds of this process's clock. */
interface Known extends VerifiedKey {
  readonly checkedAt: number;
  readonly expiresAt: number;
}

const rowSchema = z.object({
  id: z.uuid(),
  scopes: z.array(scopeSchema),
  requestsPerMinute: z.int().nullable(),
  requestsPerDay: z.int().nullable(),
  capture: z.boolean(),
  requestsToday: z.int(),
  isUseNoted: z.boolean(),
  expiresInMs: z.number().nullable(),
  dayEndsInMs: z.number(),
});
type Row = z.infer<typeof rowSchema>;

export interface KeyVerifierDeps {
  readonly database: Database;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

export class KeyVerifier {
  readonly #database: Database;
  readonly #now: () => number;
  /**
   * By hash. Replaced as a whole when any key may have been changed: a check in progress then notes its outcome in the
   * old map.
   */
  #known = new Map<string, Known>();
  /** By hash: checks in progress, which all requests of a key share. */
  #checks = new Map<string, Promise<VerifiedKey | undefined>>();
  /** Requests of each key, by its id, that are not written yet. */
  readonly #unwritten = new Map<string, number>();

  constructor({ database, now }: KeyVerifierDeps) {
    this.#database = database;
    this.#now = now;
  }

  /** Undefined when there is no such key, or it has expired. Throws AppError `database_unavailable` for one not seen before. */
  async verify(key: string): Promise<VerifiedKey | undefined> {
    const hash = hashOf(key);
    const known = this.#known.get(hash);
    if (known && this.#isTrusted(known, freshForMs) && this.#now() < known.dayEndsAt) return known;
    try {
      return await this.#checkOnce(hash);
    } catch (error) {
      if (known && this.#isTrusted(known, staleForMs)) return known;
      throw error;
    }
  }

  /** Counts a request of `key`, which `verify` gave. Throws AppError `quota_exceeded` when its day allows no more. */
  count({ id, requestsPerDay, requestsToday, dayEndsAt }: VerifiedKey): void {
    const unwritten = this.#unwritten.get(id) ?? 0;
    if (requestsPerDay !== null && requestsToday + unwritten >= requestsPerDay) {
      const retryAfterS = Math.max(1, Math.ceil((dayEndsAt - this.#now()) / 1000));
      const detail = `this key may make ${requestsPerDay} requests a day; the next day begins at 0:00 UTC`;
      throw new AppError('quota_exceeded', detail, { retryAfterS });
    }
    this.#unwritten.set(id, unwritten + 1);
  }

  /** The next request of every key is checked. */
  forget(): void {
    this.#known = new Map();
    this.#checks = new Map();
  }

  /** Writes what was counted and is not written yet. */
  async flush(): Promise<void> {
    for (const id of this.#unwritten.keys()) await this.#write(id);
  }

  #isTrusted({ checkedAt, expiresAt }: Known, forMs: number): boolean {
    return this.#now() < Math.min(checkedAt + forMs, expiresAt);
  }

  #checkOnce(hash: string): Promise<VerifiedKey | undefined> {
    const checks = this.#checks;
    const check = checks.get(hash) ?? this.#check(hash).finally(() => checks.delete(hash));
    checks.set(hash, check);
    return check;
  }

  async #check(hash: string): Promise<VerifiedKey | undefined> {
    const known = this.#known;
    const row = await this.#find(hash);
    known.delete(hash);
    if (!row) return undefined;
    const written = !row.isUseNoted || this.#unwritten.has(row.id) ? await this.#write(row.id) : row.requestsToday;
    const verified = this.#knownOf({ ...row, requestsToday: written });
    if (known.size >= maxKnown) known.clear();
    known.set(hash, verified);
    return verified;
  }

  async #find(hash: string): Promise<Row | undefined> {
    const [row] = await this.#database.query(
      rowSchema,
      `SELECT id, scopes, requests_per_minute AS "requestsPerMinute", requests_per_day AS "requestsPerDay", capture,
         ${requestsToday} AS "requestsToday", coalesce(last_used_at >= ${thisMinute}, false) AS "isUseNoted",
         ${msUntil('expires_at')} AS "expiresInMs", ${msUntil(`(${today} + 1)::timestamp AT TIME ZONE 'UTC'`)} AS "dayEndsInMs"
       FROM api_keys WHERE hash = $1 AND (expires_at IS NULL OR expires_at > now())`,
      [hash],
    );
    return row;
  }

  #knownOf({ expiresInMs, dayEndsInMs, scopes, ...row }: Row): Known {
    const now = this.#now();
    return {
      ...row,
      scopes: new Set(scopes.flatMap((scope) => includedScopes[scope])),
      checkedAt: now,
      expiresAt: now + (expiresInMs ?? Infinity),
      dayEndsAt: now + dayEndsInMs,
    };
  }

  /** At most once a minute for each key and replica, whatever the number of requests. Gives the requests of today. */
  async #write(id: string): Promise<number> {
    const count = this.#unwritten.get(id) ?? 0;
    this.#unwritten.delete(id);
    try {
      const [row] = await this.#database.query(
        rowSchema.pick({ requestsToday: true }),
        `UPDATE api_keys SET last_used_at = greatest(last_used_at, ${thisMinute}),
           counted_requests = ${requestsToday} + $2, counted_day = ${today}
         WHERE id = $1 RETURNING counted_requests AS "requestsToday"`,
        [id, count],
      );
      return row?.requestsToday ?? count;
    } catch (error) {
      this.#unwritten.set(id, (this.#unwritten.get(id) ?? 0) + count);
      throw error;
    }
  }
}
