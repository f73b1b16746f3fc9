// How a command ends: its exit code, and what it says of an error.
import { CommanderError } from 'commander';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { RefusedError, UnreachableError } from './adminClient.js';

export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, refused: 4, interrupted: 130 } as const;

/** The command line cannot be carried out as it is written. */
export class UsageError extends Error {}

/** Ctrl-C. */
export class InterruptedError extends Error {
  constructor(message = 'Interrupted.') {
    super(message);
  }
}

/** What is told of an error. */
export interface Ending {
  readonly exitCode: number;
  /** As in docs/errors.md, where it is one of those. */
  readonly code: string | null;
  readonly detail: string;
  /** To people; undefined: it was told already. */
  readonly told: string | undefined;
}

export function endingOf(error: unknown): Ending {
  if (error instanceof CommanderError)
    return { ...ending(error.exitCode === 0 ? 'done' : 'usage', error.message), told: undefined };
  if (error instanceof UsageError) return ending('usage', error.message);
  if (error instanceof z.ZodError) return ending('usage', z.prettifyError(error));
  if (error instanceof InterruptedError) return ending('interrupted', error.message);
  if (error instanceof RefusedError)
    return { ...ending('refused', error.detail, error.code ?? null), told: error.message };
  if (error instanceof UnreachableError) return ending('unreachable', error.detail, error.code);
  if (error instanceof AppError) return ending('failed', error.detail, error.code);
  return ending('failed', error instanceof Error ? error.message : String(error));
}

const ending = (name: keyof typeof exitCodes, detail: string, code: string | null = null): Ending => ({
  exitCode: exitCodes[name],
  code,
  detail,
  told: detail,
});
