// Training as the rest of the program sees it: put together from its parts, started and stopped as one.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { Classifiers } from '../data/classifiers/classifiers.js';
import { Rollouts } from '../data/classifiers/rollouts.js';
import { AutoRetrains } from '../data/trainings/autoRetrains.js';
import { Datasets } from '../data/datasets/datasets.js';
import { countSettledClasses } from '../data/datasets/settling.js';
import { Lessons } from '../data/lessons.js';
import type { Database } from '../data/database/database.js';
import { repeat } from '../data/repeatedTask.js';
import type { ImageStore } from '../data/images/imageStore.js';
import { removeOldDetails, type DetailRetention } from '../data/trainings/retention.js';
import { hasEnded } from '../data/trainings/schemas.js';
import type { TrainingObserver } from '../data/trainings/trainingObserver.js';
import { TrainingQueue, type RunTraining } from '../data/trainings/trainingQueue.js';
import { Trainings } from '../data/trainings/trainings.js';
import { AppError } from '../errors.js';
import type { Engine, EngineInfo } from '../engines/engine.js';
import type { ImageDecoder } from '../image/decoder.js';
import { loadHead } from '../models/loadHead.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import { removeUnfinished } from '../durableFiles.js';
import { patient, whileStorageAway } from '../files/patience.js';
import type { Batcher } from '../serving/batcher.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { ActivationService } from '../serving/activation.js';
import { RolloutService } from '../serving/rollout/rolloutService.js';
import { AutoRetrainService } from './autoRetrain/autoRetrainService.js';
import { createMeasureBackbone } from './backboneRanges.js';
import { adviseBetterBackbone } from './backboneChoice.js';
import { Embedder } from './embedding/embedder.js';
import type { EmbeddingStore } from './embedding/embeddingCache.js';
import { createPipeline, type PipelineDeps } from './pipeline.js';
import { LabelDoubts } from './labelDoubts.js';
import { Predictions } from './predictions.js';
import { SimilarImages } from './similar/similarImages.js';
import { Teaching } from './teaching/teaching.js';
import type { Tracer } from '../tracing/tracer.js';
import { createSmokeTest } from '../serving/smokeTest.js';
import { createTrainingLog } from './trainingLog.js';
import { TrainingTraces } from './trainingTraces.js';

export interface TrainingDeps {
  readonly database: Database;
  readonly images: ImageStore;
  /** See EmbeddingCache. */
  readonly embeddings: EmbeddingStore;
  readonly registry: ClassifierRegistry;
  readonly batcher: Batcher;
  readonly runHeads: Engine['runHeads'];
  /** What the batcher runs. */
  readonly engine: Pick<EngineInfo, 'engine' | 'threads'>;
  /** Where the engine keeps its compiled graphs. */
  readonly engineCacheDir: string;
  readonly decoder: ImageDecoder;
  readonly modelsDirs: ModelsDirs;
  readonly dataDir: string;
  /** Most images in one run of the engine. */
  readonly maxBatchSize: number;
  /** Trainings that this process runs at a time; 0 leaves them to others. */
  readonly concurrency: number;
  /** JavaScript heap of the trainer in MiB. */
  readonly maxTrainerHeapMb: number;
  /** See PipelineDeps. */
  readonly maxFeatureMapBytes: number;
  /** See PipelineDeps. */
  readonly comparesWithOtherDatasets: boolean;
  /** What is kept of trainings that ended. */
  readonly retention: DetailRetention;
  readonly logger: Logger;
  /** Of schedules; default: the machine's clock. */
  readonly now?: () => Date;
  /** Beside the log. */
  readonly observer?: TrainingObserver;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** See PipelineDeps. */
  readonly onStage?: PipelineDeps['onStage'];
}

const cleanUpEveryMs = 3_600_000;

export interface TrainingService {
  readonly trainings: Trainings;
  readonly queue: TrainingQueue;
  readonly activation: ActivationService;
  readonly rollouts: RolloutService;
  readonly predictions: Predictions;
  readonly labelDoubts: LabelDoubts;
  readonly similar: SimilarImages;
  readonly teaching: Teaching;
  readonly lessons: Lessons;
  readonly autoRetrain: AutoRetrainService;
  /** Begins to train; the activation service must have been started. Call once. */
  start(): Promise<void>;
  /** Idempotent: a running training goes back to the queue. */
  stop(): Promise<void>;
}

export function createTrainingService(deps: TrainingDeps): TrainingService {
  const { database, images, registry, batcher, decoder, modelsDirs, dataDir, logger } = deps;
  const traces = deps.tracer && new TrainingTraces(deps.tracer);
  const log = createTrainingLog(logger, (training) => traces?.idsOf(training));
  const observer = allOf([traces?.observer ?? {}, log, deps.observer ?? {}]);
  const queue = new TrainingQueue({ database, logger, observer });
  const trainings = new Trainings(database);
  const serving = {
    registry,
    classifiers: new Classifiers(database),
    logger,
    smokeTest: createSmokeTest({ images, decoder, batcher }),
  };
  const activation = new ActivationService({ ...serving, modelsDirs });
  const rolloutRecords = new Rollouts(database);
  const rollouts = new RolloutService({
    ...serving,
    rollouts: rolloutRecords,
    activate: (...version) => activation.activate(...version),
    unknownAbove: activation.unknownThresholds.of,
    runHeads: deps.runHeads,
    images,
    decoder,
    batcher,
  });
  activation.addFollower(rollouts);
  const embedder = createEmbedder(deps);
  const { maxTrainerHeapMb } = deps;
  const loadStoredHead = createLoadHead(modelsDirs);
  const predictions = new Predictions({ database, registry, embedder, loadHead: loadStoredHead, maxTrainerHeapMb });
  const labelDoubts = new LabelDoubts({ database, registry, embedder, maxTrainerHeapMb });
  const similar = new SimilarImages({ database, trainings, embedder });
  const readImage = (sha256: string): Promise<Uint8Array> => images.read(sha256);
  const lessons = new Lessons(database);
  const teaching = new Teaching({ lessons, registry, trainings, embedder, decoder, batcher, readImage, logger });
  const autoRetrain = new AutoRetrainService({
    autoRetrains: new AutoRetrains(database),
    queue,
    trainings,
    registry,
    rollouts: rolloutRecords,
    rolloutService: rollouts,
    storage: {
      datasets: new Datasets(database),
      classCounts: (dataset, version) => countSettledClasses(database, dataset, version),
    },
    logger,
    now: deps.now ?? (() => new Date()),
  });
  const run = createRun({ ...deps, observer }, embedder, activation);
  let stopCleanUp = async (): Promise<void> => undefined;
  return {
    trainings,
    queue,
    activation,
    rollouts,
    predictions,
    labelDoubts,
    similar,
    teaching,
    lessons,
    autoRetrain,
    start: async () => {
      rollouts.start();
      await removeUnfinished(modelsDirs.own);
      await removeEndedWork(join(dataDir, 'trainings'), trainings);
      adviseBetterBackbone(registry, logger);
      await teaching.start();
      if (deps.concurrency > 0) await queue.start(run, deps.concurrency);
      autoRetrain.start();
      stopCleanUp = cleanUpRepeatedly(deps);
    },
    stop: async () => {
      // All at once: a training must know that its process stops before it meets what does not work any more.
      await Promise.all([
        autoRetrain.stop(),
        queue.stop(),
        stopCleanUp(),
        similar.close(),
        rollouts.stop(),
        teaching.stop(),
      ]);
      await activation.stop();
    },
  };
}

const createEmbedder = ({ images, embeddings, batcher, engine, decoder, maxBatchSize }: TrainingDeps): Embedder =>
  new Embedder({
    decoder,
    batcher,
    engine: engine.engine,
    readImage: (sha256) => whileStorageAway(() => images.read(sha256)),
    embeddings: patient(embeddings),
    concurrency: 2 * maxBatchSize,
  });

const createLoadHead =
  ({ shared }: ModelsDirs): PipelineDeps['loadHead'] =>
  async ({ directory, manifest }) => {
    await shared?.fetch(directory);
    return (await loadHead(directory, manifest)).model;
  };

function createRun(deps: TrainingDeps, embedder: Embedder, activation: ActivationService): RunTraining {
  const {
    database,
    registry,
    decoder,
    images,
    engine,
    engineCacheDir,
    modelsDirs,
    dataDir,
    maxTrainerHeapMb,
    maxFeatureMapBytes,
    comparesWithOtherDatasets,
    logger,
    observer,
    onStage,
  } = deps;
  return createPipeline({
    database,
    registry,
    embedder,
    activation,
    loadHead: createLoadHead(modelsDirs),
    modelsDirs,
    measureRanges: createMeasureBackbone({
      cacheDir: engineCacheDir,
      decoder,
      readImage: (sha256) => whileStorageAway(() => images.read(sha256)),
      // The engine goes on serving meanwhile.
      threads: Math.max(1, Math.floor(engine.threads / 2)),
    }),
    dataDir,
    maxTrainerHeapMb,
    maxFeatureMapBytes,
    comparesWithOtherDatasets,
    now: () => performance.now(),
    logger,
    ...(observer && { observer }),
    onStage,
  });
}

const allOf = (observers: readonly TrainingObserver[]): TrainingObserver => ({
  onStart: (training) => observers.forEach(({ onStart }) => onStart?.(training)),
  onStageStart: (training, stage) => observers.forEach(({ onStageStart }) => onStageStart?.(training, stage)),
  onStage: (training, stage, seconds) => observers.forEach(({ onStage }) => onStage?.(training, stage, seconds)),
  onInterruption: (training) => observers.forEach(({ onInterruption }) => onInterruption?.(training)),
  onEnd: (training, outcome) => observers.forEach(({ onEnd }) => onEnd?.(training, outcome)),
});

/** Returns a function that stops it. */
function cleanUpRepeatedly({ database, retention, logger }: TrainingDeps): () => Promise<void> {
  const cleanUp = async (): Promise<void> => {
    const removed = await removeOldDetails(database, retention, new Date());
    if (removed > 0) logger.info({ removed }, 'removed the events and snapshots of trainings that ended long ago');
  };
  const onFailure = 'the events and snapshots of old trainings could not be removed';
  return repeat(cleanUp, { everyMs: cleanUpEveryMs, logger, onFailure });
}

/** Removes fitted heads of trainings that were cancelled, or whose process died between their end and the removal. */
async function removeEndedWork(directory: string, trainings: Trainings): Promise<void> {
  const ids = await readdir(directory).catch(() => []);
  for (const id of ids)
    if (await isOver(id, trainings)) await rm(join(directory, id), { recursive: true, force: true });
}

async function isOver(id: string, trainings: Trainings): Promise<boolean> {
  try {
    return hasEnded(await trainings.get(id));
  } catch (error) {
    // Anything else, such as a database that is away, says nothing about the training.
    return error instanceof AppError && error.code === 'unknown_training';
  }
}
