// Embeddings on disk, by backbone × image hash × view: kept across restarts and crashes. Knows nothing of how they are made.
import { mkdir, readFile, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pMap from 'p-map';
import { embeddingPath } from '../../data/embeddingFiles.js';
import { replaceFile } from '../../durableFiles.js';
import { trainingFailed } from '../trainingErrors.js';
import { decodeEmbedding, encodeEmbedding } from './embeddingFile.js';

export interface EmbeddingKey {
  /** SHA-256 of the image file, in hexadecimal. */
  readonly image: string;
  /** See viewKey. */
  readonly view: string;
}

export class EmbeddingCache {
  /** Where this backbone's files are: see embeddingPath. */
  readonly directory: string;
  readonly #root: string;
  readonly #size: number;

  /** `root` is shared by all backbones, `folder` is this one's; `size` is the number of values of one embedding. */
  constructor(root: string, folder: string, size: number) {
    this.#root = root;
    this.directory = join(root, folder);
    this.#size = size;
  }

  /** The embedding, or undefined when it is not there or its file is damaged. */
  async read(key: EmbeddingKey): Promise<Float32Array | undefined> {
    const path = this.#path(key);
    // The clean-up removes first what was not used for the longest time.
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    const bytes = await readFile(path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    const embedding = new Float32Array(this.#size);
    return bytes && decodeEmbedding(bytes, embedding) ? embedding : undefined;
  }

  /**
   * Stores an embedding: whole or not at all when the process dies. It is not flushed: after a power cut a damaged file
   * is found by its checksum and computed again, which costs less than a flush for each of thousands.
   */
  async write(key: EmbeddingKey, embedding: Float32Array): Promise<void> {
    const path = this.#path(key);
    await mkdir(dirname(path), { recursive: true });
    await replaceFile(path, encodeEmbedding(embedding), { unfinishedIn: this.#root, flush: false });
  }

  #path({ image, view }: EmbeddingKey): string {
    return embeddingPath(this.directory, image, view);
  }
}

/** Files read at a time. */
const readers = 16;

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
    if (!embedding)
      throw trainingFailed(
        `The embedding of image ${key.image} is gone from DATA_DIR/embeddings. Retrain to compute it again.`,
      );
    features.set(embedding, row * size);
  };
  await pMap(keys.entries(), read, { concurrency: readers });
  return features;
}
