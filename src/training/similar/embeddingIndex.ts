// The stored embeddings of the images of one dataset, in one block of shared memory: read from files once, then only what is new.
import pMap from 'p-map';
import { normalise } from './nearest.js';

/** An image that may have an embedding. */
export interface IndexedImage {
  readonly id: number;
  readonly sha256: string;
}

export interface EmbeddingIndex {
  /** Of each row, the dataset's image. */
  readonly images: readonly IndexedImage[];
  /** [images.length, size] in shared memory, each row of length 1. */
  readonly vectors: Float32Array;
  /** Images that have no stored embedding. */
  readonly missing: number;
}

/** Files read at a time. */
const readers = 16;

/**
 * The index of `images`. `read` gives an image's embedding of `size` values, undefined where there is none; it is not asked for those
 * that `previous` has.
 */
export async function buildIndex(
  images: readonly IndexedImage[],
  size: number,
  read: (sha256: string) => Promise<Float32Array | undefined>,
  previous?: EmbeddingIndex,
): Promise<EmbeddingIndex> {
  const known = new Map(previous?.images.map(({ sha256 }, row) => [sha256, row]));
  const bytes = images.length * size * Float32Array.BYTES_PER_ELEMENT;
  // What stays empty at its end takes no memory: it is never touched.
  const vectors = new Float32Array(new SharedArrayBuffer(bytes));
  const found: IndexedImage[] = [];
  const add = async (image: IndexedImage): Promise<void> => {
    const row = known.get(image.sha256);
    const embedding = row === undefined ? await read(image.sha256) : undefined;
    if (row === undefined && embedding === undefined) return;
    const place = vectors.subarray(found.length * size, (found.length + 1) * size);
    found.push(image);
    if (embedding === undefined) place.set(previous!.vectors.subarray(row! * size, (row! + 1) * size));
    else normalise(embedding, place);
  };
  await pMap(images, add, { concurrency: readers });
  return { images: found, vectors: vectors.subarray(0, found.length * size), missing: images.length - found.length };
}
