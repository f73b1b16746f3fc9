// Everything that is kept between requests, opened together and closed together: the database, image files, datasets, keys.
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeDirectory, removeUnfinished } from '../durableFiles.js';
import type { ImageDecoder } from '../image/decoder.js';
import type { Database, Log } from './database/database.js';
import { openDatabase } from './database/openDatabase.js';
import { DatasetImages } from './datasets/datasetImages.js';
import { Datasets } from './datasets/datasets.js';
import { exportDataset } from './datasets/exportDataset.js';
import { addFile, importArchive, type FileResult } from './datasets/importArchive.js';
import { NearDuplicates } from './datasets/nearDuplicates.js';
import type { NewImage } from './datasets/schemas.js';
import { datasetStatistics, type DatasetStatistics } from './datasets/statistics.js';
import { FeedbackBox } from './feedback.js';
import { collectGarbage } from './images/garbage.js';
import { ImageStore } from './images/imageStore.js';
import { Thumbnails } from './images/thumbnails.js';
import { ApiKeys } from './keys.js';

export interface StorageOptions {
  /** postgres://… ; absent: embedded under `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly dataDir: string;
  readonly decoder: ImageDecoder;
  readonly logger: Log;
  readonly maxImageBytes: number;
  readonly maxArchiveBytes: number;
}

export interface Storage {
  readonly database: Database;
  readonly images: ImageStore;
  readonly datasets: Datasets;
  readonly datasetImages: DatasetImages;
  readonly thumbnails: Thumbnails;
  readonly keys: ApiKeys;
  readonly feedback: FeedbackBox;
  /** Takes one image in; its own fault becomes its result. Throws AppError for everything else (see addImage). */
  addFile(dataset: string, filename: string, image: Omit<NewImage, 'fileName'>): Promise<FileResult>;
  /** See importArchive. */
  importArchive(dataset: string, body: Readable): Promise<FileResult[]>;
  statistics(dataset: string): Promise<DatasetStatistics>;
  /** A zip; see exportDataset. */
  export(dataset: string): Promise<Readable>;
  /** Removes the files that nothing refers to; gives their number. */
  collectGarbage(): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Images of one archive that are taken in at once: enough to keep a decoder and a disk busy, few enough for requests to pass. */
const importConcurrency = 4;
const garbageEveryMs = 3_600_000;

/**
 * Opens all of it under `dataDir`, and removes what a killed process left half done.
 * Throws AppError `conflict` when another process has the embedded database open, `database_unavailable`.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const database = await openDatabase(options);
  try {
    return await openOn(database, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openOn(
  database: Database,
  { dataDir, decoder, logger, maxImageBytes, maxArchiveBytes }: StorageOptions,
): Promise<Storage> {
  const images = await ImageStore.open(join(dataDir, 'images'));
  const thumbnails = await Thumbnails.open({ images, decoder, directory: join(dataDir, 'thumbnails') });
  const uploadsDir = join(dataDir, 'uploads');
  await makeDirectory(uploadsDir);
  await removeUnfinished(uploadsDir);
  const keys = await ApiKeys.open({ database });
  const datasetImages = new DatasetImages(database);
  const addDeps = { database, images, decoder, nearDuplicates: new NearDuplicates() };
  const sweep = async (): Promise<number> => collectGarbage(database, images);
  const timer = setInterval(() => void sweepQuietly(sweep, logger), garbageEveryMs).unref();
  return {
    database,
    images,
    datasets: new Datasets(database),
    datasetImages,
    thumbnails,
    keys,
    feedback: new FeedbackBox({
      ...addDeps,
      addToDataset: (dataset, filename, image) => addFile(addDeps, dataset, filename, image),
    }),
    addFile: (dataset, filename, image) => addFile(addDeps, dataset, filename, image),
    importArchive: (dataset, body) =>
      importArchive(
        { ...addDeps, uploadsDir, maxArchiveBytes, maxImageBytes, concurrency: importConcurrency },
        dataset,
        body,
      ),
    statistics: (dataset) => datasetStatistics(database, dataset),
    export: (dataset) => exportDataset(datasetImages, images, dataset),
    collectGarbage: sweep,
    close: async () => {
      clearInterval(timer);
      await keys.close();
      await database.close();
    },
  };
}

async function sweepQuietly(sweep: () => Promise<number>, logger: Log): Promise<void> {
  try {
    const removed = await sweep();
    if (removed > 0) logger.info({ removed }, 'removed image files that nothing refers to');
  } catch (error) {
    logger.warn({ err: error }, 'garbage could not be collected; it is tried again');
  }
}
