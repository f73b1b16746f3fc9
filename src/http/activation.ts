// POST /v1/admin/models/{name}/activate and /rollback, DELETE …/versions/{v}: which version of a classifier answers.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { classifierNameSchema } from '../models/manifest.js';
import type { ActivationService } from '../serving/activation.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';

const params = z.object({ name: classifierNameSchema });
const version = z.int().positive();
const active = z.object({ name: z.string(), activeVersion: z.int() });

export interface ActivationRouteDeps {
  readonly activation: ActivationService;
  readonly requireScope: RequireScope;
}

export const activationRoutes =
  ({ activation, requireScope }: ActivationRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const tags = ['models'];
    app.addHook('onRequest', requireScope('train'));
    const security = keySecurity;
    const refused = {
      ...authProblems,
      ...problems(
        'invalid_request',
        'unknown_model',
        'unknown_version',
        'conflict',
        'invalid_model',
        'database_unavailable',
        'engine_unavailable',
      ),
    };

    const activate = {
      tags,
      security,
      summary: 'Make a version the active one',
      description:
        'Loads it, tries it on stored images, then switches: requests in flight finish on the old one, which goes on answering when any of this fails.',
      params,
      body: z.object({ version }).strict(),
      response: { 200: active, ...refused },
    };
    app.post('/v1/admin/models/:name/activate', { schema: activate }, async ({ params: { name }, body }) => {
      await activation.activate(name, body.version);
      return { name, activeVersion: body.version };
    });

    const rollback = {
      tags,
      security,
      summary: 'Go back to the version that was active before',
      params,
      response: { 200: active, ...refused },
    };
    app.post('/v1/admin/models/:name/rollback', { schema: rollback }, async ({ params: { name } }) => ({
      name,
      activeVersion: await activation.rollback(name),
    }));

    const remove = {
      tags,
      security,
      summary: 'Delete a version that is not active',
      params: params.extend({ version: z.coerce.number().int().min(1) }),
      response: { 204: z.null().meta({ description: 'It is gone.' }), ...refused },
    };
    app.delete(
      '/v1/admin/models/:name/versions/:version',
      { schema: remove },
      async ({ params: { name, version: number } }, reply) => {
        await activation.remove(name, number);
        return reply.code(204).send(null);
      },
    );
  };
