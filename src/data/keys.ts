// API keys: made from 256 random bits, shown once, kept as their hash. A valid key is remembered for a minute, so that most
// requests cost no query; an unknown key costs one, which writes nothing.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../errors.js';
import type { Database, Queries, Unlisten } from './database/database.js';

/** What a key may do: classify; train (also datasets and trainings); metrics (/metrics alone); admin (everything, keys too). */
export const scopeSchema = z.enum(['classify', 'train', 'metrics', 'admin']);
export type Scope = z.infer<typeof scopeSchema>;

export const newKeySchema = z.object({
  name: z.string().trim().min(1).max(100).meta({ description: 'For people to tell keys apart', example: 'till-3' }),
  scopes: z
    .array(scopeSchema)
    .min(1)
    .meta({ description: 'train includes classify, admin includes all; metrics is for GET /metrics' }),
});
export type NewKey = z.infer<typeof newKeySchema>;

export const apiKeySchema = newKeySchema.extend({
  id: z.uuid(),
  prefix: z.string().meta({ description: 'The first characters of the key' }),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable().meta({ description: 'To the minute' }),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

const included: Readonly<Record<Scope, readonly Scope[]>> = {
  classify: ['classify'],
  train: ['train', 'classify'],
  metrics: ['metrics'],
  admin: ['admin', 'train', 'classify', 'metrics'],
};

const columns = `id, name, scopes, prefix, created_at AS "createdAt", last_used_at AS "lastUsedAt"`;
const channel = 'taxon_keys';
const environmentName = 'ADMIN_API_KEY';
/** Any fixed number that nothing else in this database locks. */
const firstKeyLock = 7_461_004;
const prefixLength = 12;

/** A key that was valid is trusted for this long without asking again; notifications announce changes sooner. */
const freshForMs = 60_000;
/** While the database is away, for this long. */
const staleForMs = 600_000;
const maxKnown = 10_000;
const thisMinute = "date_trunc('minute', now())";

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

/** A key that was found to be valid. */
export interface VerifiedKey {
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
}

interface Known extends VerifiedKey {
  readonly checkedAt: number;
}

export interface KeysOptions {
  readonly database: Database;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

export class ApiKeys {
  readonly #database: Database;
  readonly #now: () => number;
  /**
   * By hash. Replaced as a whole when any key may have been revoked: a check in progress then notes its outcome in the
   * old map.
   */
  #known = new Map<string, Known>();
  #unlisten: Unlisten | undefined;

  private constructor({ database, now = () => performance.now() }: KeysOptions) {
    this.#database = database;
    this.#now = now;
  }

  static async open(options: KeysOptions): Promise<ApiKeys> {
    const keys = new ApiKeys(options);
    keys.#unlisten = await options.database.listen(channel, () => keys.#forget());
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
    await this.#database.transaction(async (tx) => {
      await tx.run('SELECT pg_advisory_xact_lock($1)', [firstKeyLock]);
      const removed = await tx.run('DELETE FROM api_keys WHERE id = $1', [id]);
      if (removed === 0) throw new AppError('unknown_key', `There is no key with the id ${id}.`);
      if (!(await hasAdmin(tx)))
        throw new AppError('conflict', 'This is the last key with scope admin; create another one first.');
      await tx.run('SELECT pg_notify($1, $2)', [channel, id]);
    });
    this.#forget();
  }

  /** Whose `key` is and what it may do; undefined when there is no such key. Throws AppError `database_unavailable` for one not seen before. */
  async verify(key: string): Promise<VerifiedKey | undefined> {
    const hash = hashOf(key);
    const known = this.#known.get(hash);
    if (known && this.#ageOf(known) < freshForMs) return known;
    try {
      return await this.#check(hash);
    } catch (error) {
      if (known && this.#ageOf(known) < staleForMs) return known;
      throw error;
    }
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
  }

  #ageOf(known: Known): number {
    return this.#now() - known.checkedAt;
  }

  #forget(): void {
    this.#known = new Map();
  }

  async #check(hash: string): Promise<VerifiedKey | undefined> {
    const known = this.#known;
    const [row] = await this.#database.query(
      z.object({ id: z.uuid(), scopes: z.array(scopeSchema), isUseNoted: z.boolean() }),
      `SELECT id, scopes, coalesce(last_used_at >= ${thisMinute}, false) AS "isUseNoted" FROM api_keys WHERE hash = $1`,
      [hash],
    );
    known.delete(hash);
    if (!row) return undefined;
    if (!row.isUseNoted) await this.#noteUse(hash);
    const verified = { id: row.id, scopes: new Set(row.scopes.flatMap((scope) => included[scope])) };
    if (known.size >= maxKnown) known.clear();
    known.set(hash, { ...verified, checkedAt: this.#now() });
    return verified;
  }

  /** At most once a minute for each key, whatever the number of requests and replicas. */
  async #noteUse(hash: string): Promise<void> {
    await this.#database.run(
      `UPDATE api_keys SET last_used_at = ${thisMinute}
       WHERE hash = $1 AND (last_used_at IS NULL OR last_used_at < ${thisMinute})`,
      [hash],
    );
  }
}

/** The prefix lets secret scanners recognise a key that was published by mistake. */
const newKeyText = (): string => `taxon_${randomBytes(32).toString('base64url')}`;

async function insertKey(queries: Queries, { name, scopes }: NewKey, key: string): Promise<ApiKey> {
  const [row] = await queries.query(
    apiKeySchema,
    `INSERT INTO api_keys (id, name, hash, prefix, scopes) VALUES ($1, $2, $3, $4, $5) RETURNING ${columns}`,
    [randomUUID(), name, hashOf(key), key.slice(0, prefixLength), [...new Set(scopes)]],
  );
  return row!;
}

async function hasAdmin(queries: Queries): Promise<boolean> {
  return (await queries.rows("SELECT FROM api_keys WHERE 'admin' = ANY (scopes) LIMIT 1", [])).length > 0;
}

async function adoptKey(tx: Queries, key: string): Promise<void> {
  const hash = hashOf(key);
  await tx.run('DELETE FROM api_keys WHERE name = $1 AND hash <> $2', [environmentName, hash]);
  await tx.run(
    `INSERT INTO api_keys (id, name, hash, prefix, scopes) VALUES ($1, $2, $3, $4, '{admin}')
     ON CONFLICT (hash) DO UPDATE SET scopes = '{admin}'`,
    // No prefix: it would reveal half of a short key.
    [randomUUID(), environmentName, hash, ''],
  );
  await tx.run('SELECT pg_notify($1, $2)', [channel, environmentName]);
}
