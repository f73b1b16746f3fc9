// The PostgreSQL of DATABASE_URL, or the embedded database, which is looked at and never opened: a server may have it.
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import type { Config } from '../../config.js';
import { isLocked } from '../../data/database/directoryLock.js';
import { bytesText, ok, problem, warning, type Finding } from './finding.js';

export interface ServerDatabaseFacts {
  readonly kind: 'server';
  /** Host and name, without user and password. */
  readonly place: string;
  /** Why it cannot be used. */
  readonly failure?: string;
  /** 16 is PostgreSQL 16. */
  readonly version?: number;
  /** The user may make tables. */
  readonly mayCreate?: boolean;
  /** Its clock minus this one. */
  readonly aheadMs?: number;
}

export interface EmbeddedDatabaseFacts {
  readonly kind: 'embedded';
  readonly path: string;
  /** unfinished: there is a folder, and no complete database in it. */
  readonly state: 'absent' | 'whole' | 'unfinished';
  readonly isOpen: boolean;
  readonly bytes: number;
}

export type DatabaseFacts = ServerDatabaseFacts | EmbeddedDatabaseFacts;

export const lookAtDatabase = ({
  DATABASE_URL,
  DATA_DIR,
}: Pick<Config, 'DATABASE_URL' | 'DATA_DIR'>): Promise<DatabaseFacts> =>
  DATABASE_URL === '' ? lookAtEmbedded(resolve(DATA_DIR, 'db')) : lookAtServer(DATABASE_URL);

async function lookAtServer(url: string): Promise<ServerDatabaseFacts> {
  const { host, pathname } = new URL(url);
  const place = `${host}${pathname}`;
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  // Lost while it is looked at: the query says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const askedAt = Date.now();
    const { rows } = await client.query<{ version: string; now: Date; may_create: boolean }>(
      `SELECT current_setting('server_version_num') AS version, clock_timestamp() AS now,
        has_schema_privilege(current_schema(), 'CREATE') AS may_create`,
    );
    const { version, now, may_create } = rows[0]!;
    const middle = (askedAt + Date.now()) / 2;
    return {
      kind: 'server',
      place,
      version: Math.floor(Number(version) / 10_000),
      mayCreate: may_create,
      aheadMs: now.getTime() - middle,
    };
  } catch (error) {
    return { kind: 'server', place, failure: reasonOf(error) };
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Where a name has several addresses, the error of each has the words. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

async function lookAtEmbedded(path: string): Promise<EmbeddedDatabaseFacts> {
  const state = !existsSync(path) ? 'absent' : existsSync(join(path, 'PG_VERSION')) ? 'whole' : 'unfinished';
  return {
    kind: 'embedded',
    path,
    state,
    isOpen: await isLocked(`${path}.lock`).catch(() => false),
    bytes: await sizeOf(path),
  };
}

/** Of all files below; what cannot be read does not count. */
async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    entries.map((name) =>
      stat(join(path, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

const check = 'database';
const oldestSupported = 15;

/** `isServing`: a Taxon answers at PORT. */
export const judgeDatabase = (facts: DatabaseFacts, isServing: boolean): Finding =>
  facts.kind === 'server' ? judgeServer(facts) : judgeEmbedded(facts, isServing);

function judgeServer({ place, failure, version = 0, mayCreate }: ServerDatabaseFacts): Finding {
  if (failure !== undefined)
    return problem(
      check,
      `${place}: ${failure}`,
      'Start PostgreSQL, let this machine and user in, or correct DATABASE_URL.',
    );
  const found = `PostgreSQL ${version} at ${place}`;
  if (version < oldestSupported) return problem(check, found, `Upgrade it to ${oldestSupported} or later.`);
  if (mayCreate === false)
    return problem(
      check,
      `${found}: its user may not make tables`,
      'As its owner: GRANT CREATE ON SCHEMA public TO that user.',
    );
  return ok(check, found);
}

function judgeEmbedded({ path, state, isOpen, bytes }: EmbeddedDatabaseFacts, isServing: boolean): Finding {
  const found = `embedded, ${path}`;
  if (state === 'unfinished' && !isOpen)
    return warning(
      check,
      `${found}: not a complete database`,
      'The next start sets it aside as db.incomplete and makes a new one: restore a backup before, if there was data.',
    );
  if (isOpen && !isServing)
    return warning(
      check,
      `${found}: a process has it open, and no Taxon answers at PORT`,
      'A server may be starting, or listen on another port, or a command works on it; a second server would not start.',
    );
  if (state === 'absent') return ok(check, `${found} (will be made)`);
  return ok(check, `${found}, ${bytesText(bytes)}${isOpen ? ', open in the server' : ''}`);
}
