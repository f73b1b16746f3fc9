// Background work waits while a bucket is away; requests do not.
import pRetry from 'p-retry';
import { AppError } from '../errors.js';
import type { FileStore } from './fileStore.js';

const forMs = 300_000;

/** A store that says when to come back will. A disk that refuses says nothing of the kind. */
const isAway = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'storage_unavailable' && error.retryAfterS !== undefined;

/** Repeats `work` with growing pauses, for five minutes at most, while the store cannot be reached; then throws its last error. */
export const whileStorageAway = <T>(work: () => Promise<T>): Promise<T> =>
  pRetry(work, {
    retries: Infinity,
    minTimeout: 250,
    maxTimeout: 5_000,
    maxRetryTime: forMs,
    shouldRetry: ({ error }) => isAway(error),
  });

type Patient = Pick<FileStore, 'read' | 'put' | 'markUsed' | 'localPath' | 'isLocal'>;

/** The store, whose reads and writes wait so. */
export const patient = (files: Patient): Patient => ({
  read: (key) => whileStorageAway(() => files.read(key)),
  put: (key, bytes, options) => whileStorageAway(() => files.put(key, bytes, options)),
  markUsed: (key) => files.markUsed(key),
  isLocal: files.isLocal,
  localPath: (key) => files.localPath(key),
});
