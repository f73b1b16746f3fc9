// The Fastify instance with what every route shares: request ids, one log line per request, problem+json, security headers,
// CORS, OpenAPI. Routes come from outside.
import { maxHeaderSize } from 'node:http';
import cors from '@fastify/cors';
import multipart from '@fastify/multipart';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
} from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import type { TrustedProxies } from '../config.js';
import type { AppError } from '../errors.js';
import type { Tracer } from '../tracing/tracer.js';
import { followExchanges } from './exchange.js';
import { continueOnceLetIn } from './expectContinue.js';
import { replayHeader } from './idempotency.js';
import { acceptJson, type JsonLimits } from './json.js';
import { answerOtherMethods } from './methods.js';
import { describeApi } from './openapi.js';
import { sendProblem } from './problem.js';
import { paceRefusals } from './refusalPace.js';
import { refuseUnknownQueryNames } from './queryNames.js';
import { logRequests } from './requestLog.js';
import { addSecurityHeaders } from './securityHeaders.js';
import { requestIdHeader, requestIdOf } from './requestIds.js';
import { closeConnectionsAtShutdown } from './shutdown.js';
import { acceptRawImages } from './classifyUpload.js';
import { traceRequests } from './tracing.js';
import { limitUnreadAnswers } from './unreadAnswers.js';
import { answerUnreadable } from './unreadableRequests.js';
import { limitUploadTime } from './uploadTimeout.js';

export interface ServerOptions {
  readonly logger: Logger;
  readonly corsOrigins: readonly string[];
  readonly trustedProxies: TrustedProxies;
  readonly maxBodyBytes: number;
  readonly maxImageBytes: number;
  readonly maxImages: number;
  readonly uploadTimeoutMs: number;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Adds hooks to every route. */
  readonly observe: (app: FastifyInstance) => void;
  /** Each registers the routes of one resource. */
  readonly routes: readonly FastifyPluginAsync[];
}

/** Builds the server without listening; `app.inject` and `app.listen` both work on it. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const loggerInstance: FastifyBaseLogger = options.logger;
  const app: FastifyInstance = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: ({ headers }) => requestIdOf(headers),
    bodyLimit: options.maxBodyBytes,
    trustProxy: isTrustedProxy(options.trustedProxies),
    forceCloseConnections: 'idle',
    clientErrorHandler: answerUnreadable,
    // What is there when the server closes is answered like everything before it; Fastify's own 503 is no problem document.
    return503OnClosing: false,
    rewriteUrl: ({ url = '/' }) => decodableUrl(url),
    // Longer addresses end at Node's limit for headers. Fastify would answer those past a limit of its own as those below.
    routerOptions: { maxParamLength: maxHeaderSize },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler<FastifyError | AppError>(sendProblem);
  paceRefusals(app);
  const openOn = followExchanges(app);
  identify(app);
  addSecurityHeaders(app, { isShared: options.corsOrigins.length > 0 });
  logRequests(app, options.logger);
  traceRequests(app, options.tracer);
  options.observe(app);
  closeConnectionsAtShutdown(app, openOn);
  continueOnceLetIn(app);
  limitUploadTime(app, options.uploadTimeoutMs);
  limitUnreadAnswers(app, openOn, options.uploadTimeoutMs);
  await app.register(cors, {
    origin: corsOrigin(options.corsOrigins),
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    // allowedHeaders is left out: a preflight then allows what it asks for, the headers that carry keys included.
    exposedHeaders: [
      requestIdHeader,
      'retry-after',
      'location',
      replayHeader,
      'ratelimit-limit',
      'ratelimit-remaining',
      'ratelimit-reset',
    ],
    // Its headers are added, and answerOtherMethods answers.
    preflightContinue: true,
    strictPreflight: false,
  });
  answerOtherMethods(app);
  refuseUnknownQueryNames(app);
  await app.register(multipart, { throwFileSizeLimit: false, limits: { headerPairs: 32, fieldSize: 64 * 2 ** 10 } });
  acceptRawImages(app);
  acceptJson(app, jsonLimits(options));
  await describeApi(app);
  for (const route of options.routes) await app.register(route);
  return app;
}

/** One image of the largest size in base64, or as many smaller ones; of values, more than any call has and little enough to validate. */
const jsonLimits = ({ maxImageBytes, maxImages }: ServerOptions): JsonLimits => ({
  maxBytes: Math.ceil((maxImageBytes * 4) / 3) + 64 * 2 ** 10,
  maxDepth: 32,
  maxValues: 1_000 + 2 * maxImages,
});

function identify(app: FastifyInstance): void {
  app.decorateRequest('admitted');
  app.decorateRequest('upload');
  app.decorateRequest('key');
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
}

/**
 * Where a percent sign in the path encodes nothing, all of them stand for themselves. Fastify would answer such addresses itself, before
 * any hook: without a request id, a log line, the headers of other answers and problem+json.
 */
function decodableUrl(url: string): string {
  const [path = '', ...query] = url.split('?');
  try {
    decodeURI(path);
    return url;
  } catch {
    return [path.replaceAll('%', '%25'), ...query].join('?');
  }
}

/** Of a number of hops, Fastify itself trusts none: whoever reaches the server directly could name any address. That is for the operator to exclude. */
function isTrustedProxy(proxies: TrustedProxies): string[] | boolean | ((address: string, hop: number) => boolean) {
  if (proxies === 'none') return false;
  return typeof proxies === 'number' ? (_address, hop) => hop < proxies : [...proxies];
}

function corsOrigin(origins: readonly string[]): boolean | string | string[] {
  if (origins.length === 0) return false;
  return origins.includes('*') ? '*' : [...origins];
}
