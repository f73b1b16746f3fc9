// GET /health/live: the process answers. GET /health/ready: the engine is warm, a classifier is loaded, the database
// is not lost to another process and no shutdown has begun.
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
}

export const healthRoutes =
  ({ engine, whyNotReady }: HealthDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.get(
      '/health/live',
      {
        schema: {
          tags: ['operations'],
          summary: 'Is the process alive',
          response: { 200: z.object({ status: z.literal('live') }) },
        },
      },
      async () => ({
        status: 'live' as const,
      }),
    );
    const response = { 200: z.object({ status: z.literal('ready'), engine: engineSchema }), ...problems('not_ready') };
    app.get(
      '/health/ready',
      { schema: { tags: ['operations'], summary: 'Should the server get traffic', response } },
      async () => {
        const reason = whyNotReady();
        if (reason !== undefined) throw new AppError('not_ready', reason);
        return { status: 'ready' as const, engine };
      },
    );
  };
