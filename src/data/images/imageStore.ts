// Image files by the hash of their content: ab/cd/<sha256> in their store. Knows nothing of labels or of the database.
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors.js';
import { DirectoryStore } from '../../files/directoryStore.js';
import type { FileStore } from '../../files/fileStore.js';

export interface StoredFile {
  readonly sha256: string;
  /** False when the same bytes were there already. */
  readonly written: boolean;
}

/** SHA-256 of `bytes` in lower-case hexadecimal: an image's name everywhere. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const namePattern = /^[0-9a-f]{64}$/;
const keyPattern = /^[0-9a-f]{2}\/[0-9a-f]{2}\/([0-9a-f]{64})$/;

export class ImageStore {
  constructor(private readonly files: FileStore) {}

  /** Those in `directory`, which is made when missing; what a killed process left unfinished there is removed. */
  static async open(directory: string): Promise<ImageStore> {
    return new ImageStore(await DirectoryStore.open(directory));
  }

  /** Durable when it returns. Throws AppError `storage_full`, `storage_unavailable`. */
  async put(bytes: Uint8Array): Promise<StoredFile> {
    const sha256 = sha256Of(bytes);
    return { sha256, written: await this.files.create(keyOf(sha256), bytes) };
  }

  /** Throws AppError `not_found` when there is no such image, `storage_unavailable`. */
  async read(sha256: string): Promise<Buffer> {
    return (await this.files.read(keyOf(sha256))) ?? isGone(sha256);
  }

  /** As read, without having it all in memory where it is on a disk of this machine. */
  async stream(sha256: string): Promise<Readable> {
    return (await this.files.open(keyOf(sha256))) ?? isGone(sha256);
  }

  has(sha256: string): Promise<boolean> {
    return this.files.has(keyOf(sha256));
  }

  /** Idempotent. */
  async remove(sha256: string): Promise<void> {
    await this.files.remove([keyOf(sha256)]);
  }

  /** Hashes of all files, one by one. Other files are passed over. */
  async *list(): AsyncGenerator<string> {
    for await (const key of this.files.keys('')) {
      const sha256 = keyPattern.exec(key)?.[1];
      if (sha256 !== undefined) yield sha256;
    }
  }

  /** Where it is on a disk of this machine: see FileStore.localPath. */
  pathOf(sha256: string): string {
    return this.files.localPath(keyOf(sha256));
  }
}

const isGone = (sha256: string): never => {
  throw new AppError('not_found', `There is no image ${sha256} in the store.`);
};

function keyOf(sha256: string): string {
  if (!namePattern.test(sha256))
    throw new AppError('invalid_request', 'An image is named by its sha-256 in lower-case hexadecimal.');
  return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}
