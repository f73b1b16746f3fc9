// The composition root: the only file that knows every part. Starts them in order, stops them in reverse.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import type { Scope } from './data/keys.js';
import { openStorage } from './data/storage.js';
import { startEngine } from './engines/select.js';
import { createRequireScope, requireKey } from './http/auth.js';
import { createBodyBudget } from './http/bodyBudget.js';
import { classifyRoutes, type ClassifyRouteDeps } from './http/classify.js';
import { datasetArchiveRoutes } from './http/datasetArchive.js';
import { datasetImageRoutes } from './http/datasetImages.js';
import { datasetRoutes } from './http/datasets.js';
import { feedbackReviewRoutes, feedbackRoutes } from './http/feedback.js';
import { healthRoutes } from './http/health.js';
import { keyRoutes } from './http/keys.js';
import { Metrics, metricsRoutes } from './http/metrics.js';
import { modelRoutes } from './http/models.js';
import { openInferenceRoutes } from './http/openInference.js';
import { openInferenceHealthRoutes } from './http/openInferenceHealth.js';
import { flaskClassifyRoutes } from './http/flaskClassify.js';
import { buildServer } from './http/server.js';
import { trainingRoutes } from './http/trainings.js';
import { versionRoutes } from './http/versions.js';
import { createImageDecoder } from './image/decoder.js';

import { Batcher } from './serving/batcher.js';
import { ClassifyService } from './serving/classify.js';
import { createModelsDirectory } from './serving/modelsDirectory.js';
import { ClassifierRegistry } from './serving/registry.js';
import { createTrainingService } from './training/service.js';

export interface App {
  readonly server: FastifyInstance;
  readonly registry: ClassifierRegistry;
  /** Made at the first start when ADMIN_API_KEY is not set; to be shown now or never. */
  readonly firstAdminKey: string | undefined;
  /** Resolves when the server listens; the address with its port. */
  readonly listen: () => Promise<string>;
  /** Idempotent: stops accepting, finishes what is in flight, then closes every part. */
  readonly close: () => Promise<void>;
}

/** Starts every part and returns with the server built, warm and not yet listening. Throws AppError when a part cannot start. */
export async function createApp(config: Config, logger: Logger): Promise<App> {
  const metrics = new Metrics();
  const decoder = createImageDecoder({
    limits: {
      maxBytes: config.MAX_IMAGE_BYTES,
      maxPixels: config.MAX_IMAGE_PIXELS,
      timeoutMs: config.DECODE_TIMEOUT_MS,
    },
    concurrency: config.DECODE_CONCURRENCY > 0 ? config.DECODE_CONCURRENCY : availableParallelism(),
  });
  // Opened while the engine starts: the embedded database takes about a second of its own thread.
  const opening = openStorage({
    databaseUrl: config.DATABASE_URL === '' ? undefined : config.DATABASE_URL,
    dataDir: config.DATA_DIR,
    decoder,
    logger,
    maxImageBytes: config.MAX_IMAGE_BYTES,
    maxArchiveBytes: config.MAX_ARCHIVE_BYTES,
  });
  opening.catch(() => undefined);
  const engine = await startEngine(
    {
      engine: config.ENGINE,
      device: config.DEVICE,
      threads: config.ENGINE_THREADS,
      cacheDir: config.CACHE_DIR === '' ? join(config.DATA_DIR, 'cache') : config.CACHE_DIR,
      maxBatchSize: config.MAX_BATCH_SIZE,
    },
    { logger, onRestart: metrics.onEngineRestart },
  );
  const batcher = new Batcher(
    engine,
    { maxBatchSize: config.MAX_BATCH_SIZE, backgroundBatchSize: 1, maxQueue: config.MAX_QUEUE },
    metrics.batchObserver,
  );
  const registry = new ClassifierRegistry(engine, createModelsDirectory(config.MODELS_DIR), logger, {
    defaultModel: config.DEFAULT_MODEL,
    maxIdleVersions: 2,
  });
  await registry.reload();
  const storage = await opening;
  const firstAdminKey = await storage.keys.ensureAdmin(config.ADMIN_API_KEY === '' ? undefined : config.ADMIN_API_KEY);
  const { database, images, datasets } = storage;
  const training = createTrainingService({
    database,
    images,
    registry,
    batcher,
    decoder,
    modelsDir: config.MODELS_DIR,
    dataDir: config.DATA_DIR,
    maxBatchSize: config.MAX_BATCH_SIZE,
    concurrency: config.TRAINERS,
    maxTrainerHeapMb: config.TRAINER_HEAP_MB,
    retention: { days: config.TRAINING_DETAILS_DAYS, count: config.TRAINING_DETAILS_COUNT },
    logger,
  });
  await training.start();
  metrics.watch({ engine: engine.info, queueDepth: () => batcher.depth });

  let closing: Promise<void> | undefined;
  const whyNotReady = (): string | undefined => {
    if (closing !== undefined) return 'the server is shutting down';
    return registry.list().length === 0 ? `there is no classifier in ${config.MODELS_DIR}` : undefined;
  };
  const limits = {
    maxImageBytes: config.MAX_IMAGE_BYTES,
    maxImages: config.MAX_IMAGES_PER_REQUEST,
    maxBodyBytes: config.MAX_BODY_BYTES,
  };
  const classifyDeps: ClassifyRouteDeps = {
    service: new ClassifyService({ registry, batcher, decoder, observeDecode: metrics.observeDecode }),
    registry,
    limits,
    timeoutMs: config.REQUEST_TIMEOUT_MS,
    reserveBody: createBodyBudget({ maxBodyBytes: config.MAX_BODY_BYTES, maxInflightBytes: config.MAX_INFLIGHT_BYTES }),
  };
  const requireScope = createRequireScope(storage.keys);
  /** Routes that are open unless AUTH=required; all others look after their keys themselves, or are probes. */
  const guarded = (scope: Scope, routes: FastifyPluginAsync): FastifyPluginAsync =>
    config.AUTH === 'required' ? requireKey(requireScope, scope, routes) : routes;
  const datasetDeps = { storage, requireScope, maxImageBytes: config.MAX_IMAGE_BYTES };
  const server = await buildServer({
    logger,
    corsOrigins: config.CORS_ORIGINS,
    maxBodyBytes: config.MAX_BODY_BYTES,
    maxImageBytes: config.MAX_IMAGE_BYTES,
    uploadTimeoutMs: config.UPLOAD_TIMEOUT_MS,
    observe: (app) => metrics.observeRequests(app),
    routes: [
      guarded('classify', classifyRoutes(classifyDeps)),
      guarded('classify', flaskClassifyRoutes(classifyDeps)),
      guarded('classify', modelRoutes({ registry, engine: engine.info })),
      guarded('classify', openInferenceRoutes({ ...classifyDeps, serverVersion: packageVersion() })),
      openInferenceHealthRoutes({ whyNotReady }),
      guarded('classify', feedbackRoutes({ ...classifyDeps, feedback: storage.feedback })),
      feedbackReviewRoutes({ feedback: storage.feedback, requireScope }),
      datasetRoutes(datasetDeps),
      datasetImageRoutes(datasetDeps),
      datasetArchiveRoutes(datasetDeps),
      trainingRoutes({ ...training, datasets, registry, requireScope }),
      versionRoutes({ activation: training.activation, requireScope }),
      keyRoutes({ keys: storage.keys, requireScope }),
      healthRoutes({ engine: engine.info, whyNotReady }),
      guarded('metrics', metricsRoutes(metrics)),
    ],
  });

  const close = async (): Promise<void> => {
    await server.close();
    await training.stop();
    await batcher.drained();
    await storage.close();
    await decoder.close();
    await engine.close();
  };
  return {
    server,
    registry,
    firstAdminKey,
    listen: () => server.listen({ host: config.HOST, port: config.PORT }),
    close: () => (closing ??= close()),
  };
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
