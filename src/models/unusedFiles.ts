// What nothing in a bucket of classifiers needs any more: backbones that no version names, marked when first seen, and sets of files that no
// record names. Both go a day later.
import type { FileStore } from '../files/fileStore.js';

/** An import or a training that has its files there and has not published its version yet may take this long. */
const graceMs = 24 * 3_600_000;

const markKey = (id: string): string => `unused/${id}`;

export class UnusedFiles {
  constructor(
    private readonly files: FileStore,
    private readonly now: () => number = Date.now,
  ) {}

  /** Ids of the backbones that `needed` has lacked for a day; the mark of those that it has is taken away. */
  async findBackbones(needed: ReadonlySet<string>): Promise<string[]> {
    const marked = new Map<string, number>();
    for await (const { key, modifiedMs } of this.files.list('unused/')) marked.set(key, modifiedMs);
    const unused: string[] = [];
    for await (const key of this.files.keys('backbones/')) {
      const id = key.replace(/^backbones\/|\.json$/g, '');
      const since = marked.get(markKey(id));
      if (needed.has(id)) {
        if (since !== undefined) await this.unmark(id);
      } else if (since === undefined) await this.files.create(markKey(id), Buffer.alloc(0));
      else if (since < this.now() - graceMs) unused.push(id);
    }
    return unused;
  }

  isMarked(id: string): Promise<boolean> {
    return this.files.has(markKey(id));
  }

  unmark(id: string): Promise<void> {
    return this.files.remove([markKey(id)]);
  }

  /** Removes all files of a set. */
  async removeSet(set: string): Promise<void> {
    const keys: string[] = [];
    for await (const key of this.files.keys(`sets/${set}/`)) keys.push(key);
    await this.files.remove(keys);
  }

  /** Removes the sets that `needed` lacks and that were written more than a day ago: what killed processes left. */
  async removeSets(needed: ReadonlySet<string | undefined>): Promise<void> {
    const old = new Set<string>();
    for await (const { key, modifiedMs } of this.files.list('sets/')) {
      const set = key.split('/')[1]!;
      if (!needed.has(set) && modifiedMs < this.now() - graceMs) old.add(set);
    }
    for (const set of old) await this.removeSet(set);
  }
}
