// Files that are complete or absent, whatever moment the process or the machine stops.
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDiskFull, syncDirectory, writeNewFile } from '../../durableFiles.js';
import { AppError } from '../../errors.js';

/** Makes `path` and its missing parents, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

/** A full disk as AppError `storage_full`; any other error as it is. */
export function diskError(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new AppError(
    'storage_full',
    'There is no room left for the image. Free disk space under DATA_DIR and send it again.',
    { cause: error },
  );
}

/**
 * Writes `bytes` to `path` through a temporary file in `temporaryDirectory` (same file system), flushing file and
 * directory before it returns. An existing file is replaced.
 */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array,
  temporaryDirectory: string,
  temporaryName: string = randomUUID(),
): Promise<void> {
  const temporary = join(temporaryDirectory, temporaryName);
  try {
    await writeNewFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error);
  }
  await syncDirectory(dirname(path));
}
