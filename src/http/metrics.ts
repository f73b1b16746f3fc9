// Prometheus metrics: what is measured, under which names, and GET /metrics.
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import type { EngineInfo } from '../engines/engine.js';
import { errorCodes, type ErrorCode } from '../errors.js';
import type { Admission } from '../serving/admission.js';
import type { BatchObserver } from '../serving/batcher.js';
import { ClassificationMetrics } from './classificationMetrics.js';
import { watchAutoRetrains } from './autoRetrainMetrics.js';
import { watchDrift } from './driftMetrics.js';
import { watchRollouts } from './rolloutMetrics.js';
import { watchCaptures } from './captureMetrics.js';
import { TrainingMetrics, type CountActiveTrainings } from './trainingMetrics.js';
import { watchServer, type ServerSources } from './serverMetrics.js';

const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30];

/** https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration */
const conventionalBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const conventionalMethods = new Set('CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT TRACE'.split(' '));

export interface MetricsSources extends ServerSources {
  readonly engine: EngineInfo;
  readonly queueDepth: () => number;
  readonly admission: Pick<Admission, 'refused' | 'promisedMs'>;
  readonly countActiveTrainings: CountActiveTrainings;
}

export class Metrics {
  readonly registry = new Registry();
  readonly #requests = new Histogram({
    name: 'taxon_request_duration_seconds',
    help: 'Requests by route, method and status, from arrival to answer.',
    labelNames: ['route', 'method', 'status'],
    buckets: secondsBuckets,
    registers: [this.registry],
  });
  /** The same in the words of OpenTelemetry's conventions, for dashboards that many programs share. */
  readonly #serverRequests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Duration of HTTP server requests.',
    labelNames: [
      'http_request_method',
      'http_route',
      'http_response_status_code',
      'url_scheme',
      'network_protocol_version',
      'error_type',
    ],
    buckets: conventionalBuckets,
    registers: [this.registry],
  });
  readonly #stages = new Histogram({
    name: 'taxon_stage_duration_seconds',
    help: 'Time of one image in decode and queue, of one batch in inference.',
    labelNames: ['stage'] as const,
    buckets: secondsBuckets,
    registers: [this.registry],
  });
  readonly #batchSizes = new Histogram({
    name: 'taxon_batch_size',
    help: 'Images in one run of the engine.',
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers: [this.registry],
  });
  readonly #restarts = new Counter({
    name: 'taxon_engine_restarts_total',
    help: 'Times the engine worker died and was started again.',
    registers: [this.registry],
  });

  readonly #shared = new Counter({
    name: 'taxon_shared_images_total',
    help: 'Images that came while an equal one was in work, and were answered by the same work.',
    registers: [this.registry],
  });
  readonly #cached = new Counter({
    name: 'taxon_cached_images_total',
    help: 'Images whose result was known (RESULT_CACHE).',
    registers: [this.registry],
  });
  readonly #errors = new Counter({
    name: 'taxon_errors_total',
    help: 'Requests that were answered with an error, by its code (docs/errors.md).',
    labelNames: ['code'],
    registers: [this.registry],
  });
  readonly classifications: ClassificationMetrics;
  readonly trainings = new TrainingMetrics(this.registry);

  /** `maxClasses` of each classifier are counted one by one (METRICS_CLASSES). */
  constructor({ maxClasses }: { readonly maxClasses: number }) {
    // A rate needs a first value: an error is not to be missed because it is the first of its kind.
    for (const code of errorCodes) this.#errors.inc({ code }, 0);
    this.classifications = new ClassificationMetrics(this.registry, maxClasses);
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counters by version of the rollouts that run. */
  watchRollouts(rollouts: Parameters<typeof watchRollouts>[1]): void {
    watchRollouts(this.registry, rollouts);
  }

  /** To be called before they start to decide. */
  watchAutoRetrains(autoRetrain: Parameters<typeof watchAutoRetrains>[1]): void {
    watchAutoRetrains(this.registry, autoRetrain);
  }

  /** What becomes of images that are drawn to be kept. */
  watchCaptures(captures: Parameters<typeof watchCaptures>[1]): void {
    watchCaptures(this.registry, captures);
  }

  /** Gauges of the classifiers that are compared with their trainings. */
  watchDrift(drift: Parameters<typeof watchDrift>[1]): void {
    watchDrift(this.registry, drift);
  }

  /** Gauges that read the running parts; called once, when the engine is there. */
  watch({ engine, queueDepth, admission, countActiveTrainings, ...server }: MetricsSources): void {
    this.trainings.watch(countActiveTrainings);
    watchServer(this.registry, server);
    const info = new Gauge({
      name: 'taxon_engine_info',
      help: 'The engine that answers; always 1.',
      labelNames: ['engine', 'device', 'device_name', 'libraries'],
      registers: [this.registry],
    });
    const libraries = Object.entries(engine.libraries).map(([name, version]) => `${name} ${version}`);
    info.set(
      { engine: engine.engine, device: engine.device, device_name: engine.deviceName, libraries: libraries.join(', ') },
      1,
    );
    if (engine.deviceMemoryBytes !== undefined)
      new Gauge({
        name: 'taxon_engine_device_memory_bytes',
        help: 'Memory of the card that the engine runs on.',
        registers: [this.registry],
      }).set(engine.deviceMemoryBytes);
    new Gauge({
      name: 'taxon_queue_depth',
      help: 'Images that wait for their turn or for the engine.',
      registers: [this.registry],
      collect() {
        this.set(queueDepth());
      },
    });
    new Gauge({
      name: 'taxon_promised_seconds',
      help: 'Time that the requests which were let in will take; past two fifths of REQUEST_TIMEOUT_MS others are refused.',
      registers: [this.registry],
      collect() {
        this.set(admission.promisedMs / 1000);
      },
    });
    new Counter({
      name: 'taxon_refused_total',
      help: 'Classifications refused with 429 `overloaded` for want of time or memory.',
      registers: [this.registry],
      collect() {
        this.reset();
        this.inc(admission.refused);
      },
    });
  }

  readonly observeDecode = (ms: number): void => this.#stages.observe({ stage: 'decode' }, ms / 1000);

  readonly onShared = (): void => this.#shared.inc();

  readonly onCached = (): void => this.#cached.inc();

  readonly onEngineRestart = (): void => this.#restarts.inc();

  readonly batchObserver: BatchObserver = {
    onBatch: ({ size, inferenceMs, queueMs }) => {
      this.#batchSizes.observe(size);
      this.#stages.observe({ stage: 'inference' }, inferenceMs / 1000);
      for (const ms of queueMs) this.#stages.observe({ stage: 'queue' }, ms / 1000);
    },
  };

  /** Times every request of `app`, and counts its error by the code that the log line has. */
  observeRequests(app: FastifyInstance): void {
    app.addHook('onResponse', (request, reply, done) => {
      const { method, routeOptions, outcome } = request;
      const route = routeOptions.url ?? 'none';
      const { code } = outcome as { readonly code?: ErrorCode };
      this.#requests.observe({ route, method, status: reply.statusCode }, reply.elapsedTime / 1000);
      this.#serverRequests.observe(conventionalLabels(request, reply, code), reply.elapsedTime / 1000);
      if (code !== undefined) this.#errors.inc({ code });
      done();
    });
  }
}

/** As the conventions have it, only faults of the server have an error type. */
const conventionalLabels = (
  { method, protocol, routeOptions, raw }: FastifyRequest,
  { statusCode }: FastifyReply,
  code: ErrorCode | undefined,
) => ({
  http_request_method: conventionalMethods.has(method) ? method : '_OTHER',
  ...(routeOptions.url !== undefined && { http_route: routeOptions.url }),
  http_response_status_code: statusCode,
  url_scheme: protocol,
  network_protocol_version: raw.httpVersion,
  ...(statusCode >= 500 && { error_type: code ?? String(statusCode) }),
});

const exposition = { description: 'The text format of Prometheus', content: { 'text/plain': { schema: z.string() } } };

export const metricsRoutes =
  ({ registry }: Metrics): FastifyPluginAsync =>
  async (app) => {
    app.get(
      '/metrics',
      {
        config: { probe: true },
        schema: {
          tags: ['operations'],
          operationId: 'getMetrics',
          summary: 'Prometheus metrics',
          response: { 200: exposition },
        },
      },
      async (_request, reply) => {
        return reply.type(registry.contentType).send(await registry.metrics());
      },
    );
  };
