// What is done to photos, and undone. The page shows a change at once; the server is told in order, a few photos at a time.
import { messageOf } from '../../../components/problem.js';
import { showToast } from '../../../components/toasts.js';
import { taxon } from '../../../session.js';
import { strings } from '../../../strings/index.js';
import { dataOf } from 'taxon-client';
import type { PhotoList } from './photoList.js';
import type { Photo, Split } from './photoSources.js';

const texts = strings.datasets;

const concurrency = 4;
/** A deletion cannot be taken back by the server, so it waits as long as its message is there. */
const deletionDelayMs = 8_000;

type Change = { readonly label: string } | { readonly split: Split };

interface Step {
  readonly undo: () => void;
}

export class Edits {
  readonly #dataset: string;
  readonly #list: PhotoList;
  /** Called when the server has changed. */
  readonly #onSaved: () => void;
  readonly #steps: Step[] = [];
  readonly #deletions = new Map<Step, () => void>();
  #queue: Promise<void> = Promise.resolve();

  constructor(dataset: string, list: PhotoList, onSaved: () => void) {
    this.#dataset = dataset;
    this.#list = list;
    this.#onSaved = onSaved;
  }

  relabel(photos: readonly Photo[], label: string): void {
    const other = photos.filter((photo) => photo.label !== label);
    if (other.length === 0) return;
    const before = new Map(other.map((photo) => [photo.id, { label: photo.label }]));
    this.#apply(before, new Map(other.map(({ id }) => [id, { label }])), texts.relabelled(other.length, label));
  }

  move(photos: readonly Photo[], split: Split): void {
    const other = photos.filter((photo) => photo.split !== split);
    if (other.length === 0) return;
    const before = new Map(other.map((photo) => [photo.id, { split: photo.split }]));
    this.#apply(
      before,
      new Map(other.map(({ id }) => [id, { split }])),
      texts.moved(other.length, texts.splits[split]),
    );
  }

  #apply(before: ReadonlyMap<number, Change>, after: ReadonlyMap<number, Change>, text: string): void {
    this.#change(after, before);
    this.#offerUndo(text, { undo: () => this.#change(before, after) });
  }

  /** Those that the server refuses go back to what they were. */
  #change(changes: ReadonlyMap<number, Change>, before: ReadonlyMap<number, Change>): void {
    this.#list.change(changes);
    this.#send(
      [...changes],
      async ([id, body]) => {
        const params = { path: { name: this.#dataset, id } };
        dataOf(await taxon.value.api.PATCH('/v1/admin/datasets/{name}/images/{id}', { params, body }));
      },
      (refused) => this.#list.change(new Map(refused.map(([id]) => [id, before.get(id)!]))),
    );
  }

  remove(photos: readonly Photo[]): void {
    if (photos.length === 0) return;
    const removed = this.#list.remove(new Set(photos.map(({ id }) => id)));
    const step: Step = {
      undo: () => {
        clearTimeout(timer);
        this.#deletions.delete(step);
        this.#list.restore(removed);
      },
    };
    const carryOut = (): void => {
      clearTimeout(timer);
      this.#deletions.delete(step);
      this.#forget(step);
      this.#send(
        photos,
        async ({ id }) => {
          const params = { path: { name: this.#dataset, id } };
          dataOf(await taxon.value.api.DELETE('/v1/admin/datasets/{name}/images/{id}', { params, keepalive: true }));
        },
        (refused) => {
          const ids = new Set(refused.map(({ id }) => id));
          this.#list.restore(removed.filter(({ photo }) => ids.has(photo.id)));
        },
      );
    };
    const timer = setTimeout(carryOut, deletionDelayMs);
    this.#deletions.set(step, carryOut);
    this.#offerUndo(texts.deleted(photos.length), step);
  }

  /** Takes back what was done last. */
  undo(): void {
    const step = this.#steps.pop();
    if (step === undefined) {
      showToast(texts.nothingToUndo);
      return;
    }
    step.undo();
    showToast(texts.undone);
  }

  /** Carries out the deletions that wait. */
  finish(): void {
    for (const carryOut of [...this.#deletions.values()]) carryOut();
  }

  #offerUndo(text: string, step: Step): void {
    this.#steps.push(step);
    showToast(text, {
      label: texts.undo,
      run: () => {
        if (this.#forget(step)) step.undo();
      },
    });
  }

  #forget(step: Step): boolean {
    const at = this.#steps.indexOf(step);
    if (at >= 0) this.#steps.splice(at, 1);
    return at >= 0;
  }

  #send<T>(items: readonly T[], send: (item: T) => Promise<void>, onRefused: (refused: readonly T[]) => void): void {
    this.#queue = this.#queue.then(async () => {
      const refused: T[] = [];
      let reason: unknown;
      const rest = items.values();
      const work = async (): Promise<void> => {
        for (const item of rest)
          await send(item).catch((error: unknown) => {
            refused.push(item);
            reason = error;
          });
      };
      await Promise.all(Array.from({ length: concurrency }, work));
      if (refused.length > 0) {
        onRefused(refused);
        showToast(texts.refused(refused.length, messageOf(reason)));
      }
      this.#onSaved();
    });
  }
}
