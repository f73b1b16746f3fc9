// The one connection that listens for notifications; made on first use, made again when it breaks.
import pRetry from 'p-retry';
import pg from 'pg';
import { repeat } from '../repeatedTask.js';
import type { Log, Unlisten } from './database.js';
import { databaseError } from './databaseErrors.js';
import { Subscriptions } from './subscriptions.js';

const pauseMs = 1_000;
/**
 * A network that is cut says nothing, and its connection may seem open for hours: one that gives no answer for `silenceMs` is made again.
 * Together they are how late an activation can be known after such a cut.
 */
const beatMs = 1_000;
const silenceMs = 2_000;

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
    const client = new pg.Client({
      connectionString: this.#url,
      keepAlive: true,
      connectionTimeoutMillis: 3_000,
      query_timeout: silenceMs,
    });
    client.on('error', (error) => this.#log.warn({ err: error }, 'the listening database connection failed'));
    await client.connect();
    const stopBeats = repeat(() => beat(client), {
      everyMs: beatMs,
      logger: this.#log,
      onFailure: 'the listening database connection gives no answer',
    });
    client.once('end', () => {
      void stopBeats();
      void this.#reconnect();
    });
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

/** Ends a connection that does not answer. Rejects with the reason. */
async function beat(client: pg.Client): Promise<void> {
  try {
    await client.query('SELECT 1');
  } catch (error) {
    void client.end();
    throw error;
  }
}
