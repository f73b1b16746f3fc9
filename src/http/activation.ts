// POST /v1/admin/models/{name}/activate and /rollback, DELETE and PATCH …/versions/{v}: which version of a classifier answers, and how.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { classifierNameSchema } from '../models/manifest.js';
import { defaultUnknownAbove } from '../models/novelty.js';
import { aliasSchema } from '../models/versionRef.js';
import type { ActivationService } from '../serving/activation.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';

export interface ActivationRouteDeps {
  readonly activation: ActivationService;
  readonly requireScope: RequireScope;
}

const params = z.object({ name: classifierNameSchema });
const active = z.object({ name: z.string(), activeVersion: z.int() }).meta({ id: 'ActiveVersion' });

const common = { tags: ['models'], security: keySecurity, params };
const refusals = [
  'invalid_request',
  'unknown_model',
  'unknown_version',
  'conflict',
  'invalid_model',
  'database_unavailable',
  'engine_unavailable',
] as const;
const changeRefusals = ['invalid_request', 'unknown_model', 'unknown_version', 'database_unavailable'] as const;
const refused = { ...authProblems, ...problems(...refusals) };

const activateRoute = {
  ...common,
  operationId: 'activateModelVersion',
  summary: 'Make a version the active one',
  description:
    'Loads it, tries it on stored images, then switches: requests in flight finish on the old one, which keeps answering if any of this fails.',
  body: z
    .object({
      version: z.int().positive().optional(),
      alias: aliasSchema.optional().describe('In place of `version`: the one that it names now'),
    })
    .strict()
    .refine(({ version, alias }) => (version === undefined) !== (alias === undefined), 'name a version or an alias')
    .meta({ id: 'Activation', minProperties: 1, maxProperties: 1 }),
  response: { 200: active, ...refused },
};

const rollbackRoute = {
  ...common,
  operationId: 'rollbackModel',
  summary: 'Go back to the version that was active before',
  response: { 200: active, ...refused },
};

const removeRoute = {
  ...common,
  operationId: 'deleteModelVersion',
  summary: 'Delete a version that is not active',
  params: params.extend({ version: z.coerce.number().int().min(1) }),
  response: {
    204: z.null().meta({ description: 'It is gone.' }),
    ...refused,
    ...problems(...refusals, 'storage_unavailable'),
  },
};

const changedSchema = z
  .object({ name: z.string(), version: z.int(), unknownAbove: z.number().min(0).max(1) })
  .meta({ id: 'ChangedVersion' });
const changeRoute = {
  ...common,
  operationId: 'updateModelVersion',
  summary: 'Set what a version calls unknown',
  description:
    'On all servers that share the database, from the next request on. A request with `unknownAbove` of its own has the last word.',
  params: params.extend({ version: z.coerce.number().int().min(1) }),
  body: z
    .strictObject({
      unknownAbove: z
        .number()
        .min(0)
        .max(1)
        .nullable()
        .meta({ description: `Images of a \`novelty\` above it; null: ${defaultUnknownAbove}, as it is at first` }),
    })
    .meta({ id: 'VersionChange' }),
  response: { 200: changedSchema, ...authProblems, ...problems(...changeRefusals) },
};

export const activationRoutes =
  ({ activation, requireScope }: ActivationRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', requireScope('train'));
    const path = '/v1/admin/models/:name';

    app.post(`${path}/activate`, { schema: activateRoute }, async ({ params: { name }, body: { version, alias } }) => ({
      name,
      activeVersion: await activation.activate(name, (version ?? alias)!),
    }));

    app.post(`${path}/rollback`, { schema: rollbackRoute }, async ({ params: { name } }) => ({
      name,
      activeVersion: await activation.rollback(name),
    }));

    app.patch(`${path}/versions/:version`, { schema: changeRoute }, async ({ params: { name, version }, body }) => {
      const { unknownThresholds } = activation;
      await unknownThresholds.set(name, version, body.unknownAbove);
      return { name, version, unknownAbove: unknownThresholds.of(name, version) };
    });

    app.delete(`${path}/versions/:version`, { schema: removeRoute }, async ({ params: { name, version } }, reply) => {
      await activation.removal.removeVersion(name, version);
      return reply.code(204).send(null);
    });
  };
