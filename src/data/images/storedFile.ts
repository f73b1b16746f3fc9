// Files under DATA_DIR, stored whole or not at all, with a full disk or one that may not be written reported as such.
import { dirname } from 'node:path';
import { isDiskFull, isWriteRefused, makeDirectory, replaceFile } from '../../durableFiles.js';
import { AppError } from '../../errors.js';

/** A full disk as AppError `storage_full`, one that refuses writes as `storage_unavailable`; any other error as it is. */
export function diskError(error: unknown): unknown {
  if (isWriteRefused(error))
    return new AppError(
      'storage_unavailable',
      'The image cannot be written. Somebody must make DATA_DIR writable for the server; then send it again.',
      { cause: error },
    );
  if (!isDiskFull(error)) return error;
  return new AppError(
    'storage_full',
    'There is no room left for the image. Free disk space under DATA_DIR and send it again.',
    { cause: error },
  );
}

/** See replaceFile: durable when it returns, with the folder that it is in. `unfinishedIn` is on the same file system. Throws AppError `storage_full`, `storage_unavailable`. */
export async function storeFile(path: string, bytes: Uint8Array, unfinishedIn: string): Promise<void> {
  try {
    await makeDirectory(dirname(path));
    await replaceFile(path, bytes, { unfinishedIn });
  } catch (error) {
    throw diskError(error);
  }
}
