// API keys: made, listed, changed and revoked, with a first one that is always there.
import { randomUUID } from 'node:crypto';
import { AppError } from '../../errors.js';
import type { Database, Parameter, Queries, Unlisten } from '../database/database.js';
import { hashOf, newKeyText } from './keyText.js';
import { KeyVerifier, requestsToday, type VerifiedKey } from './keyVerifier.js';
import { apiKeySchema, type ApiKey, type KeyChanges, type NewKey } from './schemas.js';

const columns = `id, name, scopes, prefix, created_at AS "createdAt", expires_at AS "expiresAt",
  requests_per_minute AS "requestsPerMinute", requests_per_day AS "requestsPerDay", capture,
  last_used_at AS "lastUsedAt", ${requestsToday} AS "requestsToday"`;
const channel = 'taxon_keys';
const environmentName = 'ADMIN_API_KEY';
/** Any fixed number that nothing else in this database locks. */
const firstKeyLock = 7_461_004;
const prefixLength = 12;

export interface KeysOptions {
  readonly database: Database;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

export class ApiKeys {
  readonly #database: Database;
  readonly #verifier: KeyVerifier;
  #unlisten: Unlisten | undefined;

  private constructor({ database, now = () => performance.now() }: KeysOptions) {
    this.#database = database;
    this.#verifier = new KeyVerifier({ database, now });
  }

  static async open(options: KeysOptions): Promise<ApiKeys> {
    const keys = new ApiKeys(options);
    keys.#unlisten = await options.database.listen(channel, () => keys.#verifier.forget());
    return keys;
  }

  /** The result is the only place where the key itself appears. */
  async create(newKey: NewKey): Promise<ApiKey & { readonly key: string }> {
    const key = newKeyText();
    return { ...(await insertKey(this.#database, newKey, key)), key };
  }

  /** The oldest first. */
  list(): Promise<ApiKey[]> {
    return this.#database.query(apiKeySchema, `SELECT ${columns} FROM api_keys ORDER BY created_at, id`);
  }

  /** Revokes a key at once, in every replica. Throws AppError `unknown_key`, `conflict` for the last one with scope admin. */
  async remove(id: string): Promise<void> {
    await this.#alter(id, async (tx) => (await tx.run('DELETE FROM api_keys WHERE id = $1', [id])) > 0);
  }

  /**
   * Holds at once, in every replica; an `expiresAt` that has passed ends the key. Throws AppError `unknown_key`, `conflict` for the
   * end of the last one with scope admin.
   */
  async change(id: string, changes: KeyChanges): Promise<ApiKey> {
    return this.#alter(id, (tx) => updateKey(tx, id, changes));
  }

  /** Whose `key` is, and what it may do; see KeyVerifier.verify. */
  verify(key: string): Promise<VerifiedKey | undefined> {
    return this.#verifier.verify(key);
  }

  /** Counts a request of `key`; see KeyVerifier.count. */
  count(key: VerifiedKey): void {
    this.#verifier.count(key);
  }

  /**
   * Makes sure that there is a key with scope admin. `fromEnvironment` (ADMIN_API_KEY) becomes that key, and replaces
   * the one given before; without it, a key is made when there is none, and returned to be shown this once.
   */
  async ensureAdmin(fromEnvironment?: string): Promise<string | undefined> {
    return this.#database.transaction(async (tx) => {
      await tx.run('SELECT pg_advisory_xact_lock($1)', [firstKeyLock]);
      if (fromEnvironment !== undefined) {
        await adoptKey(tx, fromEnvironment);
        return undefined;
      }
      if (await hasAdmin(tx)) return undefined;
      const key = newKeyText();
      await insertKey(tx, { name: 'first admin key', scopes: ['admin'] }, key);
      return key;
    });
  }

  async close(): Promise<void> {
    await this.#unlisten?.();
    // Without the database, a minute of counting is lost.
    await this.#verifier.flush().catch(() => undefined);
  }

  /** Runs `alter`, which gives something falsy when there is no such key, and announces that the key has changed. */
  async #alter<T>(id: string, alter: (tx: Queries) => Promise<T>): Promise<NonNullable<T>> {
    const altered = await this.#database.transaction(async (tx) => {
      await tx.run('SELECT pg_advisory_xact_lock($1)', [firstKeyLock]);
      const result = await alter(tx);
      if (!result) throw new AppError('unknown_key', `There is no key with the id ${id}.`);
      if (!(await hasAdmin(tx)))
        throw new AppError('conflict', 'This is the last key with scope admin; create another one first.');
      await tx.run('SELECT pg_notify($1, $2)', [channel, id]);
      return result;
    });
    this.#verifier.forget();
    return altered;
  }
}

/** What PostgreSQL reads as a date: ISO 8601 has years before its first and after its last. */
function dateOf(expiresAt: string | null): Date | null {
  if (expiresAt === null) return null;
  const [earliest, latest] = [0, Date.UTC(9999, 0)];
  return new Date(Math.min(Math.max(Date.parse(expiresAt), earliest), latest));
}

async function insertKey(queries: Queries, newKey: NewKey, key: string): Promise<ApiKey> {
  const { name, scopes, expiresAt = null, requestsPerMinute = null, requestsPerDay = null, capture = false } = newKey;
  const [row] = await queries.query(
    apiKeySchema,
    `INSERT INTO api_keys (id, name, hash, prefix, scopes, expires_at, requests_per_minute, requests_per_day, capture)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${columns}`,
    [
      randomUUID(),
      name,
      hashOf(key),
      key.slice(0, prefixLength),
      [...new Set(scopes)],
      dateOf(expiresAt),
      requestsPerMinute,
      requestsPerDay,
      capture,
    ],
  );
  return row!;
}

async function updateKey(tx: Queries, id: string, changes: KeyChanges): Promise<ApiKey | undefined> {
  const { name, expiresAt, requestsPerMinute, requestsPerDay, capture } = changes;
  const columnsToSet: Readonly<Record<string, Parameter | undefined>> = {
    name,
    expires_at: expiresAt === undefined ? undefined : dateOf(expiresAt),
    requests_per_minute: requestsPerMinute,
    requests_per_day: requestsPerDay,
    capture,
  };
  const values: Parameter[] = [id];
  const assignments = Object.entries(columnsToSet).flatMap(([column, value]) =>
    value === undefined ? [] : [`${column} = $${values.push(value)}`],
  );
  const sql = `UPDATE api_keys SET ${['id = id', ...assignments].join(', ')} WHERE id = $1 RETURNING ${columns}`;
  return (await tx.query(apiKeySchema, sql, values))[0];
}

async function hasAdmin(queries: Queries): Promise<boolean> {
  const sql =
    "SELECT FROM api_keys WHERE 'admin' = ANY (scopes) AND (expires_at IS NULL OR expires_at > now()) LIMIT 1";
  return (await queries.rows(sql, [])).length > 0;
}

async function adoptKey(tx: Queries, key: string): Promise<void> {
  const hash = hashOf(key);
  await tx.run('DELETE FROM api_keys WHERE name = $1 AND hash <> $2', [environmentName, hash]);
  await tx.run(
    `INSERT INTO api_keys (id, name, hash, prefix, scopes) VALUES ($1, $2, $3, $4, '{admin}')
     ON CONFLICT (hash) DO UPDATE
     SET scopes = '{admin}', expires_at = NULL, requests_per_minute = NULL, requests_per_day = NULL`,
    // No prefix: it would reveal half of a short key.
    [randomUUID(), environmentName, hash, ''],
  );
  await tx.run('SELECT pg_notify($1, $2)', [channel, environmentName]);
}
