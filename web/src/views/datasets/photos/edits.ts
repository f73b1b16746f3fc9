// What is done to photos, and undone. The page shows a change at once; the server is told in order, and says how to undo it.
import { dataOf, type components } from 'taxon-client';
import { messageOf } from '../../../components/problem.js';
import { showToast } from '../../../components/toasts.js';
import { taxon } from '../../../session.js';
import { strings } from '../../../strings/index.js';
import { labelsOfText, textOfLabels } from '../../../../../src/labelText.js';
import type { PhotoList, RemovedPhoto } from './photoList.js';
import type { Photo, Split } from './photoSources.js';
import type { Statistics } from './usePhotoList.js';

const texts = strings.datasets;

type ImageChange = components['schemas']['ImageChange'];

/** The most that one call changes. */
const maxChanges = 1_000;

interface Step {
  /** Shows the photos as they were. */
  readonly revert: () => void;
  readonly apply: () => void;
  /** What the server says undoes it; empty until then, and where it refused. */
  before: readonly ImageChange[];
}

export class Edits {
  readonly #dataset: Pick<Statistics, 'name' | 'task'>;
  readonly #list: PhotoList;
  /** Called when the server has changed. */
  readonly #onSaved: () => void;
  readonly #steps: Step[] = [];
  #queue: Promise<void> = Promise.resolve();

  constructor(dataset: Pick<Statistics, 'name' | 'task'>, list: PhotoList, onSaved: () => void) {
    this.#dataset = dataset;
    this.#list = list;
    this.#onSaved = onSaved;
  }

  /** In a dataset of several labels a photo: adds the label, or takes it away where all photos have it. */
  relabel(photos: readonly Photo[], label: string): void {
    if (this.#dataset.task === 'multi-label') this.#toggle(photos, label);
    else {
      const other = photos.filter((photo) => photo.label !== label);
      this.#change(other, () => ({ label, labels: [label] }), texts.relabelled(other.length, label));
    }
  }

  #toggle(photos: readonly Photo[], label: string): void {
    const isTaken = photos.every(({ labels }) => labels.includes(label));
    const changed = isTaken ? photos : photos.filter(({ labels }) => !labels.includes(label));
    const labelsOf = ({ labels }: Photo): readonly string[] =>
      labelsOfText(textOfLabels(isTaken ? labels.filter((one) => one !== label) : [...labels, label]));
    this.#change(
      changed,
      (photo) => ({ labels: labelsOf(photo), label: textOfLabels(labelsOf(photo)) }),
      (isTaken ? texts.labelTaken : texts.labelAdded)(changed.length, label),
    );
  }

  move(photos: readonly Photo[], split: Split): void {
    const other = photos.filter((photo) => photo.split !== split);
    this.#change(other, () => ({ split }), texts.moved(other.length, texts.splits[split]));
  }

  remove(photos: readonly Photo[]): void {
    const ids = new Set(photos.map(({ id }) => id));
    let removed: readonly RemovedPhoto[] = [];
    this.#do(() => ({ removed: true }), photos, texts.deleted(photos.length), {
      apply: () => {
        removed = this.#list.remove(ids);
      },
      revert: () => this.#list.restore(removed),
    });
  }

  /** Takes back what was done last. */
  undo(): void {
    const step = this.#steps.pop();
    if (step !== undefined) this.#undo(step);
    showToast(step === undefined ? texts.nothingToUndo : texts.undone);
  }

  #change(
    photos: readonly Photo[],
    changeOf: (photo: Photo) => Pick<Photo, 'label' | 'labels'> | Pick<Photo, 'split'>,
    text: string,
  ): void {
    const before = new Map(photos.map(({ id, label, labels, split }) => [id, { label, labels, split }]));
    const after = new Map(photos.map((photo) => [photo.id, changeOf(photo)]));
    const asked = (photo: Photo): Omit<ImageChange, 'id'> => {
      const change = changeOf(photo);
      return 'split' in change ? change : { label: change.label };
    };
    this.#do(asked, photos, text, {
      apply: () => this.#list.change(after),
      revert: () => this.#list.change(before),
    });
  }

  #do(
    changeOf: (photo: Photo) => Omit<ImageChange, 'id'>,
    photos: readonly Photo[],
    text: string,
    shown: Pick<Step, 'apply' | 'revert'>,
  ): void {
    if (photos.length === 0) return;
    const step: Step = { ...shown, before: [] };
    step.apply();
    const changes = photos.map((photo) => ({ id: photo.id, ...changeOf(photo) }));
    this.#enqueue(
      () => changes,
      (before) => {
        step.before = before;
      },
      () => {
        this.#forget(step);
        step.revert();
      },
    );
    this.#steps.push(step);
    showToast(text, { label: texts.undo, run: () => this.#forget(step) && this.#undo(step) });
  }

  #undo(step: Step): void {
    step.revert();
    this.#enqueue(
      () => step.before,
      () => undefined,
      step.apply,
    );
  }

  #forget(step: Step): boolean {
    const at = this.#steps.indexOf(step);
    if (at >= 0) this.#steps.splice(at, 1);
    return at >= 0;
  }

  /** After all that was asked before; only then `changes` is called. */
  #enqueue(
    changes: () => readonly ImageChange[],
    onDone: (before: readonly ImageChange[]) => void,
    onRefused: () => void,
  ): void {
    this.#queue = this.#queue.then(async () => {
      const all = changes();
      try {
        onDone(await this.#send(all));
      } catch (error) {
        onRefused();
        showToast(texts.refused(all.length, messageOf(error)));
      }
      this.#onSaved();
    });
  }

  /** Throws TaxonError; changes of the calls before the refused one stay. */
  async #send(changes: readonly ImageChange[]): Promise<readonly ImageChange[]> {
    const before: ImageChange[] = [];
    for (let at = 0; at < changes.length; at += maxChanges) {
      const params = { path: { name: this.#dataset.name } };
      const body = { changes: changes.slice(at, at + maxChanges) };
      const answer = await taxon.value.api.PATCH('/v1/admin/datasets/{name}/images', { params, body });
      before.push(...dataOf(answer).before);
    }
    return before;
  }
}
