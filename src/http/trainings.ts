// POST /v1/admin/retrain and /v1/admin/trainings…: ask for a training, look at it, follow it, cancel it.
import { Readable } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Datasets } from '../data/datasets/datasets.js';
import { leftOutSchema, trainingStateSchema, type JsonObject, type Training } from '../data/trainings/schemas.js';
import type { TrainingQueue } from '../data/trainings/trainingQueue.js';
import type { Trainings } from '../data/trainings/trainings.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { planFits, retrainSchema, type RetrainRequest } from '../training/request.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';
import { trainingEvents } from './trainingEvents.js';

const trainingSchema = z
  .object({
    id: z.uuid(),
    model: z.string(),
    dataset: z.string(),
    request: z.record(z.string(), z.unknown()),
    state: trainingStateSchema,
    stage: z.string().nullable(),
    progress: z.number(),
    metrics: z.record(z.string(), z.unknown()).nullable(),
    version: z.int().nullable(),
    leftOut: leftOutSchema,
    error: z.object({ code: z.string(), detail: z.string() }).nullable(),
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    finishedAt: z.string().nullable(),
  })
  .meta({ id: 'Training' });

const params = z.object({ id: z.uuid() });

const listQuery = z.object({
  model: classifierNameSchema.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
});

/** Last-Event-ID comes from a browser that reconnects; the query serves other clients. */
const eventsQuery = z.object({ lastEventId: z.coerce.number().int().min(0).default(0) });

export interface TrainingRouteDeps {
  readonly trainings: Trainings;
  readonly queue: TrainingQueue;
  readonly datasets: Datasets;
  readonly registry: ClassifierRegistry;
  readonly requireScope: RequireScope;
}

export const trainingRoutes =
  ({ trainings, queue, datasets, registry, requireScope }: TrainingRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const tags = ['training'];
    const security = keySecurity;
    app.addHook('onRequest', requireScope('train'));
    const closing = new AbortController();
    // Followers would keep the server open for as long as the training takes.
    app.addHook('preClose', async () => closing.abort());

    const retrain = {
      tags,
      security,
      summary: 'Retrain a classifier, or train a new one, in the background',
      body: retrainSchema,
      response: {
        202: trainingSchema,
        ...problems('invalid_request', 'unknown_dataset', 'unknown_model'),
        ...authProblems,
      },
    };
    app.post('/v1/admin/retrain', { schema: retrain }, async ({ body }, reply) => {
      await datasets.get(body.dataset);
      if (body.backbone !== undefined) registry.describe(body.backbone);
      const { chosen } = planFits(body);
      const training = await queue.submit({
        classifier: body.model,
        dataset: body.dataset,
        request: toJson(body),
        seed: chosen.seed,
      });
      return reply.code(202).header('location', `/v1/admin/trainings/${training.id}`).send(present(training));
    });

    const list = {
      tags,
      security,
      summary: 'List the trainings, the newest first',
      querystring: listQuery,
      response: {
        200: z.object({ trainings: z.array(trainingSchema) }),
        ...problems('invalid_request'),
        ...authProblems,
      },
    };
    app.get('/v1/admin/trainings', { schema: list }, async ({ query: { model, limit } }) => ({
      trainings: (await trainings.list({ classifier: model, limit })).map(present),
    }));

    const known = { ...problems('invalid_request', 'unknown_training'), ...authProblems };
    const get = { tags, security, summary: 'One training', params, response: { 200: trainingSchema, ...known } };
    app.get('/v1/admin/trainings/:id', { schema: get }, async ({ params: { id } }) => present(await trainings.get(id)));

    const cancelled = { 202: trainingSchema, ...known, ...problems('conflict') };
    const cancel = {
      tags,
      security,
      summary: 'Cancel a training',
      description: 'A waiting training ends at once, a running one within a moment.',
      params,
      response: cancelled,
    };
    app.delete('/v1/admin/trainings/:id', { schema: cancel }, async ({ params: { id } }, reply) =>
      reply.code(202).send(present(await queue.cancel(id))),
    );

    const follow = {
      tags,
      security,
      summary: 'Follow a training (server-sent events)',
      description:
        'Events: queued, stage, progress, epoch, then succeeded, failed or cancelled, after which the stream ends. Resumes after Last-Event-ID; 204 when there is nothing left to tell.',
      params,
      querystring: eventsQuery,
      response: {
        200: { description: 'The events.', content: { 'text/event-stream': { schema: z.string() } } },
        204: z.null().meta({ description: 'The training is over and all of it was told.' }),
        ...known,
      },
    };
    app.get('/v1/admin/trainings/:id/events', { schema: follow }, async (request, reply) => {
      const { id } = request.params;
      const after = lastEventId(request.headers['last-event-id']) ?? request.query.lastEventId;
      if (isOver(await trainings.get(id)) && (await trainings.events(id, after, 1)).length === 0)
        return reply.code(204).send(null);
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const events = trainingEvents(trainings, id, after, AbortSignal.any([gone.signal, closing.signal]));
      void reply
        .header('content-type', 'text/event-stream')
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no');
      return reply
        .serializer((payload: unknown) => payload as string)
        .send(Readable.from(events, { objectMode: false }) as never);
    });
  };

/** The schema leaves the seed out: the request has it. */
function present({ classifier, createdAt, startedAt, finishedAt, ...rest }: Training): z.output<typeof trainingSchema> {
  return {
    ...rest,
    model: classifier,
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

const toJson = (request: RetrainRequest): JsonObject => JSON.parse(JSON.stringify(request)) as JsonObject;

const isOver = ({ state }: Pick<Training, 'state'>): boolean => state !== 'queued' && state !== 'running';

function lastEventId(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
