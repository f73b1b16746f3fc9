// GET /v2/health/live and /v2/health/ready: the Open Inference Protocol's names for /health/live and /health/ready.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.js';
import type { HealthDeps } from './health.js';
import { problems } from './problem.js';

const liveSchema = z.object({ live: z.literal(true) }).meta({ id: 'ServerLive' });
const readySchema = z.object({ ready: z.literal(true) }).meta({ id: 'ServerReady' });

/** Probes have no key: these stay open when AUTH=required. */
export const openInferenceHealthRoutes =
  ({ whyNotReady, whyNotAlive }: Pick<HealthDeps, 'whyNotReady' | 'whyNotAlive'>): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const config = { probe: true };
    const tags = ['open inference protocol'];

    const liveRoute = {
      tags,
      operationId: 'isServerLive',
      summary: 'Is the server alive, or must it be started again',
      response: { 200: liveSchema, ...problems('database_unavailable') },
    };
    app.get('/v2/health/live', { config, schema: liveRoute }, async () => {
      const reason = whyNotAlive();
      if (reason !== undefined) throw new AppError('database_unavailable', reason);
      return { live: true as const };
    });

    const readyRoute = {
      tags,
      operationId: 'isServerReady',
      summary: 'Is the server ready',
      response: { 200: readySchema, ...problems('not_ready') },
    };
    app.get('/v2/health/ready', { config, schema: readyRoute }, async () => {
      const reason = whyNotReady();
      if (reason !== undefined) throw new AppError('not_ready', reason);
      return { ready: true as const };
    });
  };
