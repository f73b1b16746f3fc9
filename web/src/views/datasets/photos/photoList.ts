// The photos of one list as far as they have been loaded: more pages come when somebody scrolls near their end.
import { computed, signal } from '@preact/signals';
import type { Photo, PhotoSource } from './photoSources.js';

/** Loaded ahead of what is in sight. */
const aheadCount = 300;

export interface RemovedPhoto {
  readonly index: number;
  readonly photo: Photo;
}

export class PhotoList {
  readonly photos = signal<readonly Photo[]>([]);
  readonly complete = signal(false);
  readonly error = signal<unknown>(undefined);
  /** With those that have yet to be loaded. */
  readonly count = computed(() =>
    this.complete.value ? this.photos.value.length : Math.max(this.photos.value.length, this.#expected.value),
  );
  readonly #source: PhotoSource;
  readonly #expected = signal(0);
  readonly #controller = new AbortController();
  #next: number | null = 0;
  #wanted = 0;
  #loading: Promise<void> | undefined;

  constructor(source: PhotoSource) {
    this.#source = source;
    this.#expected.value = source.expected ?? 0;
    this.need(0);
  }

  /** The photo at this place, and some after it, are about to be shown. */
  need(index: number): void {
    this.#wanted = Math.max(this.#wanted, index + aheadCount);
    const isMissing = this.#next !== null && this.photos.value.length < this.#wanted;
    if (!isMissing || this.#loading !== undefined || this.error.value !== undefined) return;
    this.#loading = this.#load().finally(() => {
      this.#loading = undefined;
      // What was asked for while the last page was shown.
      if (!this.#controller.signal.aborted) this.need(0);
    });
  }

  /** Resolves when all are there, or loading failed. */
  async loadAll(): Promise<void> {
    this.need(Number.MAX_SAFE_INTEGER);
    await this.#loading;
  }

  retry(): void {
    this.error.value = undefined;
    this.need(0);
  }

  close(): void {
    this.#controller.abort();
  }

  change(changes: ReadonlyMap<number, Partial<Photo>>): void {
    this.photos.value = this.photos.value.map((photo) => {
      const change = changes.get(photo.id);
      return change === undefined ? photo : { ...photo, ...change };
    });
  }

  remove(ids: ReadonlySet<number>): readonly RemovedPhoto[] {
    const removed = this.photos.value.flatMap((photo, index) => (ids.has(photo.id) ? [{ index, photo }] : []));
    this.photos.value = this.photos.value.filter(({ id }) => !ids.has(id));
    this.#expected.value -= removed.length;
    return removed;
  }

  /** Where they were. */
  restore(removed: readonly RemovedPhoto[]): void {
    const photos = [...this.photos.value];
    for (const { index, photo } of removed) photos.splice(index, 0, photo);
    this.photos.value = photos;
    this.#expected.value += removed.length;
  }

  async #load(): Promise<void> {
    const { signal } = this.#controller;
    try {
      while (this.#next !== null && this.photos.value.length < this.#wanted) {
        const page = await this.#source.loadPage(this.#next, signal);
        if (signal.aborted) return;
        this.#next = page.next;
        if (typeof page.total === 'number') this.#expected.value = page.total;
        this.photos.value = [...this.photos.value, ...page.photos];
      }
      this.complete.value = this.#next === null;
    } catch (error) {
      if (!signal.aborted) this.error.value = error;
    }
  }
}
