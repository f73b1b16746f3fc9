// Image files by the hash of their content: DATA_DIR/images/ab/cd/<sha256>. Knows nothing of labels or of the database.
import { createHash } from 'node:crypto';
import { access, opendir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../errors.js';
import { makeDirectory, removeUnfinished, syncDirectory } from '../../durableFiles.js';
import { storeFile } from './storedFile.js';

export interface StoredFile {
  readonly sha256: string;
  /** False when the same bytes were there already. */
  readonly written: boolean;
}

/** SHA-256 of `bytes` in lower-case hexadecimal: an image's name everywhere. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const namePattern = /^[0-9a-f]{64}$/;

export class ImageStore {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** Opens `directory`, making it when missing, and removes what a killed process left unfinished. */
  static async open(directory: string): Promise<ImageStore> {
    await makeDirectory(directory);
    await removeUnfinished(directory);
    return new ImageStore(directory);
  }

  /** Durable when it returns. */
  async put(bytes: Uint8Array): Promise<StoredFile> {
    const sha256 = sha256Of(bytes);
    const directory = this.#directoryOf(sha256);
    if (await this.has(sha256)) {
      // Whoever wrote it may not have flushed the directory yet.
      await syncDirectory(directory);
      return { sha256, written: false };
    }
    await storeFile(this.pathOf(sha256), bytes, this.#root);
    return { sha256, written: true };
  }

  /** Throws AppError `not_found` when there is no such image. */
  async read(sha256: string): Promise<Buffer> {
    try {
      return await readFile(this.pathOf(sha256));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new AppError('not_found', `There is no image ${sha256} in the store.`, { cause: error });
    }
  }

  async has(sha256: string): Promise<boolean> {
    return access(this.pathOf(sha256)).then(
      () => true,
      () => false,
    );
  }

  /** Idempotent. */
  async remove(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  /** Hashes of all files, one by one. Other files are passed over. */
  async *list(): AsyncGenerator<string> {
    for (const first of await directoriesIn(this.#root)) {
      for (const second of await directoriesIn(join(this.#root, first))) {
        for await (const { name } of await opendir(join(this.#root, first, second)))
          if (namePattern.test(name)) yield name;
      }
    }
  }

  pathOf(sha256: string): string {
    return join(this.#directoryOf(sha256), sha256);
  }

  #directoryOf(sha256: string): string {
    if (!namePattern.test(sha256))
      throw new AppError('invalid_request', 'An image is named by its sha-256 in lower-case hexadecimal.');
    return join(this.#root, sha256.slice(0, 2), sha256.slice(2, 4));
  }
}

async function directoriesIn(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(path))
    if (entry.isDirectory() && /^[0-9a-f]{2}$/.test(entry.name)) names.push(entry.name);
  return names;
}
