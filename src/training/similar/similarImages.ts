// The images of a dataset that are most like a given one: by the cosine of the embeddings that trainings and predictions stored.
import { z } from 'zod';
import type { Database } from '../../data/database/database.js';
import { DatasetImages } from '../../data/datasets/datasetImages.js';
import { unknownDataset } from '../../data/datasets/datasets.js';
import type { DatasetImage } from '../../data/datasets/schemas.js';
import type { Trainings } from '../../data/trainings/trainings.js';
import { AppError } from '../../errors.js';
import type { Manifest } from '../../models/manifest.js';
import { unlessAborted } from '../../serving/unlessAborted.js';
import { viewKey } from '../embedding/augmentation.js';
import type { Embedder, EmbeddingTarget } from '../embedding/embedder.js';
import { plain } from '../stages.js';
import { buildIndex, type EmbeddingIndex } from './embeddingIndex.js';
import { normalise } from './nearest.js';
import { NearestThreads } from './nearestThreads.js';

export interface SimilarImagesDeps {
  readonly database: Database;
  readonly trainings: Pick<Trainings, 'originOf'>;
  readonly embedder: Embedder;
  /** Of all indexes together; of a dataset that is larger alone, the newest images are searched. Default: 256 MiB. */
  readonly maxBytes?: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

export interface SimilarImage {
  readonly image: DatasetImage;
  /** Cosine of the embeddings, from -1 to 1. */
  readonly similarity: number;
}

/** A dataset to be searched with the embeddings of one backbone. */
export interface Searchable {
  readonly dataset: string;
  /** Images with an embedding. */
  readonly searched: number;
  /** Images without one, which cannot be found. */
  readonly missing: number;
  /** Most similar first, `limit` at most. */
  nearest(embedding: Float32Array, limit: number, signal: AbortSignal): Promise<SimilarImage[]>;
}

interface KeptIndex {
  readonly changedAt: number;
  readonly builtAt: number;
  readonly index: EmbeddingIndex;
}

const defaultMaxBytes = 256 * 2 ** 20;
/** An index that lacks embeddings is looked after again when it is so old: a training may have stored them meanwhile. */
const lookAgainMs = 30_000;

const rowSchema = z.object({ id: z.int(), changedAt: z.date() });
const imageSchema = z.object({ id: z.int(), sha256: z.string() });

export class SimilarImages {
  /** By dataset and folder of embeddings, least recently used first. */
  readonly #kept = new Map<string, KeptIndex>();
  readonly #building = new Map<string, Promise<KeptIndex>>();
  readonly #images: DatasetImages;
  readonly #threads = new NearestThreads();

  constructor(private readonly deps: SimilarImagesDeps) {
    this.#images = new DatasetImages(deps.database);
  }

  /** The dataset that a version was trained on here. Throws AppError unknown_dataset when it was trained elsewhere. */
  async datasetOf({ name, version, provenance: { trainingId } }: Manifest): Promise<string> {
    const origin = typeof trainingId === 'string' ? await this.deps.trainings.originOf(trainingId) : undefined;
    if (origin !== undefined) return origin.dataset;
    throw new AppError(
      'unknown_dataset',
      `Version ${version} of "${name}" was not trained on this server: name the dataset to be searched as dataset=.`,
    );
  }

  /**
   * Opens a dataset for embeddings of `target`; what changed since the last time is read first. Throws AppError unknown_dataset,
   * conflict when none of its images has an embedding of that backbone, and the signal's reason.
   */
  async open(dataset: string, target: EmbeddingTarget, signal: AbortSignal): Promise<Searchable> {
    const { index } = await unlessAborted(this.#upToDate(dataset, target), signal);
    if (index.images.length === 0)
      throw new AppError(
        'conflict',
        `No image of the dataset "${dataset}" has an embedding of this classifier's backbone: train a version on the dataset, or ask for a version's predictions of it, either of which stores them.`,
      );
    return {
      dataset,
      searched: index.images.length,
      missing: index.missing,
      nearest: (embedding, limit, until) => this.#nearest(dataset, index, embedding, limit, until),
    };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#kept.clear();
    await this.#threads.close();
  }

  async #nearest(
    dataset: string,
    { vectors, images }: EmbeddingIndex,
    embedding: Float32Array,
    limit: number,
    signal: AbortSignal,
  ): Promise<SimilarImage[]> {
    const query = new Float32Array(embedding.length);
    normalise(embedding, query);
    const near = await unlessAborted(this.#threads.find({ vectors, query, limit }), signal);
    // As they are now: relabelled ones with their new label, deleted ones not at all.
    const ids = near.map(({ row }) => images[row]!.id);
    const { images: present } = await this.#images.list(dataset, { ids, limit: ids.length });
    const byId = new Map(present.map((image) => [image.id, image]));
    return near.flatMap(({ row, similarity }) => {
      const image = byId.get(images[row]!.id);
      return image === undefined ? [] : [{ image, similarity }];
    });
  }

  async #upToDate(dataset: string, target: EmbeddingTarget): Promise<KeptIndex> {
    const { id, changedAt } = await this.#find(dataset);
    const key = `${id} ${this.deps.embedder.folderOf(target)}`;
    const kept = this.#kept.get(key);
    const now = this.#now();
    const isFresh =
      kept?.changedAt === changedAt.getTime() && (kept.index.missing === 0 || now - kept.builtAt < lookAgainMs);
    if (isFresh) {
      this.#keep(key, kept);
      return kept;
    }
    const building = this.#building.get(key) ?? this.#build(key, id, changedAt.getTime(), target);
    this.#building.set(key, building);
    return building;
  }

  async #build(key: string, datasetId: number, changedAt: number, target: EmbeddingTarget): Promise<KeptIndex> {
    try {
      const { embeddingSize } = target.backbone;
      const images = await this.deps.database.query(
        imageSchema,
        'SELECT id, sha256 FROM dataset_images WHERE dataset_id = $1 ORDER BY id DESC LIMIT $2',
        [datasetId, Math.floor(this.#maxBytes / (embeddingSize * Float32Array.BYTES_PER_ELEMENT))],
      );
      const previous = this.#kept.get(key)?.index;
      const index = await buildIndex(images, embeddingSize, this.#reader(target), previous);
      const built = { changedAt, builtAt: this.#now(), index };
      this.#keep(key, built);
      return built;
    } finally {
      this.#building.delete(key);
    }
  }

  /** In the precision that the version answers in, else in fp32, whose embeddings are all but the same. */
  #reader(target: EmbeddingTarget): (sha256: string) => Promise<Float32Array | undefined> {
    const { embedder } = this.deps;
    let caches = [...new Set([target.backboneId, target.backbone.id])].map((backboneId) =>
      embedder.cacheOf({ ...target, backboneId }),
    );
    const view = viewKey(plain);
    return async (image) => {
      for (const cache of caches) {
        const embedding = await cache.read({ image, view });
        if (embedding === undefined) continue;
        // A training stores in one precision: where one image's was, the next one's is.
        caches = [cache, ...caches.filter((other) => other !== cache)];
        return embedding;
      }
      return undefined;
    };
  }

  #keep(key: string, index: KeptIndex): void {
    this.#kept.delete(key);
    this.#kept.set(key, index);
    let bytes = [...this.#kept.values()].reduce((sum, one) => sum + one.index.vectors.byteLength, 0);
    for (const [oldest, one] of this.#kept) {
      if (bytes <= this.#maxBytes) return;
      this.#kept.delete(oldest);
      bytes -= one.index.vectors.byteLength;
    }
  }

  async #find(dataset: string): Promise<z.output<typeof rowSchema>> {
    const [row] = await this.deps.database.query(
      rowSchema,
      'SELECT id, changed_at AS "changedAt" FROM datasets WHERE name = $1',
      [dataset],
    );
    return row ?? unknownDataset(dataset);
  }

  get #maxBytes(): number {
    return this.deps.maxBytes ?? defaultMaxBytes;
  }

  #now(): number {
    return (this.deps.now ?? (() => performance.now()))();
  }
}
