// A PostgreSQL server that replicas share: pooled connections that survive its absence, and one that listens.
import pg from 'pg';
import type { z } from 'zod';
import type { Database, Log, Parameter, Queries, Row, Unlisten } from './database.js';
import { databaseError, isDatabaseAway } from './databaseErrors.js';
import type { StatementResult } from './pgliteProtocol.js';
import { PostgresListener } from './postgresListener.js';
import { queriesOf } from './queries.js';
import { retryUntil } from './retry.js';

export interface PostgresOptions {
  readonly url: string;
  readonly logger: Log;
}

/** A request waits this long for a connection before it is answered 503. */
const connectPatienceMs = 3_000;
/** A statement that has no answer by then is given up: the server may have vanished without closing the socket. */
const statementTimeoutMs = 60_000;
/** A process that was cut off in a transaction holds its locks no longer than this. None of ours takes that long between two statements. */
const idleTransactionMs = 30_000;
const maxConnections = 10;

// int8 (counts, ids) as numbers, as PGlite gives them; ours stay far below 2^53.
const types = new pg.TypeOverrides();
types.setTypeParser(pg.types.builtins.INT8, Number);

export class PostgresDatabase implements Database {
  readonly kind = 'server';
  /** A server that is away is found again when it is back. */
  readonly outage = undefined;
  readonly #pool: pg.Pool;
  readonly #listener: PostgresListener;
  readonly #queries: Queries;
  #closed: Promise<void> | undefined;

  constructor({ url, logger }: PostgresOptions) {
    this.#pool = new pg.Pool({
      connectionString: url,
      max: maxConnections,
      connectionTimeoutMillis: connectPatienceMs,
      query_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: idleTransactionMs,
      keepAlive: true,
      types,
    });
    const onError = (error: Error): void => logger.warn({ err: error }, 'a database connection was lost');
    this.#pool.on('error', onError);
    // A client in use has no listener of the pool's; without one its error would end the process.
    this.#pool.on('connect', (client) => client.on('error', onError));
    this.#listener = new PostgresListener(url, logger);
    this.#queries = queriesOf((sql, parameters) => this.#send(sql, parameters));
  }

  query<T>(row: z.ZodType<T>, sql: string, parameters?: readonly Parameter[]): Promise<T[]> {
    return this.#queries.query(row, sql, parameters);
  }

  run(sql: string, parameters?: readonly Parameter[]): Promise<number> {
    return this.#queries.run(sql, parameters);
  }

  rows(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#queries.rows(sql, parameters);
  }

  async transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    return this.#withClient(async (client) => {
      await client.query('BEGIN');
      const value = await work(queriesOf((sql, parameters) => send(client, sql, parameters)));
      await client.query('COMMIT');
      return value;
    });
  }

  listen(channel: string, onPayload: (payload: string | undefined) => void): Promise<Unlisten> {
    return this.#listener.listen(channel, onPayload);
  }

  async notify(channel: string, payload: string): Promise<void> {
    await this.run('SELECT pg_notify($1, $2)', [channel, payload]);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#listener.close();
    await this.#pool.end();
  }

  #send(sql: string, parameters: readonly unknown[] | undefined): Promise<StatementResult> {
    return this.#withClient((client) => send(client, sql, parameters));
  }

  async #withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    try {
      const value = await work(client);
      client.release();
      return value;
    } catch (error) {
      await release(client, error);
      throw databaseError(error);
    }
  }

  /** Nothing has been sent yet, so trying again is safe. */
  async #connect(): Promise<pg.PoolClient> {
    try {
      return await retryUntil(() => this.#pool.connect(), { retryIf: isDatabaseAway, forMs: connectPatienceMs });
    } catch (error) {
      throw databaseError(error);
    }
  }
}

/** Gives the connection back clean: outside any transaction, or not at all. */
async function release(client: pg.PoolClient, error: unknown): Promise<void> {
  const clean =
    !isDatabaseAway(error) &&
    (await client.query('ROLLBACK').then(
      () => true,
      () => false,
    ));
  client.release(!clean);
}

async function send(
  client: pg.ClientBase,
  sql: string,
  parameters: readonly unknown[] | undefined,
): Promise<StatementResult> {
  const sent: unknown = parameters === undefined ? await client.query(sql) : await client.query(sql, [...parameters]);
  const last = (Array.isArray(sent) ? sent.at(-1) : sent) as pg.QueryResult<Row>;
  return { rows: last.rows, changed: last.rowCount ?? 0 };
}
