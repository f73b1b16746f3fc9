// What came of images that were classified before, by their content: one that is asked for again costs a hash.
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

export class ResultCache<T extends object> {
  readonly #results: LRUCache<string, T>;

  /** `maxImages`, 1 or more: those asked for longest ago are forgotten. `onHit` is called for each image whose result is here. */
  constructor(
    maxImages: number,
    private readonly onHit: () => void,
  ) {
    this.#results = new LRUCache({ max: maxImages });
  }

  /** `use` is what is computed of the image: equal texts, equal results. */
  keyOf(use: string, bytes: Uint8Array): string {
    return createHash('sha256').update(use).update('\0').update(bytes).digest('base64');
  }

  get(key: string): T | undefined {
    const result = this.#results.get(key);
    if (result !== undefined) this.onHit();
    return result;
  }

  set(key: string, result: T): void {
    this.#results.set(key, result);
  }
}
