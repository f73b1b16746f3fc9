// PostgreSQL embedded in this process: PGlite in a worker thread, restarted when it dies, guarded against a second process.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { z } from 'zod';
import { AppError } from '../../errors.js';
import type { Database, Log, Parameter, Queries, Row, Unlisten } from './database.js';
import { databaseError } from './databaseErrors.js';
import { DirectoryLock } from './directoryLock.js';
import type { PgliteWorkerData, StatementResult } from './pgliteProtocol.js';
import { PgliteThread } from './pgliteThread.js';
import { queriesOf } from './queries.js';
import { Subscriptions } from './subscriptions.js';

export interface PgliteOptions {
  readonly directory: string;
  readonly logger: Log;
}

const takenOver = 'another process has taken over the embedded database; this one must be restarted';

let wasmModule: Promise<WebAssembly.Module> | undefined;

async function compilePglite(): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite'))));
}

async function create(workerData: PgliteWorkerData): Promise<void> {
  const thread = new Worker(new URL('./pgliteCreator.js', import.meta.url), { workerData });
  // Rejects with the error that ended the thread.
  await once(thread, 'exit');
}

export class PgliteDatabase implements Database {
  readonly kind = 'embedded';
  readonly #options: PgliteOptions;
  readonly #lock: DirectoryLock;
  readonly #subscriptions = new Subscriptions();
  readonly #queries: Queries;
  #thread: Promise<PgliteThread> | undefined;
  #closed: Promise<void> | undefined;
  #outage: string | undefined;

  private constructor(options: PgliteOptions, lock: DirectoryLock) {
    this.#options = options;
    this.#lock = lock;
    this.#queries = queriesOf((sql, parameters) => this.#send(sql, parameters));
  }

  /** Throws AppError `conflict` when another process has it open. */
  static async open(options: PgliteOptions): Promise<PgliteDatabase> {
    const lock = await DirectoryLock.acquire(`${options.directory}.lock`, { onLost: () => void database.#giveUp() });
    const database = new PgliteDatabase(options, lock);
    try {
      await database.#running();
      return database;
    } catch (error) {
      await lock.release();
      throw databaseError(error);
    }
  }

  get outage(): string | undefined {
    return this.#outage;
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
    try {
      const thread = await this.#running();
      const { id, result } = thread.send({ kind: 'begin' });
      await result;
      const tx = queriesOf(
        (sql, parameters) => thread.send({ kind: 'statement', sql, parameters, transaction: id }).result,
      );
      return await this.#finish(thread, id, () => work(tx));
    } catch (error) {
      throw databaseError(error);
    }
  }

  async listen(channel: string, onPayload: (payload: string | undefined) => void): Promise<Unlisten> {
    const { remove } = this.#subscriptions.add(channel, onPayload);
    await (await this.#running()).send({ kind: 'listen', channel }).result;
    // PGlite goes on listening: a channel without subscribers costs nothing.
    return async () => void remove();
  }

  async notify(channel: string, payload: string): Promise<void> {
    await this.run('SELECT pg_notify($1, $2)', [channel, payload]);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /**
   * Another process took over the directory while this one was silent: anything written from here now would damage the
   * database.
   */
  async #giveUp(): Promise<void> {
    this.#outage = takenOver;
    this.#options.logger.error(takenOver);
    await (this.#closed ??= this.#kill());
  }

  async #kill(): Promise<void> {
    await (await this.#thread?.catch(() => undefined))?.kill();
    await this.#lock.release();
  }

  async #close(): Promise<void> {
    await (await this.#thread?.catch(() => undefined))?.close();
    await this.#lock.release();
  }

  async #finish<T>(thread: PgliteThread, transaction: number, work: () => Promise<T>): Promise<T> {
    let value: T;
    try {
      value = await work();
    } catch (error) {
      await thread.send({ kind: 'end', transaction, commit: false }).result.catch(() => undefined);
      throw error;
    }
    await thread.send({ kind: 'end', transaction, commit: true }).result;
    return value;
  }

  async #send(sql: string, parameters: readonly unknown[] | undefined): Promise<StatementResult> {
    const thread = await this.#running();
    return thread.send({ kind: 'statement', sql, parameters }).result;
  }

  /** The living thread; a new one when the last one died. */
  #running(): Promise<PgliteThread> {
    if (this.#outage !== undefined) return Promise.reject(new AppError('database_unavailable', this.#outage));
    if (this.#closed) return Promise.reject(new Error('the database is closed'));
    return (this.#thread ??= this.#start());
  }

  async #start(): Promise<PgliteThread> {
    const workerData = { directory: this.#options.directory, pgliteWasmModule: await (wasmModule ??= compilePglite()) };
    if (!existsSync(join(this.#options.directory, 'PG_VERSION'))) await create(workerData);
    const thread = new PgliteThread(workerData, (channel, payload) => this.#subscriptions.deliver(channel, payload));
    void thread.exited.then(() => this.#onExit());
    await thread.ready;
    for (const channel of this.#subscriptions.channels()) await thread.send({ kind: 'listen', channel }).result;
    this.#subscriptions.tellGap();
    return thread;
  }

  #onExit(): void {
    this.#thread = undefined;
    if (!this.#closed)
      this.#options.logger.error('the embedded database stopped; it is opened again by the next statement');
  }
}
