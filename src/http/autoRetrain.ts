// PUT, GET and DELETE /v1/models/{name}/auto-retrain: a classifier that is trained again by itself, when, and what it decided.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { autoRetrainStageSchema, autoRetrainStepSchema } from '../data/trainings/autoRetrains.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { AutoRetrainReport, AutoRetrainService } from '../training/autoRetrain/autoRetrainService.js';
import { autoRetrainSchema } from '../training/autoRetrain/settings.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';

export interface AutoRetrainRouteDeps {
  readonly autoRetrain: Pick<AutoRetrainService, 'set' | 'remove' | 'report'>;
  readonly requireScope: RequireScope;
}

const shownSchema = z
  .object({
    model: z.string(),
    settings: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'As PUT takes them, with what was left out; null: it is off, and has no other figures' }),
    stage: autoRetrainStageSchema.meta({
      description: 'idle: nothing is under way; training; shadow, canary: the rollout of the version that it gave',
    }),
    corrections: z.int().meta({
      description: 'Images of the dataset that were added, removed or labelled anew since the last training on it',
    }),
    nextRunAt: z.date().nullable().meta({ description: 'Of the schedule; null: there is none' }),
    waitingFor: z.string().nullable().meta({ description: 'In words; null: something is under way' }),
    training: z.uuid().nullable().meta({ description: 'The last one that it queued' }),
    steps: z.array(autoRetrainStepSchema).meta({ description: 'What it decided and why, the last first, at most 50' }),
  })
  .meta({ id: 'AutoRetrain' });

const common = { tags: ['models'], security: keySecurity, params: z.object({ name: classifierNameSchema }) };
const refusals = ['invalid_request', 'unknown_model'] as const;

const setRoute = {
  ...common,
  operationId: 'putAutoRetrain',
  summary: 'Have a classifier trained again by itself',
  description:
    'Whenever so many images of its dataset have changed, or at the times of a schedule when any has; once, however many servers share the database, and not while one of its trainings waits or runs or a rollout of it runs.',
  body: autoRetrainSchema,
  response: {
    200: shownSchema,
    ...authProblems,
    ...problems(...refusals, 'unknown_dataset', 'fine_tuning_unavailable'),
  },
};

const getRoute = {
  ...common,
  operationId: 'getAutoRetrain',
  summary: 'When a classifier is trained again, and what was decided',
  response: { 200: shownSchema, ...authProblems, ...problems(...refusals) },
};

const removeRoute = {
  ...common,
  operationId: 'deleteAutoRetrain',
  summary: 'Have a classifier trained by request alone',
  description: 'A training that was queued goes on as one by request.',
  response: {
    204: z.null().meta({ description: 'It is off.' }),
    ...authProblems,
    ...problems(...refusals),
  },
};

export const autoRetrainRoutes =
  ({ autoRetrain, requireScope }: AutoRetrainRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', requireScope('train'));
    const path = '/v1/models/:name/auto-retrain';

    app.put(path, { schema: setRoute }, async ({ params: { name }, body }) => {
      await autoRetrain.set(name, body);
      return present(name, await autoRetrain.report(name));
    });

    app.get(path, { schema: getRoute }, async ({ params: { name } }) => present(name, await autoRetrain.report(name)));

    app.delete(path, { schema: removeRoute }, async ({ params: { name } }, reply) => {
      await autoRetrain.remove(name);
      return reply.code(204).send(null);
    });
  };

function present(model: string, report: AutoRetrainReport | undefined): z.output<typeof shownSchema> {
  if (report === undefined)
    return {
      model,
      settings: null,
      stage: 'idle',
      corrections: 0,
      nextRunAt: null,
      waitingFor: null,
      training: null,
      steps: [],
    };
  const { state, settings, waitingFor, steps } = report;
  const { stage, changes, nextRunAt, training } = state;
  return { model, settings, stage, corrections: changes, nextRunAt, waitingFor, training, steps: [...steps] };
}
