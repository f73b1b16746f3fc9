// Who may call: a key in `Authorization: Bearer` or `X-API-Key`, checked before a byte of the body is read.
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { VerifiedKey } from '../data/keys/keyVerifier.js';
import type { Scope } from '../data/keys/schemas.js';
import { AppError } from '../errors.js';
import { clientAddress } from './clientAddress.js';
import type { KeyGuesses } from './keyGuesses.js';
import { problems, withProblems } from './problem.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that the caller showed, once it has been verified; undefined where none is asked for. */
    key: VerifiedKey | undefined;
  }
}

/** An onRequest hook, which also sets `request.key`. Throws AppError `unauthorized`, `forbidden`, `rate_limited`, `database_unavailable`. */
export type RequireScope = (scope: Scope) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

const authCodes = [
  'unauthorized',
  'forbidden',
  'rate_limited',
  'database_unavailable',
  'storage_full',
  'storage_unavailable',
] as const;

/** The errors of every call that needs a key, and so the database, for its response schemas. */
export const authProblems = problems(...authCodes);

/** For the description: either header will do. */
export const keySecurity = [{ bearer: [] }, { apiKey: [] }];

export const createRequireScope =
  (keys: Pick<KeyGuesses, 'verify'>): RequireScope =>
  (scope) =>
  async (request, reply) => {
    request.key = await verifyKey(keys, keyOf(request.headers), clientAddress(request)).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'unauthorized') reply.header('www-authenticate', 'Bearer');
      throw error;
    });
    checkScope(request.key, scope);
  };

/** The verified key of a caller at `address`. Throws AppError unauthorized and what `keys` throws. */
export async function verifyKey(
  keys: Pick<KeyGuesses, 'verify'>,
  key: string | undefined,
  address: string,
): Promise<VerifiedKey> {
  const verified = key === undefined ? undefined : await keys.verify(key, address);
  if (verified !== undefined) return verified;
  const came = key === undefined ? 'no key was sent' : 'the key is not known';
  throw new AppError('unauthorized', `send a key as "Authorization: Bearer <key>" or "X-API-Key: <key>"; ${came}`);
}

/** Throws AppError forbidden. */
export function checkScope({ scopes }: VerifiedKey, scope: Scope): void {
  if (!scopes.has(scope))
    throw new AppError(
      'forbidden',
      `this call needs a key with the scope ${scope}; this one has ${[...scopes].join(', ')}`,
    );
}

/** The routes of `inner`, all of which then need a key with `scope`; the OpenAPI document says so too. */
export const requireKey =
  (requireScope: RequireScope, scope: Scope, inner: FastifyPluginAsync): FastifyPluginAsync =>
  async (app) => {
    app.addHook('onRequest', requireScope(scope));
    app.addHook('onRoute', (route) => {
      const response = withProblems(route.schema?.response as Record<string, unknown> | undefined, authCodes);
      route.schema = { ...route.schema, security: keySecurity, response };
    });
    await app.register(inner);
  };

/** The key that the headers carry, if any. */
export function keyOf(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const [, token] = /^Bearer +(\S+)$/i.exec(String(headers['authorization'] ?? '')) ?? [];
  const plain = headers['x-api-key'];
  return token ?? (typeof plain === 'string' && plain !== '' ? plain : undefined);
}
