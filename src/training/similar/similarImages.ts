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
import type { EmbeddingCache } from '../embedding/embeddingCache.js';
import type { Embedder, EmbeddingTarget } from '../embedding/embedder.js';
import { plain } from '../stages.js';
import type { Found } from './embeddingIndex.js';
import { IndexThread } from './indexThread.js';
import type { SearchTask } from './indexWorker.js';

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

/** An index in the thread, as this side knows it. */
interface KeptIndex {
  /** Its name there. */
  readonly key: string;
  readonly changedAt: number;
  readonly builtAt: number;
  readonly images: number;
  /** Those that have an embedding. */
  readonly searched: number;
  readonly bytes: number;
}

const defaultMaxBytes = 256 * 2 ** 20;
/** An index that lacks embeddings is looked after again when it is so old: a training may have stored them meanwhile. */
const lookAgainMs = 30_000;

const rowSchema = z.object({ id: z.int(), changedAt: z.date() });
/** One row for all images: thousands of rows would keep the server's own thread for a tenth of a second. */
const imagesSchema = z.object({ images: z.int(), ids: z.string(), hashes: z.string() });

export class SimilarImages {
  /** By dataset and folder of embeddings, least recently used first. */
  readonly #kept = new Map<string, KeptIndex>();
  readonly #building = new Map<string, Promise<KeptIndex>>();
  readonly #images: DatasetImages;
  readonly #thread = new IndexThread();

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
    const { key, images, searched } = await unlessAborted(this.#upToDate(dataset, target), signal);
    if (searched === 0)
      throw new AppError(
        'conflict',
        `No image of the dataset "${dataset}" has an embedding of this classifier's backbone: train a version on the dataset, or ask for a version's predictions of it, either of which stores them.`,
      );
    return {
      dataset,
      searched,
      missing: images - searched,
      nearest: async (query, limit, until) => {
        const reopen = (): Promise<unknown> => this.#upToDate(dataset, target);
        return this.#present(dataset, await unlessAborted(this.#search({ key, query, limit }, reopen), until));
      },
    };
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#kept.clear();
    await this.#thread.close();
  }

  async #present(dataset: string, found: readonly Found[]): Promise<SimilarImage[]> {
    // As they are now: relabelled ones with their new label, deleted ones not at all.
    const ids = found.map(({ id }) => id);
    const { images: present } = await this.#images.list(dataset, { ids, limit: ids.length });
    const byId = new Map(present.map((image) => [image.id, image]));
    return found.flatMap(({ id, similarity }) => {
      const image = byId.get(id);
      return image === undefined ? [] : [{ image, similarity }];
    });
  }

  /** The index is made again where it has made room for another, or the thread has died. */
  async #search(task: SearchTask, reopen: () => Promise<unknown>): Promise<readonly Found[]> {
    const found = await this.#thread.search(task);
    if (found !== undefined) return found;
    this.#kept.delete(task.key);
    await reopen();
    return (await this.#thread.search(task)) ?? [];
  }

  async #upToDate(dataset: string, target: EmbeddingTarget): Promise<KeptIndex> {
    const { id, changedAt } = await this.#find(dataset);
    const key = `${id} ${this.deps.embedder.folderOf(target)}`;
    const kept = this.#kept.get(key);
    const isWhole = kept?.searched === kept?.images;
    const isFresh = kept?.changedAt === changedAt.getTime() && (isWhole || this.#now() - kept.builtAt < lookAgainMs);
    if (isFresh) {
      await this.#keep(kept);
      return kept;
    }
    const building = this.#building.get(key) ?? this.#build(key, id, changedAt.getTime(), target);
    this.#building.set(key, building);
    return building;
  }

  async #build(key: string, datasetId: number, changedAt: number, target: EmbeddingTarget): Promise<KeptIndex> {
    try {
      const size = target.backbone.embeddingSize;
      const bytesEach = size * Float32Array.BYTES_PER_ELEMENT;
      const [listed] = await this.deps.database.query(
        imagesSchema,
        `SELECT count(*) AS images, coalesce(string_agg(id::text, ','), '') AS ids, coalesce(string_agg(sha256, ''), '') AS hashes
         FROM (SELECT id, sha256 FROM dataset_images WHERE dataset_id = $1 ORDER BY id DESC LIMIT $2) AS newest`,
        [datasetId, Math.floor(this.#maxBytes / bytesEach)],
      );
      const { images, ids, hashes } = listed!;
      const caches = this.#cachesOf(target);
      let missing: readonly string[] = hashes.match(/.{64}/g) ?? [];
      for (const cache of caches) missing = await cache.bring(missing, viewKey(plain));
      const directories = caches.map(({ directory }) => directory);
      const searched = await this.#thread.update({ key, size, ids, hashes, directories, view: viewKey(plain) });
      const built = { key, changedAt, builtAt: this.#now(), images, searched, bytes: searched * bytesEach };
      await this.#keep(built);
      return built;
    } finally {
      this.#building.delete(key);
    }
  }

  /** Of the precision that the version answers in, then of fp32, whose embeddings are all but the same. */
  #cachesOf(target: EmbeddingTarget): EmbeddingCache[] {
    const ids = new Set([target.backboneId, target.backbone.id]);
    return [...ids].map((backboneId) => this.deps.embedder.cacheOf({ ...target, backboneId }));
  }

  async #keep(index: KeptIndex): Promise<void> {
    this.#kept.delete(index.key);
    this.#kept.set(index.key, index);
    let bytes = [...this.#kept.values()].reduce((sum, one) => sum + one.bytes, 0);
    for (const [oldest, one] of this.#kept) {
      if (bytes <= this.#maxBytes) return;
      this.#kept.delete(oldest);
      bytes -= one.bytes;
      await this.#thread.drop(oldest);
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
