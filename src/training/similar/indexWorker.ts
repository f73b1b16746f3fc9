// What the thread that keeps and searches the indexes runs.
import { embeddingPath } from '../../data/embeddingFiles.js';
import { lowerThreadPriority } from '../../threadPriority.js';
import { createEmbeddingReader } from '../embedding/embeddingFile.js';
import { EmbeddingIndex, type Found } from './embeddingIndex.js';

/** What is to be in an index. */
export interface UpdateTask {
  readonly key: string;
  /** Values of an embedding. */
  readonly size: number;
  /** Ids of images with commas between them, and their hashes of 64 digits without: as one text each, thousands are handed over at once. */
  readonly ids: string;
  readonly hashes: string;
  /** Folders of embeddings, the likeliest first. */
  readonly directories: readonly string[];
  readonly view: string;
}

export interface SearchTask {
  readonly key: string;
  /** [size], of any length. */
  readonly query: Float32Array;
  readonly limit: number;
}

const hashLength = 64;

const indexes = new Map<string, EmbeddingIndex>();

// Requests and their engine go first, as with a training.
lowerThreadPriority(5);

/** Gives how many images have an embedding. */
export async function update({ key, size, ids, hashes, directories, view }: UpdateTask): Promise<number> {
  const index = indexes.get(key) ?? new EmbeddingIndex(size);
  indexes.set(key, index);
  const images = (ids === '' ? [] : ids.split(',')).map((id, i) => ({
    id: Number(id),
    sha256: hashes.slice(i * hashLength, (i + 1) * hashLength),
  }));
  const read = createEmbeddingReader(size);
  let order = directories;
  await index.update(images, (sha256, target) => {
    const found = order.find((directory) => read(embeddingPath(directory, sha256, view), target));
    if (found === undefined) return false;
    // A training stores in one precision: where one image's was, the next one's is.
    if (found !== order[0]) order = [found, ...order.filter((other) => other !== found)];
    return true;
  });
  return index.count;
}

/** undefined: there is no such index. */
export async function search({ key, query, limit }: SearchTask): Promise<Found[] | undefined> {
  return indexes.get(key)?.nearest(query, limit);
}

export function drop(key: string): void {
  indexes.delete(key);
}
