// The one connection that listens for notifications; made on first use, made again when it breaks.
import pRetry from 'p-retry';
import pg from 'pg';
import type { Log, Unlisten } from './database.js';
import { databaseError } from './databaseErrors.js';
import { Subscriptions } from './subscriptions.js';

const pauseMs = 1_000;

export class PostgresListener {
  readonly #url: string;
  readonly #log: Log;
  readonly #subscriptions = new Subscriptions();
  readonly #closing = new AbortController();
  #client: Promise<pg.Client> | undefined;

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
  }

  async listen(channel: string, onPayload: (payload: string | undefined) => void): Promise<Unlisten> {
    const { first, remove } = this.#subscriptions.add(channel, onPayload);
    try {
      const client = await this.#connected();
      if (first) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      remove();
      throw databaseError(error);
    }
    return async () => {
      if (remove()) await this.#forget(channel);
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const client = await this.#client?.catch(() => undefined);
    await client?.end().catch(() => undefined);
  }

  #connected(): Promise<pg.Client> {
    return (this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    }));
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#url, keepAlive: true, connectionTimeoutMillis: 3_000 });
    client.on('error', (error) => this.#log.warn({ err: error }, 'the listening database connection failed'));
    await client.connect();
    client.once('end', () => void this.#reconnect());
    client.on('notification', ({ channel, payload }) => this.#subscriptions.deliver(channel, payload ?? ''));
    for (const channel of this.#subscriptions.channels()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    return client;
  }

  async #forget(channel: string): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.query(`UNLISTEN ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
  }

  async #reconnect(): Promise<void> {
    this.#client = undefined;
    try {
      await pRetry(() => this.#connected(), {
        retries: Infinity,
        factor: 1,
        minTimeout: pauseMs,
        signal: this.#closing.signal,
      });
      this.#subscriptions.tellGap();
    } catch (error) {
      if (!this.#closing.signal.aborted)
        this.#log.error({ err: error }, 'the listening database connection cannot be made again');
    }
  }
}
