// Photos that look the same folded into one place of the list, where the first of them was; or unfolded there, beside each other.
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Photo } from './photoSources.js';
import type { PhotoList } from './photoList.js';

/** On the first of those that look the same. */
export interface StackMark {
  /** Photos in it, two or more. */
  readonly count: number;
  readonly isOpen: boolean;
}

export interface ShownPhoto extends Photo {
  readonly stack?: StackMark;
  /** It belongs to an unfolded stack. */
  readonly isUnfolded?: boolean;
}

/** As many of a list as the grid shows. */
export interface ShownList {
  readonly photos: ReadonlySignal<readonly ShownPhoto[]>;
  /** With those that have yet to be loaded. */
  readonly count: ReadonlySignal<number>;
  readonly need: (index: number) => void;
  readonly loadAll: () => Promise<void>;
}

export class Stacks implements ShownList {
  readonly #list: PhotoList;
  /** Whether look-alikes are put together at all. */
  readonly isOn = signal(false);
  /** What the unfolded stacks look like. */
  readonly #open = signal<ReadonlySet<string>>(new Set());
  readonly #members = computed(() => groupByLook(this.#list.photos.value));
  readonly photos = computed<readonly ShownPhoto[]>(() =>
    this.isOn.value ? [...this.#members.value.values()].flatMap((own) => this.#show(own)) : this.#list.photos.value,
  );
  readonly count = computed(() => this.#list.count.value - this.#hidden);

  constructor(list: PhotoList) {
    this.#list = list;
  }

  /** A stack has all its photos only when the whole list is there. */
  turn(on: boolean): void {
    this.isOn.value = on;
    if (on) void this.loadAll();
  }

  need(index: number): void {
    this.#list.need(index + this.#hidden);
  }

  loadAll(): Promise<void> {
    return this.#list.loadAll();
  }

  /** What is meant by a photo that is shown: all of its stack while that is folded. Once the list is complete, all there are. */
  membersOf(photo: ShownPhoto): readonly Photo[] {
    return photo.stack?.isOpen === false ? this.#members.value.get(photo.look)! : [photo];
  }

  /** Unfolds the stack that a photo belongs to, or folds it; the ids of its photos. None: it has none. */
  fold({ look }: Photo): readonly number[] {
    const own = this.isOn.value ? (this.#members.value.get(look) ?? []) : [];
    if (own.length < 2) return [];
    const open = new Set(this.#open.value);
    if (!open.delete(look)) open.add(look);
    this.#open.value = open;
    return own.map(({ id }) => id);
  }

  unfoldAll(): void {
    this.#open.value = new Set(this.#members.value.keys());
  }

  get #hidden(): number {
    return this.#list.photos.value.length - this.photos.value.length;
  }

  #show(own: readonly Photo[]): readonly ShownPhoto[] {
    const [first, ...others] = own as [Photo, ...Photo[]];
    if (others.length === 0) return own;
    const isOpen = this.#open.value.has(first.look);
    const front = { ...first, stack: { count: own.length, isOpen }, isUnfolded: isOpen };
    return isOpen ? [front, ...others.map((photo) => ({ ...photo, isUnfolded: true }))] : [front];
  }
}

/** In the order of the first of each. */
function groupByLook(photos: readonly Photo[]): ReadonlyMap<string, readonly Photo[]> {
  const groups = new Map<string, Photo[]>();
  for (const photo of photos) {
    const own = groups.get(photo.look);
    if (own === undefined) groups.set(photo.look, [photo]);
    else own.push(photo);
  }
  return groups;
}
