// POST /v1/admin/retrain and /v1/admin/trainings…: request a training, show it, follow it, cancel it.
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  hasEnded,
  leftOutSchema,
  starterSchema,
  trainingStateSchema,
  type Training,
} from '../data/trainings/schemas.js';
import type { TrainingQueue } from '../data/trainings/trainingQueue.js';
import type { Trainings } from '../data/trainings/trainings.js';
import { trialSchema } from '../data/trainings/trials.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { Presence } from '../serving/presence.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { retrainSchema } from '../training/request.js';
import { submitTraining, type SubmissionDeps } from '../training/submission.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';
import { trainingEvents } from './trainingEvents.js';
import { metricsSchema, presentMetrics } from './versionMetrics.js';

const timeSchema = z.string().meta({ format: 'date-time' });
const trainingErrorSchema = z.object({ code: z.string(), detail: z.string() }).meta({ id: 'TrainingError' });

export const trainingSchema = z
  .object({
    id: z.uuid(),
    model: z.string(),
    dataset: z.string(),
    request: z.record(z.string(), z.unknown()),
    startedBy: starterSchema.meta({
      description:
        'request: a caller; lesson: the rule of what was taught; auto-retrain: the classifier trains itself again',
    }),
    state: trainingStateSchema,
    stage: z.string().nullable(),
    progress: z.number(),
    metrics: metricsSchema.nullable(),
    version: z.int().nullable(),
    leftOut: leftOutSchema,
    error: trainingErrorSchema.nullable(),
    createdAt: timeSchema,
    startedAt: timeSchema.nullable(),
    finishedAt: timeSchema.nullable(),
    waitsFor: z.enum(['trainer']).optional().meta({
      description: 'trainer: it waits, and no process that runs trainings is there; asked of one training only',
    }),
  })
  .meta({ id: 'Training' });

const shownTrialSchema = trialSchema
  .extend({ hyperparameters: z.record(z.string(), z.unknown()) })
  .meta({ id: 'Trial' });

const detailSchema = trainingSchema
  .extend({
    trials: z.array(shownTrialSchema).meta({
      description: 'Fits of its search, in the order in which they ended; a setting that did well has two',
    }),
  })
  .meta({ id: 'TrainingDetail' });

const listSchema = z.object({ trainings: z.array(trainingSchema) }).meta({ id: 'TrainingList' });

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
  readonly storage: SubmissionDeps['storage'];
  readonly registry: Pick<ClassifierRegistry, 'describe' | 'list' | 'version' | 'defaultName'>;
  readonly presence: Pick<Presence, 'trainers'>;
  readonly requireScope: RequireScope;
}

const common = { tags: ['training'], security: keySecurity };
const knownProblems = { ...problems('invalid_request', 'unknown_training'), ...authProblems };

const retrainRoute = {
  ...common,
  operationId: 'startTraining',
  summary: 'Retrain a classifier, or train a new one, in the background',
  body: retrainSchema,
  response: {
    202: trainingSchema,
    ...problems(
      'invalid_request',
      'unknown_dataset',
      'unknown_dataset_version',
      'unknown_model',
      'invalid_dataset',
      'fine_tuning_unavailable',
    ),
    ...authProblems,
  },
};

const listRoute = {
  ...common,
  operationId: 'listTrainings',
  summary: 'List the trainings, the newest first',
  querystring: listQuery,
  response: {
    200: listSchema,
    ...problems('invalid_request'),
    ...authProblems,
  },
};

const getRoute = {
  ...common,
  operationId: 'getTraining',
  summary: 'One training',
  params,
  response: { 200: detailSchema, ...knownProblems },
};

const cancelRoute = {
  ...common,
  operationId: 'cancelTraining',
  summary: 'Cancel a training',
  description: 'A waiting training ends at once, a running one within a moment.',
  params,
  response: { 202: trainingSchema, ...knownProblems, ...problems('conflict') },
};

const followRoute = {
  ...common,
  operationId: 'followTraining',
  summary: 'Follow a training (server-sent events)',
  description:
    'Events: queued, stage, progress, epoch, trial (a fit of a search, as in `trials` of the training), then succeeded, failed or cancelled, after which the stream ends. An epoch event has the epochs since the one before, if any, as `earlier`. Resumes after Last-Event-ID; 204 when there is nothing left to send. ' +
    'Events of old trainings are removed (see TRAINING_DETAILS_DAYS and TRAINING_DETAILS_COUNT): then `removed` comes first, and the event that ended the training follows.',
  params,
  querystring: eventsQuery,
  response: {
    200: { description: 'The events.', content: { 'text/event-stream': { schema: z.string() } } },
    204: z.null().meta({ description: 'The training is over and every event was sent.' }),
    ...knownProblems,
  },
};

export const trainingRoutes =
  (deps: TrainingRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const { trainings, queue, presence } = deps;
    const presentOne = (training: Training) => ({
      ...presentTraining(training),
      ...(training.state === 'queued' && presence.trainers === 0 && { waitsFor: 'trainer' as const }),
    });
    app.addHook('onRequest', deps.requireScope('train'));
    const followers = new Followers(trainings);
    // They would keep the server open for as long as the training takes.
    app.addHook('preClose', async () => followers.leave());

    const options = { schema: retrainRoute, config: { idempotency: {} } };
    app.post('/v1/admin/retrain', options, async ({ body, claim, span }, reply) => {
      const training = await submitTraining(deps, body, { id: claim?.requestId, traceparent: span?.traceparent });
      return reply.code(202).header('location', `/v1/admin/trainings/${training.id}`).send(presentOne(training));
    });
    app.get('/v1/admin/trainings', { schema: listRoute }, async ({ query: { model, limit } }) => ({
      trainings: (await trainings.list({ classifier: model, limit })).map(presentTraining),
    }));
    app.get('/v1/admin/trainings/:id', { schema: getRoute }, async ({ params: { id } }) => ({
      ...presentOne(await trainings.get(id)),
      trials: await trainings.trials(id),
    }));
    app.delete('/v1/admin/trainings/:id', { schema: cancelRoute }, async ({ params: { id } }, reply) =>
      reply.code(202).send(presentTraining(await queue.cancel(id))),
    );
    app.get(
      '/v1/admin/trainings/:id/events',
      { schema: followRoute },
      async ({ params: { id }, query, headers }, reply) => {
        const after = lastEventId(headers['last-event-id']) ?? query.lastEventId;
        if (await isAllTold(trainings, id, after)) return reply.code(204).send(null);
        return sendEvents(reply, followers.follow(id, after, reply.raw)) as never;
      },
    );
  };

async function isAllTold(trainings: Trainings, id: string, after: number): Promise<boolean> {
  return hasEnded(await trainings.get(id)) && (await trainings.events(id, after, 1)).length === 0;
}

/** Those who follow trainings now. */
class Followers {
  readonly #present = new Set<AbortController>();

  constructor(private readonly trainings: Trainings) {}

  /** The stream of a follower until its connection closes. */
  follow(id: string, after: number, connection: ServerResponse): AsyncGenerator<string> {
    const gone = new AbortController();
    this.#present.add(gone);
    connection.once('close', () => {
      gone.abort();
      this.#present.delete(gone);
    });
    return trainingEvents({ trainings: this.trainings, id, after, signal: gone.signal });
  }

  /** Ends every stream. */
  leave(): void {
    for (const follower of this.#present) follower.abort();
  }
}

function sendEvents(reply: FastifyReply, events: AsyncGenerator<string>): FastifyReply {
  return reply
    .header('content-type', 'text/event-stream')
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .serializer((payload: unknown) => payload as string)
    .send(Readable.from(events, { objectMode: false }));
}

/** The schema leaves out the seed, which the request has, when the details were removed, which the events show, and the trace. */
export function presentTraining({
  classifier,
  createdAt,
  startedAt,
  finishedAt,
  ...rest
}: Training): z.output<typeof trainingSchema> {
  return {
    ...rest,
    model: classifier,
    metrics: rest.metrics && presentMetrics(rest.metrics, rest.dataset),
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

function lastEventId(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
