// The messages between the engine's owner (main thread) and the engine worker. Plain data; pixels and results travel by transfer.
import type { Engine, EngineInfo } from './engine.js';
import { AppError, type ErrorCode } from '../errors.js';

export type EngineMethod = Exclude<keyof Engine, 'info' | 'outage'>;

/** Main → worker. */
export interface EngineCall {
  readonly id: number;
  readonly method: EngineMethod;
  readonly args: readonly unknown[];
}

/** An error in plain data; `code` survives so that an AppError arrives as one. */
export interface PlainError {
  readonly message: string;
  readonly code?: ErrorCode;
  readonly retryAfterS?: number;
  readonly stack?: string;
}

/** Worker → main. `ready` or `failed` comes once, and before any `done` or `error`. */
export type EngineReply =
  | { readonly type: 'ready'; readonly info: EngineInfo; readonly refused: readonly string[] }
  | { readonly type: 'failed'; readonly error: PlainError }
  | { readonly type: 'outage'; readonly reason: string | undefined }
  | { readonly type: 'warning'; readonly text: string }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: PlainError };

export function toPlainError(error: unknown): PlainError {
  if (error instanceof AppError)
    return {
      message: error.detail,
      code: error.code,
      ...(error.retryAfterS !== undefined && { retryAfterS: error.retryAfterS }),
    };
  if (error instanceof Error)
    return { message: error.message, ...(error.stack !== undefined && { stack: error.stack }) };
  return { message: String(error) };
}

export function fromPlainError({ message, code, retryAfterS, stack }: PlainError): Error {
  if (code !== undefined) return new AppError(code, message, retryAfterS === undefined ? {} : { retryAfterS });
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
