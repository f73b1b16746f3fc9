// Photos of a dataset whose labels a classifier doubts, and what is decided about them. Each decision is carried out at once, and can be undone.
import { computed, signal } from '@preact/signals';
import { dataOf, type components } from 'taxon-client';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import type { AskedModel } from '../../models.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';
import { keepLabel, keptLabels } from './keptLabels.js';

const texts = strings.review;

type ImageChange = components['schemas']['ImageChange'];

export interface UnsurePhoto {
  readonly id: number;
  readonly label: string;
  /** What the classifier says; probability 0 to 1. */
  readonly prediction: { readonly label: string; readonly probability: number };
}

export type UnsureDecision =
  { readonly kind: 'keep' } | { readonly kind: 'relabel'; readonly label: string } | { readonly kind: 'remove' };

interface Made {
  readonly photo: UnsurePhoto;
  /** What the server says undoes it; undefined where it was not told. */
  before?: readonly ImageChange[];
}

/** Put in order at a time. */
const pageSize = 300;
/** Calibrated, so one of five answers at this probability is wrong: less is unsure. */
const sureFrom = 0.8;

const isUnsure = ({ label, prediction }: UnsurePhoto): boolean =>
  prediction.label !== label || prediction.probability < sureFrom;

export class UnsureQueue {
  /** The first is the one that is looked at. */
  readonly waiting = signal<readonly UnsurePhoto[]>([]);
  readonly decided = signal(0);
  readonly loaded = signal(false);
  readonly error = signal<unknown>(undefined);
  readonly all = computed(() => this.decided.value + this.waiting.value.length);
  readonly #made: Made[] = [];
  readonly #controller = new AbortController();
  /** null: all have been read, or those that follow are sure. */
  #next: number | null = 0;
  #changes: Promise<void> = Promise.resolve();

  constructor(
    readonly dataset: string,
    readonly model: AskedModel,
  ) {}

  /** The next page that has such photos, if there is one. */
  async load(): Promise<void> {
    const { signal } = this.#controller;
    this.error.value = undefined;
    this.loaded.value = false;
    try {
      while (this.#next !== null && this.waiting.value.length === 0) await this.#loadPage(this.#next, signal);
      this.loaded.value = true;
    } catch (error) {
      if (!signal.aborted) this.error.value = error;
    }
  }

  /** About the first one. */
  decide(decision: UnsureDecision): void {
    const [photo, ...rest] = this.waiting.value;
    if (photo === undefined) return;
    this.waiting.value = rest;
    this.decided.value++;
    const made: Made = { photo };
    this.#made.push(made);
    const { id, label } = photo;
    keepLabel(this.dataset, id, decision.kind === 'relabel' ? decision.label : label);
    if (decision.kind !== 'keep') {
      const change = decision.kind === 'remove' ? { id, removed: true } : { id, label: decision.label };
      this.#change(async () => {
        made.before = await this.#send([change]);
      }, made);
    }
    if (rest.length === 0) void this.load();
  }

  /** The first one goes to the end. */
  skip(): void {
    const [first, ...rest] = this.waiting.value;
    if (first !== undefined) this.waiting.value = [...rest, first];
  }

  /** Takes back what was decided last, and shows it again. */
  undo(): void {
    const made = this.#made.pop();
    if (made === undefined) {
      showToast(texts.noneToUndo);
      return;
    }
    this.#putBack(made.photo);
    this.#change(async () => {
      if (made.before !== undefined) await this.#send(made.before);
    });
  }

  close(): void {
    this.#controller.abort();
  }

  async #loadPage(after: number, signal: AbortSignal): Promise<void> {
    const { name, version } = this.model;
    const query = {
      model: name,
      version: String(version),
      order: 'informative' as const,
      after,
      limit: pageSize,
    };
    const params = { path: { name: this.dataset }, query };
    const page = dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}/images', { params, signal }));
    const photos = page.images.flatMap(({ id, label, prediction }) => (prediction ? [{ id, label, prediction }] : []));
    const kept = keptLabels(this.dataset);
    const found = photos.filter((photo) => isUnsure(photo) && kept.get(photo.id) !== photo.label);
    // Something may have been undone meanwhile.
    this.waiting.value = [...this.waiting.value, ...found];
    // In the order of doubt, a sure one is followed by surer ones.
    this.#next = photos.every(isUnsure) ? page.next : null;
  }

  /** In order, also when the view is left meanwhile. What the server refuses is shown again. */
  #change(work: () => Promise<void>, made?: Made): void {
    this.#changes = this.#changes.then(work).catch((error: unknown) => {
      showToast(texts.refused(messageOf(error)));
      const at = made === undefined ? -1 : this.#made.indexOf(made);
      if (at < 0) return;
      this.#made.splice(at, 1);
      this.#putBack(made!.photo);
    });
  }

  async #send(changes: readonly ImageChange[]): Promise<readonly ImageChange[]> {
    const call = { params: { path: { name: this.dataset } }, body: { changes: [...changes] }, keepalive: true };
    return dataOf(await taxon.value.api.PATCH('/v1/admin/datasets/{name}/images', call)).before;
  }

  #putBack(photo: UnsurePhoto): void {
    keepLabel(this.dataset, photo.id, undefined);
    this.waiting.value = [photo, ...this.waiting.value];
    this.decided.value--;
  }
}
