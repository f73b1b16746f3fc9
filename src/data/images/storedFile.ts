// Files under DATA_DIR, stored whole or not at all, with a full disk reported as such.
import { isDiskFull, replaceFile } from '../../durableFiles.js';
import { AppError } from '../../errors.js';

/** A full disk as AppError `storage_full`; any other error as it is. */
export function diskError(error: unknown): unknown {
  if (!isDiskFull(error)) return error;
  return new AppError(
    'storage_full',
    'There is no room left for the image. Free disk space under DATA_DIR and send it again.',
    { cause: error },
  );
}

/** See replaceFile: durable when it returns. `unfinishedIn` is on the same file system. Throws AppError `storage_full`. */
export async function storeFile(path: string, bytes: Uint8Array, unfinishedIn: string): Promise<void> {
  await replaceFile(path, bytes, { unfinishedIn }).catch((error: unknown) => {
    throw diskError(error);
  });
}
