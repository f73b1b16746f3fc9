// Cached embeddings gathered into one block that a worker thread can share without a copy.
import { forEachLimited } from './embedder.js';
import type { EmbeddingCache, EmbeddingKey } from './embeddingCache.js';
import { trainingFailed } from '../trainingErrors.js';

/** Files read at a time. */
const readers = 16;

/** [keys.length, size] in shared memory, in the order of the keys. Throws AppError training_failed when one is missing. */
export async function gatherFeatures(
  cache: EmbeddingCache,
  size: number,
  keys: readonly EmbeddingKey[],
): Promise<Float32Array> {
  const features = new Float32Array(new SharedArrayBuffer(keys.length * size * Float32Array.BYTES_PER_ELEMENT));
  await forEachLimited([...keys.entries()], readers, async ([row, key]) => {
    const embedding = await cache.read(key);
    if (!embedding)
      throw trainingFailed(
        `The embedding of image ${key.image} is gone from DATA_DIR/embeddings. Retrain to compute it again.`,
      );
    features.set(embedding, row * size);
  });
  return features;
}
