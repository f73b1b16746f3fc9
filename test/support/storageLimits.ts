// Limits of a storage for the tests to which they do not matter.
import type { StorageOptions } from '../../src/data/storage.js';

export const storageLimits: Pick<
  StorageOptions,
  'maxImageBytes' | 'maxArchiveBytes' | 'feedbackLimits' | 'maxEmbeddingBytes'
> = {
  maxImageBytes: 1_000_000,
  maxArchiveBytes: 1_000_000,
  feedbackLimits: { maxItems: 100, maxBytes: 1_000_000, maxAgeDays: 90 },
  maxEmbeddingBytes: 1_000_000,
};
