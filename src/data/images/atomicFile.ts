// Files that are complete or absent, whatever moment the process or the machine stops.
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../errors.js';

/** Directory entries are durable only once the directory itself is flushed. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Makes `path` and its missing parents, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A full disk as AppError `storage_full`; any other error as it is. */
export function diskError(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AppError('storage_full', 'There is no room left for the image. Free disk space under DATA_DIR and send it again.', { cause: error });
}

/**
 * Writes `bytes` to `path` through a temporary file in `temporaryDirectory` (same file system), flushing file and
 * directory before it returns. An existing file is replaced.
 */
export async function writeAtomically(path: string, bytes: Uint8Array, temporaryDirectory: string, temporaryName: string = randomUUID()): Promise<void> {
  const temporary = join(temporaryDirectory, temporaryName);
  try {
    await writeSynced(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error);
  }
  await syncDirectory(dirname(path));
}

