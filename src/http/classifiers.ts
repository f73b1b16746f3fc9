// DELETE /v1/admin/models/{name}, POST /v1/admin/reload, PUT /v1/admin/default-model: which classifiers there are, and the default.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { classifierNameSchema } from '../models/manifest.js';
import type { ActivationService } from '../serving/activation.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { modelRefSchema } from './classify.js';
import { problems } from './problem.js';

export interface ClassifierRouteDeps {
  readonly activation: ActivationService;
  readonly requireScope: RequireScope;
}

const common = { tags: ['models'], security: keySecurity };

const defaultSchema = z.object({ model: classifierNameSchema }).strict().meta({ id: 'DefaultModel' });
const chooseRoute = {
  ...common,
  operationId: 'setDefaultModel',
  summary: 'Choose the default classifier',
  description:
    'It answers every request that names none, on all servers that share the database, until another is chosen. DEFAULT_MODEL, where it is set, decides instead: 409.',
  body: defaultSchema,
  response: { 200: defaultSchema, ...authProblems, ...problems('invalid_request', 'unknown_model', 'conflict') },
};

const removeRoute = {
  ...common,
  operationId: 'deleteModel',
  summary: 'Delete a classifier with all its versions',
  description:
    'Requests in flight finish on it; one whose files are gone already is forgotten. 409 for the default classifier, for one that comes with Taxon, and while a training that is not over trains it or builds on it.',
  params: z.object({ name: classifierNameSchema }),
  response: {
    204: z.null().meta({ description: 'It is gone.' }),
    ...authProblems,
    ...problems('invalid_request', 'unknown_model', 'conflict', 'storage_unavailable'),
  },
};

const namedVersions = z.array(modelRefSchema);
const reloadedSchema = z
  .object({
    added: namedVersions,
    removed: namedVersions,
    refused: z
      .array(z.object({ directory: z.string(), reason: z.string() }).meta({ id: 'RefusedVersion' }))
      .meta({ description: 'All versions that cannot be served, not only new ones' }),
  })
  .meta({ id: 'Reloaded' });
const reloadRoute = {
  ...common,
  operationId: 'reloadModels',
  summary: 'Look at the models directories again',
  description:
    'Serves what was put into them since the last look and drops what was taken out, as SIGHUP does; servers that share the database follow.',
  response: {
    200: reloadedSchema,
    ...authProblems,
  },
};

export const classifierRoutes =
  ({ activation, requireScope }: ClassifierRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', requireScope('admin'));

    app.put('/v1/admin/default-model', { schema: chooseRoute }, async ({ body: { model } }) => {
      await activation.defaultClassifier.choose(model);
      return { model };
    });

    app.delete('/v1/admin/models/:name', { schema: removeRoute }, async ({ params: { name } }, reply) => {
      await activation.removal.removeClassifier(name);
      return reply.code(204).send(null);
    });

    app.post('/v1/admin/reload', { schema: reloadRoute }, async () => {
      const { added, removed, refused } = await activation.reload();
      return { added: [...added], removed: [...removed], refused: [...refused] };
    });
  };
