// What a driver's failure means: the database is away, its disk is full or refuses writes, or the statement was wrong.
import { AppError } from '../../errors.js';

/** A statement that the database refused; `code` is PostgreSQL's SQLSTATE. */
export class StatementError extends Error {
  override readonly name = 'StatementError';

  constructor(
    message: string,
    readonly code: string | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** SQLSTATE of a statement for which the disk had no room, on a server or embedded. */
const diskFull = '53100';

/** SQLSTATEs of a write that was refused: by the permissions of a file, by a failing disk, or because the database is a standby. */
const writeRefused = /^(42501|58030|25006)$/;

/** SQLSTATE of a text that PostgreSQL cannot store: it has a NUL in it, whichever field it came in. */
const unstorableText = '22021';

/** The connection was lost, or never made; or the embedded database stopped, with `diskFull` for want of room. */
export class DatabaseGoneError extends Error {
  override readonly name = 'DatabaseGoneError';
  readonly code: string | undefined;

  constructor(message: string, options: ErrorOptions & { readonly diskFull?: boolean } = {}) {
    super(message, options);
    this.code = options.diskFull ? diskFull : undefined;
  }
}

/** SQLSTATE classes and socket errors that say "not now" and nothing about the statement. */
const awayCodes =
  /^(08...|57P0[1-4]|53300|ECONN\w+|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ENOENT)$/;
const awayMessages =
  /connection terminated|connection error|not queryable|timeout exceeded|query read timeout|connection ended/i;

/** True when `error` means that the database cannot be reached, false when it concerns the statement. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DatabaseGoneError) return true;
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (typeof code === 'string' && awayCodes.test(code)) || awayMessages.test(error.message);
}

/**
 * `error` as callers should see it: AppError `database_unavailable` when the database is away, `storage_full` when its disk is full,
 * `storage_unavailable` when it may not write, `invalid_request` for a text that no database stores, itself otherwise.
 */
export function databaseError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  if (code === unstorableText)
    return new AppError('invalid_request', 'a text holds the character U+0000, which cannot be stored', {
      cause: error,
    });
  if (typeof code === 'string' && writeRefused.test(code))
    return new AppError('storage_unavailable', 'The database may not write its files; nothing was changed.', {
      cause: error,
    });
  if (code === diskFull)
    return new AppError(
      'storage_full',
      'There is no room left for the database; nothing was changed. Free disk space and try again.',
      { cause: error },
    );
  if (!isDatabaseAway(error)) return error;
  return new AppError(
    'database_unavailable',
    'The database cannot be reached; the request was not carried out. Try again shortly.',
    { cause: error },
  );
}

/** True when a statement names a table that is not there: nothing was migrated yet. */
export const isMissingTable = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === '42P01';

/** True for the violation of a unique constraint. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === '23505';
}
