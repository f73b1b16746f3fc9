// GET /health/live: the process answers and nothing is wrong that only its restart can mend. GET /health/ready: the engine is
// warm, a classifier is loaded, the database is not lost to another process and no shutdown has begun. Both also under the names
// that Kubernetes has for its own servers, and that clouds and charts probe unless they are told otherwise.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.js';
import type { EngineInfo } from '../engines/engine.js';
import { engineSchema } from './models.js';
import { problems } from './problem.js';

export interface HealthDeps {
  readonly engine: EngineInfo;
  /** Why the server should get no traffic now; undefined when it should. */
  readonly whyNotReady: () => string | undefined;
  /** Why the process must be started again: it cannot recover by itself. Undefined when that is not so. */
  readonly whyNotAlive: () => string | undefined;
}

const livenessSchema = z.object({ status: z.literal('live') }).meta({ id: 'Liveness' });
const readinessSchema = z.object({ status: z.literal('ready'), engine: engineSchema }).meta({ id: 'Readiness' });

const aliasesOfLive = ['/livez', '/healthz'];
const aliasesOfReady = ['/readyz'];

export const healthRoutes =
  ({ engine, whyNotReady, whyNotAlive }: HealthDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const config = { probe: true };

    const liveSchema = {
      tags: ['operations'],
      operationId: 'getLiveness',
      summary: 'Is the process alive, or must it be started again',
      response: { 200: livenessSchema, ...problems('database_unavailable') },
    };
    const live = async () => {
      const reason = whyNotAlive();
      if (reason !== undefined) throw new AppError('database_unavailable', reason);
      return { status: 'live' as const };
    };
    app.get('/health/live', { config, schema: liveSchema }, live);
    // Hidden: a client made of the description needs one name for each call.
    for (const path of aliasesOfLive) app.get(path, { config, schema: { ...liveSchema, hide: true } }, live);

    const readySchema = {
      tags: ['operations'],
      operationId: 'getReadiness',
      summary: 'Should the server get traffic',
      response: { 200: readinessSchema, ...problems('not_ready') },
    };
    const ready = async () => {
      const reason = whyNotReady();
      if (reason !== undefined) throw new AppError('not_ready', reason);
      return { status: 'ready' as const, engine };
    };
    app.get('/health/ready', { config, schema: readySchema }, ready);
    for (const path of aliasesOfReady) app.get(path, { config, schema: { ...readySchema, hide: true } }, ready);
  };
