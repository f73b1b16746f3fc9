// The corrections that wait, and what is decided about them. The server cannot take a decision back, so it learns of each some seconds later.
import { computed, signal } from '@preact/signals';
import { dataOf, type components } from 'taxon-client';
import { messageOf } from '../../components/problem.js';
import { showToast } from '../../components/toasts.js';
import { taxon } from '../../session.js';
import { strings } from '../../strings/index.js';

const texts = strings.review;

export type Correction = components['schemas']['Feedback'];

export type Decision =
  { readonly kind: 'accept'; readonly dataset: string; readonly label: string } | { readonly kind: 'reject' };

interface Made {
  readonly correction: Correction;
  readonly carryOut: () => void;
  readonly stop: () => void;
}

const pageSize = 1_000;
/** As long as a decision can be undone. */
const delayMs = 8_000;

export class ReviewQueue {
  /** The first is the one that is looked at. */
  readonly waiting = signal<readonly Correction[]>([]);
  readonly decided = signal(0);
  readonly loaded = signal(false);
  readonly error = signal<unknown>(undefined);
  readonly all = computed(() => this.decided.value + this.waiting.value.length);
  /** Those that can still be undone, the last one at the end. */
  readonly #made: Made[] = [];
  readonly #controller = new AbortController();

  async load(): Promise<void> {
    const { signal } = this.#controller;
    this.error.value = undefined;
    try {
      const found: Correction[] = [];
      for (;;) {
        const after = Math.max(0, ...found.map(({ id }) => id));
        const params = { query: { state: 'new' as const, order: 'informative' as const, after, limit: pageSize } };
        const { feedback } = dataOf(await taxon.value.api.GET('/v1/admin/feedback', { params, signal }));
        found.push(...feedback);
        if (feedback.length < pageSize) break;
      }
      this.waiting.value = found;
      this.loaded.value = true;
    } catch (error) {
      if (!signal.aborted) this.error.value = error;
    }
  }

  /** About the first one. */
  decide(decision: Decision): void {
    const [correction, ...rest] = this.waiting.value;
    if (correction === undefined) return;
    this.waiting.value = rest;
    this.decided.value++;
    const forget = (): void => {
      clearTimeout(timer);
      this.#made.splice(this.#made.indexOf(made), 1);
    };
    const made: Made = {
      correction,
      stop: forget,
      carryOut: () => {
        forget();
        void this.#send(correction, decision);
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
    this.#putBack(last.correction);
  }

  /** Carries out every decision. */
  finish(): void {
    for (const { carryOut } of [...this.#made]) carryOut();
  }

  close(): void {
    this.finish();
    this.#controller.abort();
  }

  /** The page may be closed meanwhile. */
  async #send({ id, label: given }: Correction, decision: Decision): Promise<void> {
    const call = { params: { path: { id } }, keepalive: true };
    try {
      if (decision.kind === 'reject') dataOf(await taxon.value.api.POST('/v1/admin/feedback/{id}/reject', call));
      else {
        const { dataset, label } = decision;
        const body = { dataset, ...(label !== given && { label }) };
        dataOf(await taxon.value.api.POST('/v1/admin/feedback/{id}/accept', { ...call, body }));
      }
    } catch (error) {
      showToast(texts.refused(messageOf(error)));
      this.#putBack(await this.#find(id));
    }
  }

  /** As the server has it now; undefined where it does not wait any more. */
  async #find(id: number): Promise<Correction | undefined> {
    const params = { query: { state: 'new' as const, after: id - 1, limit: 1 } };
    const { data } = await taxon.value.api.GET('/v1/admin/feedback', { params });
    return data?.feedback.find((correction) => correction.id === id);
  }

  #putBack(correction: Correction | undefined): void {
    if (correction === undefined) return;
    this.waiting.value = [correction, ...this.waiting.value];
    this.decided.value--;
  }
}
