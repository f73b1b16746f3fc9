// /v1/admin/keys: create, list, change and revoke API keys.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiKeys } from '../data/keys/apiKeys.js';
import { apiKeySchema, keyChangesSchema, newKeySchema } from '../data/keys/schemas.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';

export interface KeyRouteDeps {
  readonly keys: ApiKeys;
  readonly requireScope: RequireScope;
}

/** A key as it is shown once. */
export const createdKeySchema = apiKeySchema
  .extend({
    key: z.string().meta({ description: 'The key itself, shown this once' }),
  })
  .meta({ id: 'CreatedApiKey' });

const keyListSchema = z.object({ keys: z.array(apiKeySchema) }).meta({ id: 'ApiKeyList' });

export const keyRoutes =
  ({ keys, requireScope }: KeyRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const common = { tags: ['keys'], security: keySecurity };
    const onRequest = requireScope('admin');

    const createSchema = {
      ...common,
      operationId: 'createKey',
      summary: 'Create a key',
      body: newKeySchema,
      response: { 201: createdKeySchema, ...problems('invalid_request'), ...authProblems },
    };
    app.post('/v1/admin/keys', { schema: createSchema, onRequest }, async (request, reply) => {
      const created = await keys.create(request.body);
      return reply
        .code(201)
        .header('location', `/v1/admin/keys/${created.id}`)
        .header('cache-control', 'no-store')
        .send(created);
    });

    const listSchema = {
      ...common,
      operationId: 'listKeys',
      summary: 'List the keys',
      response: { 200: keyListSchema, ...authProblems },
    };
    app.get('/v1/admin/keys', { schema: listSchema, onRequest }, async () => ({ keys: await keys.list() }));

    const ofOne = { ...common, params: z.object({ id: z.uuid() }) };
    const oneProblems = { ...problems('invalid_request', 'unknown_key', 'conflict'), ...authProblems };

    const changeSchema = {
      ...ofOne,
      operationId: 'updateKey',
      summary: 'Change a key',
      description:
        'What is absent stays as it is. To replace a key: create another one, and set `expiresAt` of this one.',
      body: keyChangesSchema,
      response: { 200: apiKeySchema, ...oneProblems },
    };
    app.patch('/v1/admin/keys/:id', { schema: changeSchema, onRequest }, async ({ params: { id }, body }) =>
      keys.change(id, body),
    );

    const response = { 204: z.null().meta({ description: 'Ended' }), ...oneProblems };
    const removeSchema = { ...ofOne, operationId: 'deleteKey', summary: 'Revoke a key', response };
    app.delete('/v1/admin/keys/:id', { schema: removeSchema, onRequest }, async (request, reply) => {
      await keys.remove(request.params.id);
      return reply.code(204).send(null);
    });
  };
