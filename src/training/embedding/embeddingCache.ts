// Stored embeddings, by backbone × image hash × view: kept across restarts and crashes. Knows nothing of how they are made.
import { access } from 'node:fs/promises';
import pMap from 'p-map';
import { embeddingPath } from '../../data/embeddingFiles.js';
import type { FileStore } from '../../files/fileStore.js';
import { trainingFailed } from '../trainingErrors.js';
import { decodeEmbedding, encodeEmbedding } from './embeddingFile.js';

export interface EmbeddingKey {
  /** SHA-256 of the image file, in hexadecimal. */
  readonly image: string;
  /** See viewKey. */
  readonly view: string;
}

/** Files read at a time. */
const readers = 16;

/** What the cache needs of a store. */
export type EmbeddingStore = Pick<FileStore, 'read' | 'put' | 'markUsed' | 'localPath' | 'isLocal'>;

export class EmbeddingCache {
  readonly #files: EmbeddingStore;
  readonly #folder: string;
  readonly #size: number;

  /** `files` is shared by all backbones, `folder` is this one's; `size` is the number of values of one embedding. */
  constructor(files: EmbeddingStore, folder: string, size: number) {
    this.#files = files;
    this.#folder = folder;
    this.#size = size;
  }

  /** Where this backbone's files are on this machine, as far as they are: see embeddingPath and FileStore.localPath. */
  get directory(): string {
    return this.#files.localPath(this.#folder);
  }

  /** The embedding, or undefined when it is not there or its file is damaged. */
  async read(key: EmbeddingKey): Promise<Float32Array | undefined> {
    const at = this.#keyOf(key);
    // The clean-up removes first what was not used for the longest time.
    await this.#files.markUsed(at);
    const bytes = await this.#files.read(at);
    const embedding = new Float32Array(this.#size);
    return bytes && decodeEmbedding(bytes, embedding) ? embedding : undefined;
  }

  /**
   * Stores an embedding: whole or not at all when the process dies. It is not flushed: after a power cut a damaged file
   * is found by its checksum and computed again, which costs less than a flush for each of thousands.
   */
  async write(key: EmbeddingKey, embedding: Float32Array): Promise<void> {
    await this.#files.put(this.#keyOf(key), encodeEmbedding(embedding), { durable: false });
  }

  /** Brings those that are stored elsewhere to `directory`, for those who read files there; gives the images that have none. */
  async bring(images: readonly string[], view: string): Promise<readonly string[]> {
    if (this.#files.isLocal) return images;
    const missing: string[] = [];
    const bringOne = async (image: string): Promise<void> => {
      const isHere = await access(this.#files.localPath(this.#keyOf({ image, view }))).then(
        () => true,
        () => false,
      );
      if (!isHere && (await this.read({ image, view })) === undefined) missing.push(image);
    };
    await pMap(images, bringOne, { concurrency: readers });
    return missing;
  }

  #keyOf({ image, view }: EmbeddingKey): string {
    return embeddingPath(this.#folder, image, view);
  }
}

/**
 * The embeddings in one block that a worker thread can share without a copy: [keys.length, size] in shared memory, in the order
 * of the keys. Throws AppError training_failed when one is missing.
 */
export async function gatherFeatures(
  cache: EmbeddingCache,
  size: number,
  keys: readonly EmbeddingKey[],
): Promise<Float32Array> {
  const features = new Float32Array(new SharedArrayBuffer(keys.length * size * Float32Array.BYTES_PER_ELEMENT));
  const read = async ([row, key]: [number, EmbeddingKey]): Promise<void> => {
    const embedding = await cache.read(key);
    if (!embedding) throw trainingFailed(`The embedding of image ${key.image} is gone. Retrain to compute it again.`);
    features.set(embedding, row * size);
  };
  await pMap(keys.entries(), read, { concurrency: readers });
  return features;
}
