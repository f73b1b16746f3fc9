// The composition root: the only file that knows every part. Starts them in order, stops them in reverse.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { Logger } from 'pino';
import {
  cacheDirOf,
  decodersOf,
  engineChoiceOf,
  imageLimitsOf,
  modelsDirsOf,
  modelsOfPackage,
  storageSettingsOf,
  trainersOf,
  trustedProxiesOf,
  type Config,
} from './config.js';
import { Closers } from './closers.js';
import { createLocalKey, type LocalKey } from './data/keys/localKey.js';
import type { Scope } from './data/keys/schemas.js';
import { DriftCounts } from './data/classifiers/driftCounts.js';
import { openStorage, type Storage } from './data/storage.js';
import type { Engine } from './engines/engine.js';
import { startEngine } from './engines/select.js';
import { AppError } from './errors.js';
import { createGrpcServer, type GrpcServer } from './grpc/server.js';
import { createAdmissionHook } from './http/admission.js';
import { createRequireScope, requireKey, type RequireScope } from './http/auth.js';
import { backupRoutes } from './http/backup.js';
import { cloudProbeRoutes, sagemakerRoutes, vertexRoutes } from './http/cloudRoutes.js';
import { classifierRoutes } from './http/classifiers.js';
import { classifyRoutes, type ClassifyRouteDeps } from './http/classify.js';
import { customVisionRoutes } from './http/customVision.js';
import { datasetArchiveRoutes } from './http/datasetArchive.js';
import { datasetImageRoutes } from './http/datasetImages.js';
import { datasetVersionRoutes } from './http/datasetVersions.js';
import { datasetRoutes } from './http/datasets.js';
import { captureReviewRoutes } from './http/captures.js';
import { captureRuleRoutes } from './http/captureRules.js';
import { feedbackReviewRoutes, feedbackRoutes } from './http/feedback.js';
import { healthRoutes, type HealthDeps } from './http/health.js';
import { imageListRoutes } from './http/imageList.js';
import { ImageUrls } from './http/imageUrls.js';
import { acceptIdempotencyKeys } from './http/idempotency.js';
import { KeyGuesses } from './http/keyGuesses.js';
import { keyRoutes } from './http/keys.js';
import { Metrics, metricsRoutes } from './http/metrics.js';
import { modelRoutes } from './http/models.js';
import { predictionRoutes } from './http/predictions.js';
import { pageRoutes } from './http/page.js';
import { openInferenceRoutes } from './http/openInference.js';
import { openInferenceHealthRoutes } from './http/openInferenceHealth.js';
import { repositoryIndexRoutes, repositoryModelRoutes } from './http/openInferenceRepository.js';
import { limitRates } from './http/rateLimit.js';
import { statusRoutes } from './http/status.js';
import { sessionRoutes } from './http/session.js';
import { SignInTokens } from './http/signInTokens.js';
import { flaskClassifyRoutes } from './http/flaskClassify.js';
import { docsRoutes } from './http/openapi.js';
import { buildServer, type ServerOptions } from './http/server.js';
import { trainingRoutes } from './http/trainings.js';
import { similarRoutes } from './http/similar.js';
import { teachRoutes } from './http/teach.js';
import { Uploads } from './http/uploads.js';
import { activationRoutes } from './http/activation.js';
import { autoRetrainRoutes } from './http/autoRetrain.js';
import { driftRoutes } from './http/drift.js';
import { aliasRoutes } from './http/aliases.js';
import { rolloutRoutes } from './http/rollout.js';
import { versionExportRoutes } from './http/versionExport.js';
import { webhookRoutes } from './http/webhooks.js';
import { createImageDecoder, type ImageDecoder } from './image/decoder.js';
import { listUnread } from './models/unreadModels.js';
import { Admission, agedShare } from './serving/admission.js';
import { Batcher } from './serving/batcher.js';
import { CaptureService } from './serving/captureService.js';
import { ClassifyService, type Computed } from './serving/classify.js';
import { Costs } from './serving/costs.js';
import { DriftService } from './serving/drift/driftService.js';
import { Explainer } from './serving/explanation/explainer.js';
import { FeatureMaps } from './serving/explanation/featureMaps.js';
import { FairLine } from './serving/fairLine.js';
import { InferenceStatistics } from './serving/inferenceStatistics.js';
import { createModelsDirectory } from './serving/modelsDirectory.js';
import { ResultCache } from './serving/resultCache.js';
import { Presence } from './serving/presence.js';
import { createReadiness, missingDefault } from './serving/readiness.js';
import { ClassifierRegistry } from './serving/registry.js';
import { RecentImages } from './serving/recentImages.js';
import { VersionExports } from './serving/versionExports.js';
import { endWork } from './endWork.js';
import { announceServer } from './localServer.js';
import type { Tracer } from './tracing/tracer.js';
import { createTrainingService, type TrainingService } from './training/service.js';
import { Promotion } from './training/teaching/promotion.js';
import { allowPublic } from './publicAddresses.js';
import { WebhookDispatcher } from './webhooks/dispatcher.js';
import { createPost } from './webhooks/post.js';

export interface App {
  readonly server: FastifyInstance;
  readonly registry: ClassifierRegistry;
  /** Looks at the models directories again. */
  readonly reload: () => Promise<unknown>;
  /** Made at the first start when ADMIN_API_KEY is not set; it cannot be shown again later. */
  readonly firstAdminKey: string | undefined;
  /** A token that signs in once over POST /v1/sign-in; see SignInTokens. */
  readonly issueSignIn: () => string;
  /** Valid in this process only; see localServer.ts. */
  readonly localKey: string;
  /** Resolves with the address and its port once the server listens. Closes the app when it cannot listen. */
  readonly listen: () => Promise<string>;
  /** Of gRPC, once the server listens; undefined: GRPC_PORT is off. */
  readonly grpcAddress: () => string | undefined;
  /** Idempotent: stops accepting, finishes what is in flight, then closes every part. */
  readonly close: () => Promise<void>;
}

export interface AppOptions {
  /**
   * It serves one command and ends with it: other commands do not find it, and the first admin key is left to a server that can show
   * it. Default: false.
   */
  readonly isOfCommand?: boolean;
}

/**
 * Starts every part and returns with the server built, warm and not yet listening. Throws AppError when a part cannot start;
 * what had been started is closed first.
 */
export async function createApp(config: Config, logger: Logger, options: AppOptions = {}): Promise<App> {
  const closers = new Closers();
  try {
    return await startApp(config, logger, closers, options);
  } catch (error) {
    await closers.close().catch((err: unknown) => logger.error({ err }, 'what had been started could not be closed'));
    throw error;
  }
}

/** What most parts need from one another. */
interface Parts {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly statistics: InferenceStatistics;
  readonly recent: RecentImages;
  readonly decoder: ImageDecoder;
  readonly engine: Engine;
  readonly batcher: Batcher;
  readonly line: FairLine;
  readonly costs: Costs;
  readonly admission: Admission;
  readonly registry: ClassifierRegistry;
  readonly storage: Storage;
  readonly localKey: LocalKey;
  /** One for all routes: guesses count together. */
  readonly keys: KeyGuesses;
  readonly signIns: SignInTokens;
  readonly requireScope: RequireScope;
  /** Absent: nothing is traced. */
  readonly tracer: Tracer | undefined;
}

async function startApp(
  config: Config,
  logger: Logger,
  closers: Closers,
  { isOfCommand = false }: AppOptions,
): Promise<App> {
  const parts = await startParts(config, logger, closers);
  const { registry, storage, metrics, engine, batcher, line, admission, localKey } = parts;
  const firstAdminKey = isOfCommand
    ? undefined
    : await storage.keys.ensureAdmin(config.ADMIN_API_KEY === '' ? undefined : config.ADMIN_API_KEY);
  const training = await startTraining(parts, closers);
  const presence = startPresence(parts, training, closers);
  const probes = createProbes(parts, presence, closers);
  const watched = {
    engine: engine.info,
    queueDepth: () => line.length + batcher.depth,
    admission,
    countActiveTrainings: () => training.trainings.countActive(),
    whyNotReady: probes.whyNotReady,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    directories: { data: config.DATA_DIR, models: modelsDirsOf(config).own },
    presence,
  };
  metrics.watch(watched);
  const captures = await startCaptures(parts, training, closers);
  const drift = startDrift(parts, closers);
  const classify = classifyDeps(parts, training, captures, drift);
  metrics.watchRollouts(training.rollouts);
  metrics.watchCaptures(captures);
  const status = statusRoutes({ ...parts, ...watched, database: storage.database, serverVersion: packageVersion() });
  const server = await buildServer(serverOptions(parts, { training, probes, classify, status, drift, presence }));
  const grpc =
    config.GRPC_PORT === 'off' || config.ROLE === 'trainer'
      ? undefined
      : buildGrpcServer(parts, { training, probes, classify });
  const servers = { close: () => Promise.all([server.close(), grpc?.close()]) };
  const webhooks = createDispatcher(parts);
  closers.add(() => endWork({ server: servers, training, webhooks, engine }));
  await webhooks.start();
  const close = (): Promise<void> => closers.close();
  let grpcAddress: string | undefined;
  return {
    server,
    registry,
    reload: () => training.activation.reload(),
    firstAdminKey,
    issueSignIn: () => parts.signIns.issue(),
    localKey: localKey.key,
    listen: async () => {
      const address = await listen(server, config, close);
      grpcAddress = await listenGrpc(grpc, parts, close);
      if (!isOfCommand) await announce(server, parts, closers);
      return address;
    },
    grpcAddress: () => grpcAddress,
    close,
  };
}

/** Everything below the jobs and the server. */
async function startParts(config: Config, logger: Logger, closers: Closers): Promise<Parts> {
  const metrics = new Metrics({ maxClasses: config.METRICS_CLASSES });
  const tracer = await createTracer(config, logger);
  closers.add(async () => tracer?.close());
  const statistics = new InferenceStatistics();
  const decoder = createDecoder(config);
  closers.add(() => decoder.close());
  // Opened while the engine starts: the embedded database takes about a second of its own thread.
  const opening = openStorage({ ...storageSettingsOf(config), decoder, logger });
  // Its failure surfaces when it is awaited, below, unless the engine fails first.
  const opened = opening.catch(() => undefined);
  closers.add(async () => (await opened)?.close());
  const engine = await startEngine(engineChoiceOf(config), { logger, onRestart: metrics.onEngineRestart });
  const costs = new Costs(decodersOf(config));
  const batcher = createBatcher(config, engine, { metrics, statistics, costs });
  closers.add(async () => {
    // In this order: the engine finishes what it has, and one that is down no longer keeps the batcher waiting for its return.
    await engine.close();
    await batcher.drained();
  });
  const registry = new ClassifierRegistry(engine, createModelsDirectory(modelsDirsOf(config)), logger, {
    defaultModel: config.DEFAULT_MODEL,
    precision: config.PRECISION,
    maxIdleVersions: 2,
  });
  const line = createLine(config, costs);
  const admission = createAdmission(config, line);
  const storage = await opening;
  const localKey = createLocalKey();
  const verify = async (key: string) => localKey.verify(key) ?? storage.keys.verify(key);
  const keys = new KeyGuesses({ verify, limit: config.KEY_GUESS_LIMIT });
  return {
    config,
    logger,
    metrics,
    statistics,
    recent: new RecentImages(),
    decoder,
    engine,
    batcher,
    line,
    costs,
    admission,
    registry,
    storage,
    localKey,
    keys,
    signIns: new SignInTokens(),
    requireScope: createRequireScope(keys),
    tracer,
  };
}

/** Where nothing is traced, what traces is not even loaded. */
async function createTracer(
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Config,
  logger: Logger,
): Promise<Tracer | undefined> {
  if (endpoint === '') return undefined;
  const { createOpenTelemetry } = await import('./tracing/openTelemetry.js');
  return createOpenTelemetry({ endpoint, serviceVersion: packageVersion(), logger });
}

const createBatcher = (
  config: Config,
  engine: Engine,
  { metrics, statistics, costs }: Pick<Parts, 'metrics' | 'statistics' | 'costs'>,
): Batcher =>
  new Batcher(
    engine,
    { maxBatchSize: config.MAX_BATCH_SIZE, backgroundBatchSize: 1, maxQueue: config.MAX_QUEUE },
    {
      onBatch: (batch) => {
        metrics.batchObserver.onBatch(batch);
        statistics.observeBatch(batch);
        costs.observeInference(batch.inferenceMs, batch.size);
      },
    },
  );

/** In work at once: an image for each decoder, and two batches, so that the next is ready when the engine is. */
const createLine = (config: Config, costs: Costs): FairLine =>
  new FairLine({
    places: decodersOf(config) + 2 * config.MAX_BATCH_SIZE,
    agedAfterMs: config.REQUEST_TIMEOUT_MS * agedShare,
    unitMs: () => costs.passMs,
  });

const createAdmission = (config: Config, line: FairLine): Admission =>
  new Admission({
    deadlineMs: config.REQUEST_TIMEOUT_MS,
    maxRequests: config.MAX_QUEUE,
    drainPerMs: () => line.drainPerMs,
  });

const createDecoder = (config: Config): ImageDecoder =>
  createImageDecoder({
    limits: imageLimitsOf(config),
    concurrency: decodersOf(config),
  });

/** Also loads the classifiers, each in the version that the database says is active. */
async function startTraining(parts: Parts, closers: Closers): Promise<TrainingService> {
  const { config, storage, registry, engine, batcher, decoder, metrics, logger, tracer } = parts;
  const training = createTrainingService({
    database: storage.database,
    images: storage.images,
    registry,
    batcher,
    runHeads: (batch) => engine.runHeads(batch),
    engine: engine.info,
    engineCacheDir: cacheDirOf(config),
    decoder,
    modelsDirs: modelsDirsOf(config),
    dataDir: config.DATA_DIR,
    maxBatchSize: config.MAX_BATCH_SIZE,
    concurrency: trainersOf(config),
    maxTrainerHeapMb: config.TRAINER_HEAP_MB,
    maxFeatureMapBytes: config.FINE_TUNING_CACHE_BYTES,
    comparesWithOtherDatasets: config.COMPARE_WITH_OTHER_DATASETS === 'on',
    retention: { days: config.TRAINING_DETAILS_DAYS, count: config.TRAINING_DETAILS_COUNT },
    logger,
    observer: metrics.trainings.observer,
    tracer,
  });
  closers.add(() => training.stop());
  await training.activation.start();
  refuseWrongDefault(parts);
  await warnOfUnread(parts);
  await measurePass(parts);
  metrics.watchAutoRetrains(training.autoRetrain);
  await training.start();
  return training;
}

/** Says that it lives while it does. */
function startPresence(
  { config, storage, registry, logger }: Parts,
  training: TrainingService,
  closers: Closers,
): Presence {
  const self = {
    id: randomUUID(),
    role: config.ROLE,
    host: hostname(),
    release: packageVersion(),
    trainers: trainersOf(config),
  };
  const synchronise = (): Promise<void> => training.activation.synchronise();
  const presence = new Presence({ database: storage.database, registry, self, synchronise, logger });
  presence.start();
  closers.add(() => presence.stop());
  return presence;
}

function startDrift({ registry, storage, logger, metrics }: Parts, closers: Closers): DriftService {
  const drift = new DriftService({ registry, counts: new DriftCounts(storage.database), logger });
  metrics.watchDrift(drift);
  drift.start();
  closers.add(() => drift.stop());
  return drift;
}

/** Sends one image through the engine, so that a flood that comes first is promised what this machine can do. */
async function measurePass({ registry, batcher }: Parts): Promise<void> {
  const [classifier] = registry.list();
  if (classifier === undefined) return;
  const lease = await registry.acquire(classifier.name);
  try {
    const { headId, backboneId, manifest } = lease.version;
    const { preprocessing } = manifest;
    const pixels = new Uint8Array(preprocessing.height * preprocessing.width * 3);
    await batcher.submit({ backboneId, pixels, headIds: [headId], priority: 'background' });
  } finally {
    lease.release();
  }
}

/** A misspelt name is found now rather than by requests; where nothing is installed yet, its classifier may still be added. */
function refuseWrongDefault({ registry, config, logger }: Parts): void {
  const reason = missingDefault(registry, config.DEFAULT_MODEL);
  if (reason === undefined) return;
  if (registry.list().length > 0) throw new AppError('unknown_model', reason);
  logger.warn(`${reason}; /health/ready answers 503 until it is`);
}

/** Release 0.1 served what is in `models` of the working directory. */
async function warnOfUnread({ config, logger }: Parts): Promise<void> {
  const dirs = modelsDirsOf(config);
  const names = await listUnread('models', dirs, modelsOfPackage);
  if (names.length > 0)
    logger.warn(
      { directory: resolve('models'), models: names },
      `the classifiers in models/ of the working directory are not served: move them to ${dirs.own} (docs/operations.md, Upgrade), or set MODELS_DIR`,
    );
}

/** Requests are answered to the end first: what is kept of them comes after their answers. */
async function startCaptures(
  { storage, logger }: Parts,
  { activation }: Pick<TrainingService, 'activation'>,
  closers: Closers,
): Promise<CaptureService> {
  const captures = new CaptureService({
    rules: storage.captureRules,
    captures: storage.captures,
    unknownAbove: activation.unknownThresholds.of,
    logger,
  });
  closers.add(() => captures.stop());
  await captures.start();
  return captures;
}

const createDispatcher = ({ config, storage, logger }: Parts): WebhookDispatcher => {
  const timeoutMs = config.WEBHOOK_TIMEOUT_MS;
  return new WebhookDispatcher({
    database: storage.database,
    post: createPost({ isAllowed: allowPublic(config.WEBHOOK_PRIVATE_NETWORKS), timeoutMs }),
    timeoutMs,
    retry: { firstPauseMs: config.WEBHOOK_RETRY_MS, maxAttempts: config.WEBHOOK_ATTEMPTS },
    logger,
  });
};

type Probes = Pick<HealthDeps, 'whyNotReady' | 'whyNotAlive'>;

const createProbes = ({ config, registry, engine, storage }: Parts, presence: Presence, closers: Closers): Probes => ({
  whyNotReady: createReadiness({
    registry,
    engine,
    database: storage.database,
    modelsDirs: modelsDirsOf(config),
    defaultModel: config.DEFAULT_MODEL,
    isClosing: () => closers.isClosing,
    whyOthersServe: () => presence.whyOthersServe(),
  }),
  whyNotAlive: () => storage.database.outage,
});

/** What both servers answer from. */
interface Answering {
  readonly training: TrainingService;
  readonly probes: Probes;
  readonly classify: ClassifyRouteDeps & { readonly captures: CaptureService };
}

/** Of HTTP alone. */
interface Watching {
  readonly status: FastifyPluginAsync;
  readonly drift: DriftService;
  readonly presence: Presence;
}

function serverOptions(
  parts: Parts,
  { training, probes, classify, status, drift, presence }: Answering & Watching,
): ServerOptions {
  const { config, logger, metrics, engine, tracer } = parts;
  const answers = config.ROLE !== 'trainer';
  const answering = answers
    ? [
        createSessionRoutes(parts),
        ...servingRoutes(parts, training, classify),
        ...adminRoutes(parts, training, classify, presence),
        driftRoutes({ drift, requireScope: parts.requireScope }),
      ]
    : [];
  return {
    logger,
    tracer,
    corsOrigins: config.CORS_ORIGINS,
    trustedProxies: trustedProxiesOf(config.TRUST_PROXY)!,
    maxBodyBytes: config.MAX_BODY_BYTES,
    maxImageBytes: config.MAX_IMAGE_BYTES,
    maxImages: config.MAX_IMAGES_PER_REQUEST,
    uploadTimeoutMs: config.UPLOAD_TIMEOUT_MS,
    observe: (app) => metrics.observeRequests(app),
    routes: [
      limitRates({ requestsPerMinute: config.RATE_LIMIT, count: (key) => parts.storage.keys.count(key) }, [
        acceptIdempotencyKeys(parts.storage.idempotentRequests, [...answering, status]),
      ]),
      healthRoutes({ engine: engine.info, ...probes }),
      openInferenceHealthRoutes(probes),
      ...cloudProbes(config, probes),
      createGuard(parts, config.METRICS_AUTH)('metrics', metricsRoutes(metrics)),
      createGuard(parts, config.DOCS_AUTH)('classify', docsRoutes),
      ...(answers ? [pageRoutes] : []),
    ],
  };
}

/** For routes that are open unless AUTH, or a switch of their own, says `required`; all others check keys themselves, or are probes. */
const createGuard =
  ({ config, requireScope }: Parts, own: Config['METRICS_AUTH'] = 'auto') =>
  (scope: Scope, routes: FastifyPluginAsync): FastifyPluginAsync =>
    (own === 'auto' ? config.AUTH : own) === 'required' ? requireKey(requireScope, scope, routes) : routes;

function servingRoutes(parts: Parts, training: TrainingService, deps: ClassifyRouteDeps): FastifyPluginAsync[] {
  const { config, registry, engine, storage, statistics, requireScope, logger } = parts;
  const { trainings, similar } = training;
  const guarded = createGuard(parts);
  return [
    guarded('classify', classifyRoutes(deps)),
    similarRoutes({ ...deps, captures: undefined, similar, requireScope }),
    teachRoutes({
      ...deps,
      ...training,
      storage,
      requireScope,
      promotion: new Promotion({ ...training, storage, registry, logger }),
    }),
    guarded('classify', flaskClassifyRoutes(deps)),
    guarded(
      'classify',
      modelRoutes({ registry, engine: engine.info, trainings, unknownAbove: training.activation.unknownThresholds.of }),
    ),
    guarded('classify', openInferenceRoutes({ ...deps, statistics, serverVersion: packageVersion() })),
    guarded('classify', repositoryIndexRoutes({ registry })),
    customVisionRoutes(deps, (routes) => guarded('classify', routes)),
    ...cloudRoutes(config, deps).map((routes) => guarded('classify', routes)),
    guarded(
      'classify',
      feedbackRoutes({
        ...deps,
        feedback: storage.feedback,
        anonymousRequestsPerMinute: config.FEEDBACK_RATE_LIMIT,
      }),
    ),
  ];
}

const createSessionRoutes = ({ config, keys, storage, signIns }: Parts): FastifyPluginAsync =>
  sessionRoutes({
    guesses: keys,
    keys: storage.keys,
    signIns,
    guessLimit: config.KEY_GUESS_LIMIT,
    auth: config.AUTH,
    serverVersion: packageVersion(),
  });

function cloudProbes({ CLOUD_ROUTES, AIP_HEALTH_ROUTE }: Config, probes: Probes): FastifyPluginAsync[] {
  if (CLOUD_ROUTES === 'none') return [];
  return [cloudProbeRoutes(CLOUD_ROUTES === 'sagemaker' ? '/ping' : AIP_HEALTH_ROUTE, probes)];
}

function cloudRoutes({ CLOUD_ROUTES, AIP_PREDICT_ROUTE }: Config, deps: ClassifyRouteDeps): FastifyPluginAsync[] {
  if (CLOUD_ROUTES === 'none') return [];
  return [CLOUD_ROUTES === 'sagemaker' ? sagemakerRoutes(deps) : vertexRoutes(AIP_PREDICT_ROUTE, deps)];
}

const classifyDeps = (
  { config, registry, batcher, decoder, line, costs, admission, metrics, statistics, recent }: Parts,
  { activation, rollouts, teaching }: Pick<TrainingService, 'activation' | 'rollouts' | 'teaching'>,
  captures: CaptureService,
  drift: DriftService,
): Answering['classify'] => ({
  captures,
  taught: teaching.headOf,
  unknownAbove: activation.unknownThresholds.of,
  service: new ClassifyService({
    registry,
    batcher,
    decoder,
    line,
    costs,
    observeDecode: metrics.observeDecode,
    onShared: metrics.onShared,
    ...(config.RESULT_CACHE > 0 && { results: new ResultCache<Computed>(config.RESULT_CACHE, metrics.onCached) }),
    observeOutcome: (outcome, took) => {
      metrics.classifications.observe(outcome);
      statistics.observeOutcome(outcome, took);
      recent.observe(outcome);
      rollouts.observeOutcome(outcome, took.totalMs);
      drift.observeOutcome(outcome);
    },
    observeFailure: (version, ms, failure) => {
      statistics.observeFailure(version, ms);
      rollouts.observeFailure(version, ms, failure);
    },
    taught: teaching.headOf,
  }),
  registry,
  rollouts,
  explainer: new Explainer({
    registry,
    featureMaps: new FeatureMaps({ registry, batcher }),
    batcher,
    decoder,
    line,
    costs,
    maxBatchSize: config.MAX_BATCH_SIZE,
  }),
  limits: {
    maxImageBytes: config.MAX_IMAGE_BYTES,
    maxImages: config.MAX_IMAGES_PER_REQUEST,
    maxBodyBytes: config.MAX_BODY_BYTES,
    urls: new ImageUrls({
      hosts: config.IMAGE_URL_HOSTS,
      networks: config.IMAGE_URL_NETWORKS,
      maxBytes: config.MAX_IMAGE_BYTES,
      timeoutMs: config.IMAGE_URL_TIMEOUT_MS,
    }),
  },
  timeoutMs: config.REQUEST_TIMEOUT_MS,
  admit: createAdmissionHook({
    admission,
    costs,
    uploads: new Uploads({
      maxBytes: config.MAX_INFLIGHT_BYTES,
      isPressed: () => admission.isPressed,
      onRefusal: () => admission.noteRefusal(),
    }),
    maxBodyBytes: config.MAX_BODY_BYTES,
  }),
});

const buildGrpcServer = (parts: Parts, { training, probes, classify }: Answering): GrpcServer => {
  const { config, logger, registry, statistics, storage, keys, admission, costs } = parts;
  return createGrpcServer({
    logger,
    admission: {
      keys,
      countDaily: (key) => storage.keys.count(key),
      requestsPerMinute: config.RATE_LIMIT,
      isKeyRequired: config.AUTH === 'required',
      admission,
      costs,
      maxMessageBytes: config.MAX_BODY_BYTES,
      maxInflightBytes: config.MAX_INFLIGHT_BYTES,
    },
    service: {
      ...classify,
      ...probes,
      registry,
      statistics,
      activation: training.activation,
      serverVersion: packageVersion(),
    },
    uploadTimeoutMs: config.UPLOAD_TIMEOUT_MS,
    shutdownTimeoutMs: config.REQUEST_TIMEOUT_MS,
  });
};

function adminRoutes(
  parts: Parts,
  training: TrainingService,
  classify: Answering['classify'],
  presence: Presence,
): FastifyPluginAsync[] {
  const { config, registry, storage, requireScope } = parts;
  const datasetDeps = { storage, requireScope, maxImageBytes: config.MAX_IMAGE_BYTES };
  return [
    captureRuleRoutes({ ...classify, storage, requireScope }),
    captureReviewRoutes({ storage, requireScope }),
    feedbackReviewRoutes({ storage, requireScope, registry, predictions: training.predictions }),
    datasetRoutes(datasetDeps),
    datasetImageRoutes(datasetDeps),
    imageListRoutes({
      ...datasetDeps,
      registry,
      predictions: training.predictions,
      labelDoubts: training.labelDoubts,
    }),
    datasetArchiveRoutes(datasetDeps),
    datasetVersionRoutes(datasetDeps),
    trainingRoutes({ ...training, storage, registry, presence, requireScope }),
    activationRoutes({ activation: training.activation, requireScope }),
    autoRetrainRoutes({ autoRetrain: training.autoRetrain, requireScope }),
    rolloutRoutes({ rollouts: training.rollouts, keys: storage.keys, requireScope }),
    aliasRoutes({ aliases: training.activation.aliases, requireScope }),
    repositoryModelRoutes({ registry, activation: training.activation, requireScope }),
    classifierRoutes({ activation: training.activation, requireScope }),
    predictionRoutes({ predictions: training.predictions, requireScope }),
    versionExportRoutes({ registry, exports: createExports(config), requireScope }),
    keyRoutes({ keys: storage.keys, requireScope }),
    backupRoutes({ openBackup: () => storage.openBackup(modelsDirsOf(config).own, packageVersion()), requireScope }),
    webhookRoutes({
      webhooks: storage.webhooks,
      isAllowed: allowPublic(config.WEBHOOK_PRIVATE_NETWORKS),
      requireScope,
    }),
  ];
}

const createExports = (config: Config): VersionExports =>
  new VersionExports({ modelsDirs: modelsDirsOf(config), directory: join(config.DATA_DIR, 'exports') });

/** Closes the whole app when the address is taken. */
async function listen(server: FastifyInstance, { HOST, PORT }: Config, close: () => Promise<void>): Promise<string> {
  try {
    return await server.listen({ host: HOST, port: PORT });
  } catch (error) {
    await close();
    throw error;
  }
}

/** The same. */
async function listenGrpc(
  grpc: GrpcServer | undefined,
  { config: { HOST, GRPC_PORT }, logger }: Parts,
  close: () => Promise<void>,
): Promise<string | undefined> {
  if (grpc === undefined || GRPC_PORT === 'off') return undefined;
  try {
    const address = await grpc.listen(HOST, GRPC_PORT);
    logger.info(`gRPC listening at ${address}`);
    return address;
  } catch (error) {
    await close();
    throw error;
  }
}

/** Tells the commands of this machine where the server is; it serves without them too. */
async function announce(server: FastifyInstance, { config, logger, localKey }: Parts, closers: Closers): Promise<void> {
  try {
    closers.add(await announceServer(config.DATA_DIR, { url: reachableUrl(server), key: localKey.key }));
  } catch (error) {
    logger.warn({ err: error }, `the command line will not find this server by ${config.DATA_DIR}`);
  }
}

/** A server that listens at every address of the machine is reached by the loopback's. */
function reachableUrl({ server }: FastifyInstance): string {
  const { address, port, family } = server.address() as AddressInfo;
  if (family === 'IPv4') return `http://${address === '0.0.0.0' ? '127.0.0.1' : address}:${port}`;
  return `http://[${address === '::' ? '::1' : address}]:${port}`;
}

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
