// Which labels of a dataset are probably wrong: what heads and other images say of each that they had not learnt from. Kept with the predictions of versions.
import { createHash } from 'node:crypto';
import type { Database } from '../data/database/database.js';
import { findDataset } from '../data/datasets/datasets.js';
import { listUnpredicted, openPredictionSet, storePredictions } from '../data/datasets/imagePredictions.js';
import type { SnapshotItem } from '../data/datasets/schemas.js';
import { listLabelled } from '../data/datasets/snapshot.js';
import { AppError } from '../errors.js';
import { RecentMap } from '../recentMap.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { divideIntoParts } from './calibrationParts.js';
import { targetOf, type Embedder } from './embedding/embedder.js';
import { l2Candidates, resolveHyperparameters } from './fit/hyperparameters.js';
import { embedPlain, gatherPlain } from './stages.js';
import { Trainer } from './worker/trainer.js';

export interface LabelDoubtsDeps {
  readonly database: Database;
  readonly registry: ClassifierRegistry;
  readonly embedder: Embedder;
  /** JavaScript heap of the thread that fits the heads, in MiB. */
  readonly maxTrainerHeapMb: number;
}

/** Datasets that may wait for one another, for each takes memory and a core. */
const maxWaiting = 8;
/** Datasets whose last set is known, for the pages after the first. */
const remembered = 100;

export class LabelDoubts {
  readonly #deps: LabelDoubtsDeps;
  /** The set that the last first page was made from, by dataset and classifier. */
  readonly #sets = new RecentMap<string, number>(remembered);
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(deps: LabelDoubtsDeps) {
    this.#deps = deps;
  }

  /**
   * The set of predictions (see imagePredictions.ts) with what each image of the dataset seems to be, by cross-validation on the
   * embeddings of the active version of `name`. A first page finds the labels as they are; those after it keep its set, whatever was relabelled since,
   * so that their order stays. undefined when the dataset is too small, or multi-label. Throws AppError `unknown_dataset`, `unknown_model`,
   * `overloaded`, and the signal's reason.
   */
  async ensureStored(
    name: string,
    dataset: string,
    isFirstPage: boolean,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { id, task } = await findDataset(this.#deps.database, dataset);
    if (task === 'multi-label') return undefined;
    const key = `${id}/${name}`;
    const known = isFirstPage ? undefined : this.#sets.get(key);
    if (known !== undefined) return known;
    const setId = await this.#inTurn(() => this.#ensureSet(name, id, signal));
    if (setId !== undefined) this.#sets.set(key, setId);
    return setId;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting === maxWaiting)
      throw new AppError('overloaded', `${maxWaiting} datasets are being looked through; try again in a moment.`);
    this.#waiting++;
    const done = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #ensureSet(name: string, datasetId: number, signal: AbortSignal): Promise<number | undefined> {
    signal.throwIfAborted();
    const { database, registry, embedder, maxTrainerHeapMb } = this.#deps;
    const lease = await registry.acquire(name);
    const trainer = new Trainer(maxTrainerHeapMb);
    try {
      const target = targetOf(lease.version);
      const items = await listLabelled(database, datasetId);
      const setId = await openPredictionSet(database, hashOf(datasetId, embedder.folderOf(target), items));
      if ((await listUnpredicted(database, setId, datasetId, 1)).length === 0) return setId;
      const labelled = items.filter(({ negative }) => negative !== true);
      const broken = new Set((await embedPlain(embedder, target, labelled, signal)).map(({ image }) => image));
      const usable = labelled.filter(({ sha256 }) => !broken.has(sha256));
      if (usable.length === 0) return undefined;
      const features = await gatherPlain(embedder, target, usable);
      const task = taskOf(usable, features, target.backbone.embeddingSize);
      const found = task && (await trainer.run(task, { signal }));
      if (!found) return undefined;
      const rows = new Map(found.rows.map((row, i) => [usable[row]!.sha256, i]));
      const predictions = [...new Set(items.map(({ sha256 }) => sha256))].map((sha256) => {
        const i = rows.get(sha256);
        if (i === undefined) return { sha256, predicted: null, probability: null };
        return { sha256, predicted: task.labels[found.labels[i]!]!, probability: found.certainties[i]! };
      });
      await storePredictions(database, setId, predictions);
      return setId;
    } finally {
      await trainer.close();
      lease.release();
    }
  }
}

/** Of all that decides what is found. */
const hashOf = (datasetId: number, embeddedWith: string, items: readonly SnapshotItem[]): string =>
  createHash('sha256')
    .update(JSON.stringify(['label errors by two opinions', datasetId, embeddedWith]))
    .update(
      JSON.stringify(
        items.map(({ sha256, label, groupKey, negative }) => [
          sha256,
          label,
          groupKey,
          ...(negative ? [negative] : []),
        ]),
      ),
    )
    .digest('hex');

/** undefined: all images have one label. */
function taskOf(items: readonly SnapshotItem[], features: Float32Array, size: number) {
  const labels = [...new Set(items.map(({ label }) => label))].sort();
  if (labels.length < 2) return undefined;
  const indices = new Map(labels.map((label, i) => [label, i]));
  const divided = divideIntoParts(items);
  const groupOf = new Map([...new Set(items.map(({ groupKey }) => groupKey))].map((key, i) => [key, i]));
  const none = new Uint8Array(0);
  return {
    kind: 'labelErrors',
    data: {
      train: { features, labels: Uint32Array.from(items, ({ label }) => indices.get(label)!) },
      validation: { features: new Float32Array(0), labels: new Uint32Array(0) },
      size,
      classes: labels.length,
    },
    parts: {
      train: Uint8Array.from(items, (item) => divided.get(item)!),
      unaltered: new Uint8Array(items.length).fill(1),
      validation: none,
    },
    candidates: l2Candidates(resolveHyperparameters('default')),
    groups: Uint32Array.from(items, ({ groupKey }) => groupOf.get(groupKey)!),
    labels,
  } as const;
}
