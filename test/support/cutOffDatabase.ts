// A database that one process cannot reach for a while, whatever others do with it.
import type { z } from 'zod';
import type { Database, Parameter, Queries, Row, Unlisten } from '../../src/data/database/database.js';
import { AppError } from '../../src/errors.js';

interface Break {
  readonly statement: string;
  readonly meanwhile: () => Promise<void>;
}

export class CutOffDatabase implements Database {
  #isCutOff = false;
  #break: Break | undefined;

  constructor(readonly uncut: Database) {}

  cutOff(): void {
    this.#isCutOff = true;
  }

  reconnect(): void {
    this.#isCutOff = false;
  }

  /**
   * The next transaction that runs a statement with this text does all its work, and then the connection breaks before the commit.
   * `meanwhile` is what others do before its process notices.
   */
  breakCommitOf(statement: string, meanwhile: () => Promise<void>): void {
    this.#break = { statement, meanwhile };
  }

  get kind(): Database['kind'] {
    return this.uncut.kind;
  }

  get outage(): string | undefined {
    return this.uncut.outage;
  }

  async query<T>(row: z.ZodType<T>, sql: string, parameters?: readonly Parameter[]): Promise<T[]> {
    return this.#reached().query(row, sql, parameters);
  }

  async run(sql: string, parameters?: readonly Parameter[]): Promise<number> {
    return this.#reached().run(sql, parameters);
  }

  async rows(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return this.#reached().rows(sql, parameters);
  }

  async transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T> {
    let broken: Break | undefined;
    const watched = (tx: Queries): Queries => ({
      query: (row, sql, parameters) => tx.query(row, sql, parameters),
      rows: (sql, parameters) => tx.rows(sql, parameters),
      run: (sql, parameters) => {
        if (this.#break && sql.includes(this.#break.statement)) {
          broken = this.#break;
          this.#break = undefined;
        }
        return tx.run(sql, parameters);
      },
    });
    try {
      return await this.#reached().transaction(async (tx) => {
        const value = await work(watched(tx));
        if (broken) throw cutOff();
        this.#reached();
        return value;
      });
    } catch (error) {
      await broken?.meanwhile();
      throw error;
    }
  }

  async listen(channel: string, onPayload: (payload: string | undefined) => void): Promise<Unlisten> {
    return this.#reached().listen(channel, (payload) => {
      if (!this.#isCutOff) onPayload(payload);
    });
  }

  async notify(channel: string, payload: string): Promise<void> {
    return this.#reached().notify(channel, payload);
  }

  close(): Promise<void> {
    return this.uncut.close();
  }

  #reached(): Database {
    if (this.#isCutOff) throw cutOff();
    return this.uncut;
  }
}

const cutOff = (): AppError => new AppError('database_unavailable', 'This process is cut off from its database.');
