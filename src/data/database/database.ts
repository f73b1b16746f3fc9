// What the rest of the program knows of the database: the same SQL over embedded PGlite or a PostgreSQL server.
import type { Logger } from 'pino';
import type { z } from 'zod';

/** The methods of a logger that storage uses; pino's and Fastify's loggers both have them. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

/** Values that both drivers send alike. JSON goes as its text (`JSON.stringify`), bit strings as '0101…'. */
export type Parameter = string | number | boolean | null | Date | Uint8Array | readonly string[] | readonly number[];

export type Row = Readonly<Record<string, unknown>>;

/** Statements on one connection: the database itself, or a transaction. */
export interface Queries {
  /** Rows of one statement, each parsed by `row`. Columns take the names of the schema's keys: `SELECT created_at AS "createdAt"`. */
  query<T>(row: z.ZodType<T>, sql: string, parameters?: readonly Parameter[]): Promise<T[]>;
  /** One statement whose rows do not matter; gives the number of rows it changed. */
  run(sql: string, parameters?: readonly Parameter[]): Promise<number>;
  /** Rows as the driver gives them. Without parameters the text may hold several statements; the last one's rows are given. */
  rows(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** Ends a subscription. Idempotent. */
export type Unlisten = () => Promise<void>;

/**
 * A PostgreSQL of one kind or the other. Every method throws AppError `database_unavailable` when the database cannot be
 * reached (what failed before it was sent is tried again for a few seconds first), and `storage_full` when its disk is full.
 */
export interface Database extends Queries {
  /** embedded: this process is the only user. server: replicas may share it. */
  readonly kind: 'embedded' | 'server';
  /** Why every call fails until this process is started again, in a sentence; undefined while that is not so. */
  readonly outage: string | undefined;
  /** Commits when `work` resolves, rolls back when it rejects. `work` must use `tx` alone: the database itself may wait for it. */
  transaction<T>(work: (tx: Queries) => Promise<T>): Promise<T>;
  /**
   * Calls `onPayload` for each notification, from this process or another. `undefined` means that some may have been
   * missed (the connection was lost and is back): read the state again.
   */
  listen(channel: string, onPayload: (payload: string | undefined) => void): Promise<Unlisten>;
  notify(channel: string, payload: string): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
