// Who may call: a key in `Authorization: Bearer` or `X-API-Key`, checked before a byte of the body is read.
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeys, Scope } from '../data/keys.js';
import { AppError } from '../errors.js';
import { problems } from './problem.js';

/** An onRequest hook. Throws AppError `unauthorized`, `forbidden`, `database_unavailable`. */
export type RequireScope = (scope: Scope) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** The errors of every call that needs a key, and so the database, for its response schemas. */
export const authProblems = problems('unauthorized', 'forbidden', 'database_unavailable', 'storage_full');

/** For the description: either header will do. */
export const keySecurity = [{ bearer: [] }, { apiKey: [] }];

export const createRequireScope =
  (keys: Pick<ApiKeys, 'scopesOf'>): RequireScope =>
  (scope) =>
  async (request, reply) => {
    const key = keyOf(request);
    const scopes = key === undefined ? undefined : await keys.scopesOf(key);
    if (scopes === undefined) {
      reply.header('www-authenticate', 'Bearer');
      const came = key === undefined ? 'no key came' : 'the key that came is not known';
      throw new AppError('unauthorized', `send a key as "Authorization: Bearer <key>" or "X-API-Key: <key>"; ${came}`);
    }
    if (!scopes.has(scope))
      throw new AppError(
        'forbidden',
        `this call needs a key with the scope ${scope}; this one has ${[...scopes].join(', ')}`,
      );
  };

/** The routes of `inner`, whose POST calls then need a key with `scope`. */
export const requireKeyForPost =
  (requireScope: RequireScope, scope: Scope, inner: FastifyPluginAsync): FastifyPluginAsync =>
  async (app) => {
    const check = requireScope(scope);
    app.addHook('onRequest', async (request, reply) => {
      if (request.method === 'POST') await check(request, reply);
    });
    await app.register(inner);
  };

function keyOf({ headers }: FastifyRequest): string | undefined {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const plain = headers['x-api-key'];
  return token ?? (typeof plain === 'string' && plain !== '' ? plain : undefined);
}
