// Where images, thumbnails, embeddings and classifiers are kept, as STORAGE says: under DATA_DIR, or in a bucket with copies of some here.
import { join } from 'node:path';
import type { BucketSettings } from './bucketAddress.js';
import { DirectoryStore } from './directoryStore.js';
import type { FileStore } from './fileStore.js';

export interface FilesOptions {
  readonly dataDir: string;
  /** Absent: all is under `dataDir`. */
  readonly bucket?: BucketOptions | undefined;
}

export interface BucketOptions extends BucketSettings {
  readonly cache: CacheOptions;
}

export interface CacheOptions {
  /** Where the copies of a bucket's files are; of this process, or of several on this machine. */
  readonly directory: string;
  /** Of images, thumbnails and embeddings. */
  readonly maxBytes: number;
}

export interface Files {
  readonly images: FileStore;
  readonly thumbnails: FileStore;
  readonly embeddings: FileStore;
  /** undefined: classifiers are in a directory that is read as it is. */
  readonly models: FileStore | undefined;
  /** Removes the copies of what other processes have removed. Does nothing where there are none. */
  forgetRemoved(): Promise<void>;
  /** Idempotent. */
  close(): void;
}

/** Throws AppError storage_unavailable when there is no such bucket, or it may not be listed. */
export const openFiles = (options: FilesOptions): Promise<Files> =>
  options.bucket === undefined ? openDirectories(options.dataDir) : openBucket(options.bucket);

async function openDirectories(dataDir: string): Promise<Files> {
  return {
    images: await DirectoryStore.open(join(dataDir, 'images')),
    thumbnails: await DirectoryStore.open(join(dataDir, 'thumbnails')),
    embeddings: await DirectoryStore.open(join(dataDir, 'embeddings')),
    models: undefined,
    forgetRemoved: () => Promise.resolve(),
    close: () => undefined,
  };
}

async function openBucket({ cache, ...settings }: BucketOptions): Promise<Files> {
  // What talks to buckets takes 25 MB and half a second: nobody else pays for it.
  const [{ BucketStore, connectBucket }, { CachedStore }, { FileCache }] = await Promise.all([
    import('./bucketStore.js'),
    import('./cachedStore.js'),
    import('./fileCache.js'),
  ]);
  const client = connectBucket(settings);
  const storeOf = (folder: string): InstanceType<typeof BucketStore> => new BucketStore(client, settings, folder);
  try {
    for await (const first of storeOf('models/').keys('')) if (first) break;
  } catch (error) {
    client.destroy();
    throw error;
  }
  const copies = await FileCache.open(join(cache.directory, 'files'), cache.maxBytes);
  const cached = (folder: string): InstanceType<typeof CachedStore> => new CachedStore(storeOf(folder), copies, folder);
  const [images, thumbnails, embeddings] = [cached('images/'), cached('thumbnails/'), cached('embeddings/')];
  return {
    images,
    thumbnails,
    embeddings,
    models: storeOf('models/'),
    forgetRemoved: async () => {
      for (const store of [images, thumbnails, embeddings]) await store.forgetRemoved();
    },
    close: () => client.destroy(),
  };
}
