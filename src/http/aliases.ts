// PUT and DELETE /v1/admin/models/{name}/aliases/{alias}: other names of versions, such as `stable` and `canary`.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { classifierNameSchema } from '../models/manifest.js';
import { aliasSchema } from '../models/versionRef.js';
import type { Aliases } from '../serving/aliases.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';

export interface AliasRouteDeps {
  readonly aliases: Pick<Aliases, 'set' | 'remove'>;
  readonly requireScope: RequireScope;
}

const common = {
  tags: ['models'],
  security: keySecurity,
  params: z.object({ name: classifierNameSchema, alias: aliasSchema }),
};
const refusals = ['invalid_request', 'unknown_model', 'unknown_version', 'database_unavailable'] as const;

const setRoute = {
  ...common,
  operationId: 'setVersionAlias',
  summary: 'Give a version another name, or move the name to it',
  description:
    'The name stands for the version wherever a call takes one (`?version=stable`), on all servers that share the database. The version is loaded first; each request is answered by the version that the name stood for before or by this one.',
  body: z.object({ version: z.int().positive() }).strict().meta({ id: 'AliasTarget' }),
  response: {
    200: z.object({ name: z.string(), alias: z.string(), version: z.int() }).meta({ id: 'VersionAlias' }),
    ...authProblems,
    ...problems(...refusals, 'invalid_model', 'engine_unavailable'),
  },
};

const removeRoute = {
  ...common,
  operationId: 'deleteVersionAlias',
  summary: 'Delete an alias',
  description: 'Its version stays. 404 `unknown_version` where the classifier has no such alias.',
  response: {
    204: z.null().meta({ description: 'It is gone.' }),
    ...authProblems,
    ...problems(...refusals),
  },
};

export const aliasRoutes =
  ({ aliases, requireScope }: AliasRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', requireScope('train'));
    const path = '/v1/admin/models/:name/aliases/:alias';

    app.put(path, { schema: setRoute }, async ({ params: { name, alias }, body: { version } }) => {
      await aliases.set(name, alias, version);
      return { name, alias, version };
    });

    app.delete(path, { schema: removeRoute }, async ({ params: { name, alias } }, reply) => {
      await aliases.remove(name, alias);
      return reply.code(204).send(null);
    });
  };
