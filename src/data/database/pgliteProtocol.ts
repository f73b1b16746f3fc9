// The messages between the database and the worker thread that runs PGlite. Plain data only.
import type { Row } from './database.js';

/** `transaction` names the open transaction that a statement belongs to. */
export type PgliteRequest =
  | {
      readonly kind: 'statement';
      readonly id: number;
      readonly sql: string;
      readonly parameters?: readonly unknown[] | undefined;
      readonly transaction?: number | undefined;
    }
  | { readonly kind: 'begin'; readonly id: number }
  | { readonly kind: 'end'; readonly id: number; readonly transaction: number; readonly commit: boolean }
  | { readonly kind: 'listen'; readonly id: number; readonly channel: string }
  | { readonly kind: 'close'; readonly id: number };

export interface StatementResult {
  readonly rows: Row[];
  readonly changed: number;
}

export type PgliteReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly result: StatementResult }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string; readonly code?: string | undefined }
  /** PostgreSQL has given up, and the thread ends. */
  | { readonly kind: 'panic'; readonly message: string }
  | { readonly kind: 'notification'; readonly channel: string; readonly payload: string };

/** Start-up data of the worker. */
export interface PgliteWorkerData {
  readonly directory: string;
  /** Compiled once per process: every restart of the thread shares its machine code. */
  readonly pgliteWasmModule: WebAssembly.Module;
}
