// Everything that is kept between requests, opened together and closed together: the database, image files, datasets, keys.
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { makeDirectory, removeUnfinished } from '../durableFiles.js';
import { openFiles, type Files, type FilesOptions } from '../files/openFiles.js';
import type { ImageDecoder } from '../image/decoder.js';
import { CaptureRules } from './captures/captureRules.js';
import { Captures } from './captures/captures.js';
import { forgetClassifier, forgetRequest, type Forgotten } from './captures/forgetting.js';
import type { Database, Log } from './database/database.js';
import { openDatabase } from './database/openDatabase.js';
import { DatasetImages } from './datasets/datasetImages.js';
import { changeImages, forgetRemoved, type ImageChange, type ImageState } from './datasets/imageChanges.js';
import { forgetUnusedPredictions } from './datasets/imagePredictions.js';
import { Datasets } from './datasets/datasets.js';
import { exportDataset } from './datasets/exportDataset.js';
import { addFile, importArchive, type FileResult } from './datasets/importArchive.js';
import { NearDuplicates } from './datasets/nearDuplicates.js';
import type { NewImage } from './datasets/schemas.js';
import { DatasetVersions } from './datasets/versions/datasetVersions.js';
import type { DifferenceCounts } from './datasets/versions/schemas.js';
import { countSettledClasses } from './datasets/settling.js';
import { datasetStatistics, type ClassCount, type DatasetStatistics } from './datasets/statistics.js';
import { removeEarlierLeftovers } from './earlierLeftovers.js';
import { FeedbackBox, type FeedbackLimits } from './feedback.js';
import { cleanEmbeddings, type EmbeddingFilesDeps } from './embeddingFiles.js';
import { IdempotentRequests } from './idempotentRequests.js';
import { collectGarbage, collectImages } from './images/garbage.js';
import { ImageStore } from './images/imageStore.js';
import { Thumbnails } from './images/thumbnails.js';
import { ApiKeys } from './keys/apiKeys.js';
import { repeat } from './repeatedTask.js';
import type { AddToDataset } from './review.js';
import { removeOldDeliveries } from './webhooks/deliveries.js';
import { Webhooks } from './webhooks/webhooks.js';

export interface StorageOptions extends FilesOptions {
  /** postgres://… ; absent: embedded under `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly decoder: ImageDecoder;
  readonly logger: Log;
  readonly maxImageBytes: number;
  readonly maxArchiveBytes: number;
  readonly feedbackLimits: FeedbackLimits;
  /** Bytes of all cached embeddings; see cleanEmbeddings. */
  readonly maxEmbeddingBytes: number;
}

export interface Storage {
  readonly database: Database;
  /** Embeddings and classifiers, for those who make and read them. */
  readonly files: Pick<Files, 'embeddings' | 'models'>;
  readonly images: ImageStore;
  readonly datasets: Datasets;
  readonly datasetImages: DatasetImages;
  readonly datasetVersions: Pick<DatasetVersions, 'create' | 'list' | 'compare'>;
  readonly thumbnails: Thumbnails;
  readonly keys: ApiKeys;
  readonly feedback: FeedbackBox;
  readonly captureRules: CaptureRules;
  readonly captures: Captures;
  readonly webhooks: Webhooks;
  readonly idempotentRequests: IdempotentRequests;
  /** Adds one image; a fault of its own becomes its result. Throws AppError for everything else (see addImage). */
  addFile(dataset: string, filename: string, image: Omit<NewImage, 'fileName'>): Promise<FileResult>;
  /** See importArchive. */
  importArchive(dataset: string, body: Readable): Promise<FileResult[]>;
  statistics(dataset: string): Promise<DatasetStatistics>;
  /** See countSettledClasses. */
  classCounts(dataset: string, version?: string): Promise<ClassCount[]>;
  /** A zip; see exportDataset. */
  export(dataset: string): Promise<Readable>;
  /** See changeImages; gives what each was before. */
  changeImages(dataset: string, changes: readonly ImageChange[]): Promise<readonly ImageState[]>;
  /** With its file and its thumbnail, unless something else refers to them. Throws AppError `unknown_dataset`, `unknown_image`. */
  removeImage(dataset: string, imageId: number): Promise<void>;
  /** The same from all versions of the dataset, too. */
  removeImageEverywhere(dataset: string, imageId: number): Promise<void>;
  /** See DatasetVersions.restore. */
  restoreVersion(dataset: string, version: string, keepAs?: string): Promise<DifferenceCounts>;
  /** With the files and thumbnails of its images that nothing else refers to. Throws AppError `unknown_dataset`, `unknown_dataset_version`. */
  removeVersion(dataset: string, version: string): Promise<void>;
  /** With its images' files and thumbnails; trainings that run on it keep theirs until they end. Throws AppError `unknown_dataset`. */
  removeDataset(dataset: string): Promise<void>;
  /** See forgetRequest. */
  forgetRequest(requestId: string): Promise<Forgotten>;
  /** See forgetClassifier. */
  forgetClassifier(classifier: string, options: { readonly fromDatasets: boolean }): Promise<Forgotten>;
  /** Removes what is past its age and what nothing refers to. */
  cleanUp(): Promise<CleanedUp>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Numbers of what a clean-up removed. */
export interface CleanedUp {
  readonly corrections: number;
  /** Images of requests, and what was known of those that no dataset has any more. */
  readonly captures: number;
  /** Images of datasets whose removal can no longer be undone. */
  readonly removals: number;
  readonly images: number;
  readonly thumbnails: number;
  readonly embeddings: number;
  /** What versions say of images, a set for each. */
  readonly predictions: number;
  /** Requests that were sent with an Idempotency-Key. */
  readonly requests: number;
  /** Deliveries to webhooks that ended. */
  readonly deliveries: number;
  /** Files that ended processes left unfinished. */
  readonly unfinished: number;
}

/**
 * Images of one archive that are added at the same time: enough to keep a decoder and a disk busy, few enough not to
 * hold up requests.
 */
const importConcurrency = 4;
const cleanUpEveryMs = 3_600_000;
/** What is kept of the deliveries of each webhook that ended; of one with few events, for longer than they can matter. */
const keptDeliveries = { days: 30, count: 200 };

/**
 * Opens all of it under `dataDir`, and removes what a killed process left half done.
 * Throws AppError `conflict` when another process has the embedded database open, `database_unavailable`.
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const database = await openDatabase(options);
  let files: Files | undefined;
  try {
    files = await openFiles(options);
    return await openOn(database, files, options);
  } catch (error) {
    files?.close();
    await database.close();
    throw error;
  }
}

async function openOn(database: Database, files: Files, options: StorageOptions): Promise<Storage> {
  const { dataDir, decoder, logger, maxImageBytes, maxArchiveBytes } = options;
  const images = new ImageStore(files.images);
  const thumbnails = new Thumbnails({ images, decoder, files: files.thumbnails });
  const uploadsDir = join(dataDir, 'uploads');
  await makeDirectory(uploadsDir);
  await removeAllUnfinished(dataDir);
  const keys = await ApiKeys.open({ database });
  const idempotentRequests = await IdempotentRequests.open(database, logger);
  const [datasets, datasetImages] = [new Datasets(database), new DatasetImages(database)];
  const datasetVersions = new DatasetVersions(database);
  const addDeps = { database, images, decoder, nearDuplicates: new NearDuplicates() };
  const archiveDeps = { ...addDeps, uploadsDir, maxArchiveBytes, maxImageBytes, concurrency: importConcurrency };
  const collect = (sha256s: readonly string[]): Promise<void> =>
    collectImages({ database, images, thumbnails }, sha256s).catch((error: unknown) =>
      logger.warn({ err: error }, 'images of what was deleted could not be removed; the next clean-up removes them'),
    );
  const reviewDeps = {
    ...addDeps,
    addToDataset: (...added: Parameters<AddToDataset>) => addFile(addDeps, ...added),
    collectImages: collect,
  };
  const feedback = new FeedbackBox({ ...reviewDeps, limits: options.feedbackLimits });
  const removeImage = async (dataset: string, imageId: number): Promise<void> =>
    collect([await datasetImages.remove(dataset, imageId)]);
  const captures = new Captures({ ...reviewDeps, removeFromDataset: removeImage });
  const embeddings = { queries: database, files: files.embeddings, maxBytes: options.maxEmbeddingBytes };
  const cleanUp = createCleanUp({
    dataDir,
    files,
    database,
    images,
    thumbnails,
    feedback,
    captures,
    idempotentRequests,
    embeddings,
  });
  const stopCleanUp = cleanUpRepeatedly(cleanUp, logger);
  return {
    database,
    files,
    images,
    datasets,
    datasetImages,
    datasetVersions,
    thumbnails,
    keys,
    feedback,
    captureRules: new CaptureRules(database),
    captures,
    webhooks: new Webhooks(database),
    idempotentRequests,
    addFile: (dataset, filename, image) => addFile(addDeps, dataset, filename, image),
    importArchive: (dataset, body) => importArchive(archiveDeps, dataset, body),
    statistics: (dataset) => datasetStatistics(database, dataset),
    classCounts: (dataset, version) => countSettledClasses(database, dataset, version),
    export: async (dataset) => exportDataset(datasetImages, images, await datasets.get(dataset)),
    changeImages: async (dataset, changes) => {
      const { before, datasetId, restored } = await changeImages(database, dataset, changes);
      if (restored) addDeps.nearDuplicates.forget(datasetId);
      return before;
    },
    removeImage,
    forgetRequest: (requestId) => forgetRequest(reviewDeps, requestId),
    forgetClassifier: (classifier, choice) => forgetClassifier(reviewDeps, classifier, choice),
    removeImageEverywhere: async (dataset, imageId) => collect([await datasetVersions.removeImage(dataset, imageId)]),
    restoreVersion: async (dataset, version, keepAs) => {
      const { counts, datasetId } = await datasetVersions.restore(dataset, version, keepAs);
      addDeps.nearDuplicates.forget(datasetId);
      return counts;
    },
    removeVersion: async (dataset, version) => collect(await datasetVersions.remove(dataset, version)),
    removeDataset: async (dataset) => collect(await datasets.remove(dataset)),
    cleanUp,
    close: async () => {
      // One in progress may take minutes: it is not waited for, and fails when the database closes.
      void stopCleanUp();
      idempotentRequests.close();
      await keys.close();
      await database.close();
      files.close();
    },
  };
}

type CleanUpDeps = Pick<
  Storage,
  'database' | 'images' | 'thumbnails' | 'feedback' | 'captures' | 'idempotentRequests'
> & {
  readonly dataDir: string;
  readonly files: Files;
  readonly embeddings: EmbeddingFilesDeps;
};

const createCleanUp =
  ({ dataDir, files, database, images, thumbnails, feedback, captures, idempotentRequests, embeddings }: CleanUpDeps) =>
  async (): Promise<CleanedUp> => {
    await files.forgetRemoved();
    return {
      corrections: await feedback.removeExpired(),
      captures: await captures.removeExpired(),
      removals: await forgetRemoved(database),
      images: await collectGarbage({ database, images, thumbnails }),
      thumbnails: await thumbnails.removeOrphans(),
      embeddings: await cleanEmbeddings(embeddings),
      predictions: await forgetUnusedPredictions(database),
      requests: await idempotentRequests.removeOld(),
      deliveries: await removeOldDeliveries(database, keptDeliveries),
      unfinished: await removeAllUnfinished(dataDir),
    };
  };

async function removeAllUnfinished(dataDir: string): Promise<number> {
  let removed = await removeEarlierLeftovers(dataDir);
  for (const folder of ['images', 'thumbnails', 'uploads', 'embeddings', 'exports'])
    removed += await removeUnfinished(join(dataDir, folder));
  return removed;
}

/** Gives what stops it. */
function cleanUpRepeatedly(cleanUp: () => Promise<CleanedUp>, logger: Log): () => Promise<void> {
  const work = async (): Promise<void> => {
    const removed = await cleanUp();
    if (Object.values(removed).some((count) => count > 0)) logger.info({ removed }, 'removed what nothing refers to');
  };
  return repeat(work, { everyMs: cleanUpEveryMs, atOnce: false, logger, onFailure: 'the clean-up failed' });
}
