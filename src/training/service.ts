// Training as the rest of the program sees it: put together from its parts, started and stopped as one.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Classifiers } from '../data/classifiers/classifiers.js';
import type { Database } from '../data/database/database.js';
import type { ImageStore } from '../data/images/imageStore.js';
import { TrainingJobs } from '../data/trainings/trainingJobs.js';
import { TrainingQueue } from '../data/trainings/trainingQueue.js';
import { Trainings } from '../data/trainings/trainings.js';
import type { ImageDecoder } from '../image/decoder.js';
import { loadHead } from '../models/loadHead.js';
import { removeUnfinished } from '../models/versions.js';
import type { Batcher } from '../serving/batcher.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { ActivationService } from '../serving/activation.js';
import { adviseBetterBackbone } from './backboneChoice.js';
import { Embedder } from './embedding/embedder.js';
import { createPipeline } from './pipeline.js';
import { createSmokeTest } from '../serving/smokeTest.js';

export interface TrainingDeps {
  readonly database: Database;
  readonly images: ImageStore;
  readonly registry: ClassifierRegistry;
  readonly batcher: Batcher;
  readonly decoder: ImageDecoder;
  readonly modelsDir: string;
  readonly dataDir: string;
  /** Most images in one run of the engine. */
  readonly maxBatchSize: number;
  /** Trainings that this process runs at a time; 0 leaves them to others. */
  readonly concurrency: number;
  /** JavaScript heap of the trainer in MiB. */
  readonly maxTrainerHeapMb: number;
  readonly logger: Logger;
}

export interface TrainingService {
  readonly trainings: Trainings;
  readonly queue: TrainingQueue;
  readonly activation: ActivationService;
  /** Serves what the database says is active, then begins to train. Call once. */
  start(): Promise<void>;
  /** Idempotent: a training in work goes back in line. */
  stop(): Promise<void>;
}

export async function createTrainingService(deps: TrainingDeps): Promise<TrainingService> {
  const { database, images, registry, batcher, decoder, modelsDir, dataDir, logger } = deps;
  const jobs = await TrainingJobs.open(database, logger);
  const queue = new TrainingQueue({ database, jobs, logger });
  const trainings = new Trainings(database);
  const classifiers = new Classifiers(database);
  const activation = new ActivationService({
    registry,
    classifiers,
    modelsDir,
    logger,
    smokeTest: createSmokeTest({ images, decoder, batcher }),
  });
  const embedder = new Embedder({
    decoder,
    batcher,
    readImage: (sha256) => images.read(sha256),
    cacheDir: join(dataDir, 'embeddings'),
    concurrency: 2 * deps.maxBatchSize,
  });
  const run = createPipeline({
    database,
    trainings,
    registry,
    embedder,
    activation,
    loadHead: async ({ directory, manifest }) => (await loadHead(directory, manifest)).model,
    modelsDir,
    dataDir,
    maxTrainerHeapMb: deps.maxTrainerHeapMb,
    now: () => performance.now(),
    logger,
  });
  return {
    trainings,
    queue,
    activation,
    start: async () => {
      await removeUnfinished(modelsDir);
      await removeEndedWork(join(dataDir, 'trainings'), trainings);
      await activation.applyRecordedChoices();
      await activation.follow();
      adviseBetterBackbone(registry, logger);
      if (deps.concurrency > 0) await queue.start(run, deps.concurrency);
    },
    stop: async () => {
      await queue.stop();
      await activation.stop();
      await jobs.close();
    },
  };
}

/** Fitted heads of trainings that were cancelled, or whose process died between their end and the removal. */
async function removeEndedWork(directory: string, trainings: Trainings): Promise<void> {
  const ids = await readdir(directory).catch(() => []);
  for (const id of ids) {
    const training = await trainings.get(id).catch(() => undefined);
    const wanted = training?.state === 'queued' || training?.state === 'running';
    if (!wanted) await rm(join(directory, id), { recursive: true, force: true });
  }
}
