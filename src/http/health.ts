// GET /health/live: the process answers and nothing is wrong that only its restart can mend. GET /health/ready: the engine is
// warm, a classifier is loaded, the database is not lost to another process and no shutdown has begun.
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

export const healthRoutes =
  ({ engine, whyNotReady, whyNotAlive }: HealthDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.get(
      '/health/live',
      {
        config: { probe: true },
        schema: {
          tags: ['operations'],
          operationId: 'getLiveness',
          summary: 'Is the process alive, or must it be started again',
          response: { 200: livenessSchema, ...problems('database_unavailable') },
        },
      },
      async () => {
        const reason = whyNotAlive();
        if (reason !== undefined) throw new AppError('database_unavailable', reason);
        return { status: 'live' as const };
      },
    );
    const response = { 200: readinessSchema, ...problems('not_ready') };
    app.get(
      '/health/ready',
      {
        config: { probe: true },
        schema: {
          tags: ['operations'],
          operationId: 'getReadiness',
          summary: 'Should the server get traffic',
          response,
        },
      },
      async () => {
        const reason = whyNotReady();
        if (reason !== undefined) throw new AppError('not_ready', reason);
        return { status: 'ready' as const, engine };
      },
    );
  };
