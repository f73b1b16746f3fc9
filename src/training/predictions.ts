// What a version says of the images of a dataset, from stored embeddings: a page costs what its head costs.
import type { Database } from '../data/database/database.js';
import { createHash } from 'node:crypto';
import { findDataset } from '../data/datasets/datasets.js';
import { listUnpredicted, openPredictionSet, storePredictions } from '../data/datasets/imagePredictions.js';
import { DatasetImages, type ImageFilter } from '../data/datasets/datasetImages.js';
import type { DatasetImage } from '../data/datasets/schemas.js';
import { AppError } from '../errors.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Precision } from '../engines/engine.js';
import type { Manifest } from '../models/manifest.js';
import type { VersionRef } from '../models/versionRef.js';
import type { StoredVersion } from '../serving/loadedVersions.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { orderByInformation } from './diverseOrder.js';
import { targetOf, type Embedder } from './embedding/embedder.js';
import { probabilitiesOf } from '../models/versionAnswer.js';
import { embedPlain, gatherPlain } from './stages.js';
import { Trainer } from './worker/trainer.js';

export interface PredictionsDeps {
  readonly database: Database;
  readonly registry: ClassifierRegistry;
  readonly embedder: Embedder;
  readonly loadHead: (version: StoredVersion) => Promise<LayersModel>;
  /** JavaScript heap of the thread that runs the head, in MiB. */
  readonly maxTrainerHeapMb: number;
}

/** The most probable class of an image, calibrated; or why the version cannot take the image. */
export type ImagePrediction<Image = DatasetImage> = { readonly image: Image } & (
  { readonly predicted: string; readonly probability: number } | { readonly reason: string }
);

export interface PredictionPage {
  readonly predictions: readonly ImagePrediction[];
  /** `after` of the next page; null on the last one. */
  readonly next: number | null;
}

/** An image of a dataset with what a version says of it; null: it cannot be decoded. */
export interface LabelledPrediction {
  readonly sha256: string;
  readonly labels: readonly string[];
  readonly predicted: string | null;
  readonly probability: number | null;
}

interface Computed<Image> {
  /** In the order of the images. */
  readonly predictions: Array<ImagePrediction<Image>>;
  /** Embeddings of those that can be decoded, in that order: [count, size]. */
  readonly features: Float32Array;
  readonly size: number;
}

/** Images whose predictions are made and stored at a time: starting the thread that runs the head costs as much as a thousand. */
const storedAtOnce = 2_000;

/** Pages that may wait for one another, for each takes memory and a core. */
const maxWaiting = 8;

export class Predictions {
  readonly #deps: PredictionsDeps;
  readonly #images: DatasetImages;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(deps: PredictionsDeps) {
    this.#deps = deps;
    this.#images = new DatasetImages(deps.database);
  }

  /**
   * The images of `filter` in order of arrival. What has no stored embedding yet is embedded first, below requests in
   * priority, and kept. Throws AppError `unknown_dataset`, `unknown_model`, `unknown_version`, `overloaded`, and the
   * signal's reason.
   */
  async page(
    name: string,
    wanted: VersionRef,
    dataset: string,
    filter: ImageFilter,
    signal: AbortSignal,
  ): Promise<PredictionPage> {
    const { version } = this.#deps.registry.version(name, wanted).manifest;
    const { images, next } = await this.#images.list(dataset, filter);
    if (images.length === 0) return { predictions: [], next };
    return { predictions: await this.#inTurn(() => this.#predict(name, version, images, signal)), next };
  }

  /**
   * Stores what the version says of those images of the dataset of which it has not been stored, as `page` finds it; gives the set
   * that has them all. What was stored stays when it is interrupted. Throws as `page` does.
   */
  async ensureStored(name: string, wanted: VersionRef, dataset: string, signal: AbortSignal): Promise<number> {
    const { database, registry } = this.#deps;
    const known = registry.version(name, wanted);
    const { id: datasetId } = await findDataset(database, dataset);
    const setId = await openPredictionSet(database, headKey(known.manifest, registry.precisionOf(known).precision));
    for (;;) {
      const images = (await listUnpredicted(database, setId, datasetId, storedAtOnce)).map((sha256) => ({ sha256 }));
      if (images.length === 0) return setId;
      const { version } = known.manifest;
      const made = await this.#inTurn(() => this.#predict(name, version, images, signal));
      const rows = made.map((one) =>
        'reason' in one
          ? { ...one.image, predicted: null, probability: null }
          : { ...one.image, predicted: one.predicted, probability: one.probability },
      );
      await storePredictions(database, setId, rows);
    }
  }

  /**
   * What the active version of `name` says of the images, `count` at most: those first that it is unsure of and that are unlike those
   * before them (see orderByInformation); those that cannot be decoded come last. Throws as `page` does.
   */
  async mostInformative<Image extends { readonly sha256: string }>(
    name: string,
    images: readonly Image[],
    count: number,
    signal: AbortSignal,
  ): Promise<Array<ImagePrediction<Image>>> {
    const { version } = this.#deps.registry.version(name).manifest;
    const { predictions, features, size } = await this.#inTurn(() => this.#compute(name, version, images, signal));
    const usable = predictions.filter((one) => 'predicted' in one);
    const uncertainty = usable.map(({ probability }) => 1 - probability);
    const order = await orderByInformation({ features, size, uncertainty }, count, signal);
    const broken = predictions.filter((one) => 'reason' in one);
    return [...order.map((index) => usable[index]!), ...broken].slice(0, count);
  }

  /**
   * The images in another order: first those whose labels the version doubts and that are unlike those before them (see
   * orderByInformation); those that cannot be decoded come last. Throws as `page` does.
   */
  async diverseFirst<Image extends LabelledPrediction>(
    name: string,
    wanted: VersionRef,
    images: readonly Image[],
    signal: AbortSignal,
  ): Promise<Image[]> {
    const { version } = this.#deps.registry.version(name, wanted).manifest;
    const readable = images.filter(({ predicted }) => predicted !== null);
    const { usable, features, size } = await this.#inTurn(() => this.#embed(name, version, readable, signal));
    const uncertainty = usable.map(doubtOf);
    const order = await orderByInformation({ features, size, uncertainty }, usable.length, signal);
    const known = new Set(usable);
    return [...order.map((index) => usable[index]!), ...images.filter((image) => !known.has(image))];
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting === maxWaiting)
      throw new AppError('overloaded', `${maxWaiting} pages of predictions are being computed; try again in a moment.`);
    this.#waiting++;
    const done = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #predict<Image extends { readonly sha256: string }>(
    name: string,
    version: number,
    images: readonly Image[],
    signal: AbortSignal,
  ): Promise<Array<ImagePrediction<Image>>> {
    return (await this.#compute(name, version, images, signal)).predictions;
  }

  async #compute<Image extends { readonly sha256: string }>(
    name: string,
    version: number,
    images: readonly Image[],
    signal: AbortSignal,
  ): Promise<Computed<Image>> {
    signal.throwIfAborted();
    const { registry, embedder, loadHead } = this.#deps;
    const lease = await registry.acquire(name, version);
    try {
      const { manifest } = lease.version;
      const target = targetOf(lease.version);
      const broken = await embedPlain(embedder, target, images, signal);
      const reasons = new Map(broken.map(({ image, reason }) => [image, reason]));
      const usable = images.filter(({ sha256 }) => !reasons.has(sha256));
      const features = await gatherPlain(embedder, target, usable);
      const logits = await this.#run(await loadHead(registry.version(name, version)), features, usable.length, signal);
      const rows = new Map(usable.map((image, row) => [image, row]));
      const predictions = images.map((image): ImagePrediction<Image> => {
        const row = rows.get(image);
        if (row === undefined) return { image, reason: reasons.get(image.sha256)! };
        const { labels } = manifest;
        const probabilities = probabilitiesOf(
          manifest,
          logits.subarray(row * labels.length, (row + 1) * labels.length),
        );
        const probability = Math.max(...probabilities);
        return { image, predicted: labels[probabilities.indexOf(probability)]!, probability };
      });
      return { predictions, features, size: manifest.backbone.embeddingSize };
    } finally {
      lease.release();
    }
  }

  /** Those of the images that can be decoded, with their embeddings: [usable, size]. */
  async #embed<Image extends { readonly sha256: string }>(
    name: string,
    version: number,
    images: readonly Image[],
    signal: AbortSignal,
  ): Promise<{ usable: Image[]; features: Float32Array; size: number }> {
    signal.throwIfAborted();
    const { registry, embedder } = this.#deps;
    const lease = await registry.acquire(name, version);
    try {
      const target = targetOf(lease.version);
      const broken = new Set((await embedPlain(embedder, target, images, signal)).map(({ image }) => image));
      const usable = images.filter(({ sha256 }) => !broken.has(sha256));
      const size = lease.version.manifest.backbone.embeddingSize;
      return { usable, features: await gatherPlain(embedder, target, usable), size };
    } finally {
      lease.release();
    }
  }

  async #run(model: LayersModel, features: Float32Array, count: number, signal: AbortSignal): Promise<Float32Array> {
    if (count === 0) return new Float32Array(0);
    const trainer = new Trainer(this.#deps.maxTrainerHeapMb);
    try {
      return await trainer.run({ kind: 'predict', model, features, count }, { signal });
    } finally {
      await trainer.close();
    }
  }
}

/** How likely the label is wrong, at least: 0 to 1. A class that is not the most probable one is never more probable than that. */
const doubtOf = ({ labels, predicted, probability }: LabelledPrediction): number =>
  labels.includes(predicted!) ? 1 - probability! : Math.max(probability!, 1 - probability!);

/** Of all that decides what a version says of an image: versions come and go, and numbers may come back. */
const headKey = (
  { files, labels, temperature, activation, backbone, preprocessing }: Manifest,
  precision: Precision,
): string =>
  createHash('sha256')
    .update(JSON.stringify([files, labels, temperature, activation, backbone.id, preprocessing, precision]))
    .digest('hex');
