// The photos that wait, and what is decided about them. The server cannot take a decision back, so it learns of each some seconds later.
import { computed, signal } from '@preact/signals';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { strings } from '../../strings/index.js';

const texts = strings.review;

export interface Reviewable {
  readonly id: number;
  /** That was asked. */
  readonly classifier: string;
  /** What it was corrected to, or what was answered. */
  readonly label: string;
}

/** Where the photos of a queue are. */
export interface ReviewSource<Item extends Reviewable> {
  /** In the order in which they are looked at. */
  readonly load: (signal: AbortSignal) => Promise<readonly Item[]>;
  readonly image: (id: number, signal: AbortSignal) => Promise<Blob>;
  /** These two may outlive the page. */
  readonly accept: (item: Item, dataset: string, label: string) => Promise<void>;
  readonly reject: (item: Item) => Promise<void>;
  /** As the server has it now; undefined where it does not wait any more. */
  readonly find: (item: Item) => Promise<Item | undefined>;
}

export type Decision =
  { readonly kind: 'accept'; readonly dataset: string; readonly label: string } | { readonly kind: 'reject' };

interface Made<Item> {
  readonly item: Item;
  readonly carryOut: () => void;
  readonly stop: () => void;
}

/** As long as a decision can be undone. */
const delayMs = 8_000;

export class ReviewQueue<Item extends Reviewable> {
  /** The first is the one that is looked at. */
  readonly waiting = signal<readonly Item[]>([]);
  readonly decided = signal(0);
  readonly loaded = signal(false);
  readonly error = signal<unknown>(undefined);
  readonly all = computed(() => this.decided.value + this.waiting.value.length);
  /** Those that can still be undone, the last one at the end. */
  readonly #made: Made<Item>[] = [];
  readonly #controller = new AbortController();

  constructor(private readonly source: ReviewSource<Item>) {}

  async load(): Promise<void> {
    const { signal } = this.#controller;
    this.error.value = undefined;
    try {
      this.waiting.value = await this.source.load(signal);
      this.loaded.value = true;
    } catch (error) {
      if (!signal.aborted) this.error.value = error;
    }
  }

  /** About the first one. */
  decide(decision: Decision): void {
    const [item, ...rest] = this.waiting.value;
    if (item === undefined) return;
    this.waiting.value = rest;
    this.decided.value++;
    const forget = (): void => {
      clearTimeout(timer);
      this.#made.splice(this.#made.indexOf(made), 1);
    };
    const made: Made<Item> = {
      item,
      stop: forget,
      carryOut: () => {
        forget();
        void this.#send(item, decision);
      },
    };
    const timer = setTimeout(made.carryOut, delayMs);
    this.#made.push(made);
  }

  /** The first one goes to the end. */
  skip(): void {
    const [first, ...rest] = this.waiting.value;
    if (first !== undefined) this.waiting.value = [...rest, first];
  }

  /** Shows again what was decided last. */
  undo(): void {
    const last = this.#made.at(-1);
    if (last === undefined) {
      showToast(texts.nothingToUndo);
      return;
    }
    last.stop();
    this.#putBack(last.item);
  }

  /** Carries out every decision. */
  finish(): void {
    for (const { carryOut } of [...this.#made]) carryOut();
  }

  close(): void {
    this.finish();
    this.#controller.abort();
  }

  async #send(item: Item, decision: Decision): Promise<void> {
    try {
      if (decision.kind === 'reject') await this.source.reject(item);
      else await this.source.accept(item, decision.dataset, decision.label);
    } catch (error) {
      showToast(texts.refused(messageOf(error)));
      this.#putBack(await this.source.find(item));
    }
  }

  #putBack(item: Item | undefined): void {
    if (item === undefined) return;
    this.waiting.value = [item, ...this.waiting.value];
    this.decided.value--;
  }
}
