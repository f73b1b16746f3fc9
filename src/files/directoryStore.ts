// A FileStore in a directory of this machine, or of a file system that several share.
import { createReadStream, type Dirent } from 'node:fs';
import { access, copyFile, link, opendir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  buildFile,
  isDiskFull,
  isWriteRefused,
  makeDirectory,
  removeUnfinished,
  replaceFile,
  syncDirectory,
  withUnfinished,
  writeNewFile,
} from '../durableFiles.js';
import { AppError } from '../errors.js';
import { checkedKey, isKeyPart, type FileEntry, type FileStore, type PutOptions } from './fileStore.js';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** A full disk as AppError `storage_full`, one that refuses writes as `storage_unavailable`; any other error as it is. */
export function diskError(error: unknown): unknown {
  if (isWriteRefused(error))
    return new AppError(
      'storage_unavailable',
      'The file cannot be written. Somebody must make DATA_DIR writable for the server; then send it again.',
      { cause: error },
    );
  if (!isDiskFull(error)) return error;
  return new AppError(
    'storage_full',
    'There is no room left for the file. Free disk space under DATA_DIR and send it again.',
    { cause: error },
  );
}

export class DirectoryStore implements FileStore {
  readonly name: string;
  readonly isLocal = true;

  /** Files appear in `root`, which need not be there yet; what is unfinished lies in it too. */
  constructor(private readonly root: string) {
    this.name = root;
  }

  /** As the constructor; also makes the directory, and removes what a killed process left unfinished. */
  static async open(root: string): Promise<DirectoryStore> {
    await makeDirectory(root);
    await removeUnfinished(root);
    return new DirectoryStore(root);
  }

  async put(key: string, bytes: Uint8Array, { durable = true }: PutOptions = {}): Promise<void> {
    await this.#write(key, (path) => replaceFile(path, bytes, { unfinishedIn: this.root, flush: durable }));
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    const path = this.localPath(key);
    // Whoever wrote it may not have flushed the directory yet.
    if (await this.has(key)) return syncDirectory(dirname(path)).then(() => false);
    return this.#write(key, () =>
      withUnfinished(this.root, async (temporary) => {
        await writeNewFile(temporary, bytes);
        const isFirst = await linkNew(temporary, path);
        await syncDirectory(dirname(path));
        return isFirst;
      }),
    );
  }

  async putFile(key: string, from: string): Promise<void> {
    await this.#write(key, (path) => buildFile(path, (temporary) => copyFile(from, temporary)));
  }

  async #write<T>(key: string, write: (path: string) => Promise<T>): Promise<T> {
    const path = this.localPath(key);
    try {
      await makeDirectory(dirname(path));
      return await write(path);
    } catch (error) {
      throw diskError(error);
    }
  }

  read(key: string): Promise<Buffer | undefined> {
    return readFile(this.localPath(key)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  }

  async copyTo(key: string, path: string): Promise<boolean> {
    try {
      await copyFile(this.localPath(key), path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw diskError(error);
    }
  }

  async open(key: string): Promise<Readable | undefined> {
    return (await this.has(key)) ? createReadStream(this.localPath(key)) : undefined;
  }

  has(key: string): Promise<boolean> {
    return access(this.localPath(key)).then(
      () => true,
      () => false,
    );
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) await rm(this.localPath(key), { force: true });
  }

  async *list(folder: string): AsyncGenerator<FileEntry> {
    for await (const key of this.keys(folder)) {
      const file = await stat(this.localPath(key), { bigint: true }).catch(() => undefined);
      if (file === undefined) continue;
      const { size, mtimeMs, mtimeNs, ino } = file;
      yield { key, bytes: Number(size), modifiedMs: Number(mtimeMs), tag: `${ino}-${mtimeNs}-${size}` };
    }
  }

  /** Hidden files and folders are ours and passed over, as are names that no key has. */
  async *keys(folder: string): AsyncGenerator<string> {
    const prefix = folder === '' ? '' : `${checkedKey(folder.replace(/\/$/, ''))}/`;
    for await (const entry of entriesOf(join(this.root, prefix))) {
      if (!isKeyPart(entry.name)) continue;
      if (entry.isDirectory()) yield* this.keys(`${prefix}${entry.name}/`);
      else yield `${prefix}${entry.name}`;
    }
  }

  async markUsed(key: string): Promise<void> {
    const now = new Date();
    await utimes(this.localPath(key), now, now).catch(() => undefined);
  }

  localPath(key: string): string {
    return join(this.root, checkedKey(key));
  }
}

/** A second name for a file, unless there is one of that name: false then. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** None when the directory is not there. */
async function* entriesOf(directory: string): AsyncGenerator<Dirent> {
  const opened = await opendir(directory).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (opened) yield* opened;
}
