// A FileStore that is far away, read through copies on this machine. For files that never change: their keys name their content.
import { Readable } from 'node:stream';
import type { FileCache } from './fileCache.js';
import type { FileEntry, FileStore } from './fileStore.js';

export class CachedStore implements FileStore {
  readonly isLocal = false;

  /** `folder` of the cache, ending in a slash, is this store's. */
  constructor(
    private readonly far: FileStore,
    private readonly cache: FileCache,
    private readonly folder: string,
  ) {}

  get name(): string {
    return this.far.name;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.far.put(key, bytes);
    await this.cache.write(this.folder + key, bytes);
  }

  async create(key: string, bytes: Uint8Array): Promise<boolean> {
    const isNew = await this.far.create(key, bytes);
    if (isNew) await this.cache.write(this.folder + key, bytes);
    return isNew;
  }

  putFile(key: string, path: string): Promise<void> {
    return this.far.putFile(key, path);
  }

  async read(key: string): Promise<Buffer | undefined> {
    const kept = await this.cache.read(this.folder + key);
    if (kept) return kept;
    const bytes = await this.far.read(key);
    if (bytes) await this.cache.write(this.folder + key, bytes);
    return bytes;
  }

  copyTo(key: string, path: string): Promise<boolean> {
    return this.far.copyTo(key, path);
  }

  async open(key: string): Promise<Readable | undefined> {
    const bytes = await this.read(key);
    return bytes && Readable.from([bytes]);
  }

  /** As the far store says: a copy may have outlived its file. */
  has(key: string): Promise<boolean> {
    return this.far.has(key);
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.far.remove(keys);
    await this.cache.remove(keys.map((key) => this.folder + key));
  }

  list(folder: string): AsyncIterable<FileEntry> {
    return this.far.list(folder);
  }

  keys(folder: string): AsyncIterable<string> {
    return this.far.keys(folder);
  }

  markUsed(): Promise<void> {
    return Promise.resolve();
  }

  localPath(key: string): string {
    return this.cache.pathOf(this.folder + key);
  }

  /** Removes the copies of files that another process has removed; gives their number. */
  async forgetRemoved(): Promise<number> {
    let removed = 0;
    for (const [group, copies] of await this.#groups()) {
      for await (const key of this.far.keys(group)) copies.delete(key);
      await this.cache.remove([...copies].map((key) => this.folder + key));
      removed += copies.size;
    }
    return removed;
  }

  /**
   * Keys of the copies, by the folder of two hexadecimal digits that they are in: a list of all that the store has may be too long, and one
   * of each of their folders is thousands of requests.
   */
  async #groups(): Promise<Map<string, Set<string>>> {
    const groups = new Map<string, Set<string>>();
    for await (const cached of this.cache.keys(this.folder)) {
      const key = cached.slice(this.folder.length);
      const [prefix = ''] = /^(?:[^/]+\/)*?[0-9a-f]{2}\//.exec(key) ?? [];
      const copies = groups.get(prefix) ?? new Set();
      groups.set(prefix, copies.add(key));
    }
    return groups;
  }
}
