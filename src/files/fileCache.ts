// Copies on this machine of files that a bucket has: whole or not there, together no larger than allowed, the least recently used gone first.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, removeUnfinished } from '../durableFiles.js';
import { thisProcess } from '../processIdentity.js';
import { DirectoryStore } from './directoryStore.js';
import type { FileEntry } from './fileStore.js';

/** After room has been made, this share of the allowed size is in use: what follows has room for a while. */
const keptShare = 0.9;
/** Names the boot of the machine in which the copies were written. */
const bootFile = '.boot';

export class FileCache {
  readonly #files: DirectoryStore;
  /** Bytes that were written since the files were last counted. */
  #written = 0;
  #counting: Promise<void> | undefined;

  private constructor(
    root: string,
    private readonly maxBytes: number,
  ) {
    this.#files = new DirectoryStore(root);
  }

  /**
   * Keeps at most `maxBytes` under `root`. Copies are not flushed: those of an earlier boot may be damaged by a power cut, and are thrown
   * away; where boots cannot be told apart, those of an earlier process.
   */
  static async open(root: string, maxBytes: number): Promise<FileCache> {
    const boot = thisProcess.place?.split(' ')[0];
    const known = await readFile(join(root, bootFile), 'utf8').catch(() => undefined);
    if (boot === undefined || known !== boot) await rm(root, { recursive: true, force: true });
    await makeDirectory(root);
    await writeFile(join(root, bootFile), boot ?? '');
    await removeUnfinished(root);
    const cache = new FileCache(root, maxBytes);
    await cache.makeRoom();
    return cache;
  }

  async read(key: string): Promise<Buffer | undefined> {
    const bytes = await this.#files.read(key);
    if (bytes) await this.#files.markUsed(key);
    return bytes;
  }

  /** A disk that is full or refuses costs time later and nothing else. */
  async write(key: string, bytes: Uint8Array): Promise<void> {
    if (bytes.length > this.maxBytes * (1 - keptShare)) return;
    await this.#files.put(key, bytes, { durable: false }).catch(() => undefined);
    this.#written += bytes.length;
    if (this.#written > this.maxBytes * (1 - keptShare)) await this.makeRoom();
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.#files.remove(keys);
  }

  keys(folder: string): AsyncIterable<string> {
    return this.#files.keys(folder);
  }

  pathOf(key: string): string {
    return this.#files.localPath(key);
  }

  /** Removes what was not used for the longest time, until there is room for a tenth of all; once for all calls that come meanwhile. */
  makeRoom(): Promise<void> {
    this.#counting ??= this.#makeRoom().finally(() => (this.#counting = undefined));
    return this.#counting;
  }

  async #makeRoom(): Promise<void> {
    this.#written = 0;
    const found: Pick<FileEntry, 'key' | 'bytes' | 'modifiedMs'>[] = [];
    let total = 0;
    for await (const { key, bytes, modifiedMs } of this.#files.list('')) {
      found.push({ key, bytes, modifiedMs });
      total += bytes;
    }
    if (total <= this.maxBytes * keptShare) return;
    for (const { key, bytes } of found.sort((a, b) => a.modifiedMs - b.modifiedMs)) {
      if (total <= this.maxBytes * keptShare) return;
      await this.#files.remove([key]);
      total -= bytes;
    }
  }
}
