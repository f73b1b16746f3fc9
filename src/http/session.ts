// POST /v1/sign-in: the token of a sign-in link for a key. GET /v1/session: what the caller may do, without an error where that is little.
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiKeys } from '../data/keys/apiKeys.js';
import { scopeSchema, type Scope } from '../data/keys/schemas.js';
import { AppError } from '../errors.js';
import { keyOf } from './auth.js';
import { clientAddress } from './clientAddress.js';
import { KeyGuesses } from './keyGuesses.js';
import { createdKeySchema } from './keys.js';
import { problems } from './problem.js';
import { tokenMinutes, type SignInTokens } from './signInTokens.js';

export interface SessionRouteDeps {
  /** Of keys. */
  readonly guesses: Pick<KeyGuesses, 'verify'>;
  readonly keys: Pick<ApiKeys, 'create'>;
  readonly signIns: SignInTokens;
  /** Wrong tokens of one address in a minute; 0: any number. */
  readonly guessLimit: number;
  /** Whether classification needs a key. */
  readonly auth: 'open' | 'required';
  readonly serverVersion: string;
}

/** A page keeps its key for as long as its tab is open: after this many days the key ends by itself. */
const keyDays = 30;
const keyName = 'page, signed in by link';

const tokenSchema = z
  .object({ token: z.string().min(1).max(200).meta({ description: 'What follows `#sign-in=` in the link' }) })
  .meta({ id: 'SignIn' });

const sessionSchema = z
  .object({
    keyId: z
      .uuid()
      .nullable()
      .meta({ description: 'Of the key that was sent; null: none was, or it is not valid (any more)' }),
    scopes: z.array(scopeSchema).meta({ description: 'What the caller may do, with that key or without one' }),
    auth: z
      .enum(['open', 'required'])
      .meta({ description: 'open: classification needs no key. required: it does (AUTH)' }),
    version: z.string().nullable().meta({ description: 'Of Taxon; null to those who may do nothing' }),
  })
  .meta({ id: 'Session' });

const signInRoute = {
  tags: ['session'],
  operationId: 'signIn',
  summary: 'Exchange the token of a sign-in link for an admin key',
  description:
    `The server prints the link at its first start, and at every start on a terminal. It is of use once, within ${tokenMinutes} minutes. ` +
    `The key ends after ${keyDays} days, or before that by \`deleteKey\`.`,
  body: tokenSchema,
  response: {
    201: createdKeySchema,
    ...problems('invalid_request', 'unauthorized', 'rate_limited', 'database_unavailable', 'storage_full'),
  },
};

const sessionRoute = {
  tags: ['session'],
  operationId: 'getSession',
  summary: 'What the caller may do',
  description: 'Answers 200 with any key or none, so that a page learns what to show without provoking errors.',
  response: { 200: sessionSchema, ...problems('rate_limited', 'database_unavailable') },
};

export const sessionRoutes =
  ({ guesses, keys, signIns, guessLimit, auth, serverVersion }: SessionRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const createKey = () => keys.create({ name: keyName, scopes: ['admin'], expiresAt: expiry() });
    const tokenGuesses = new KeyGuesses({
      verify: (token) => signIns.redeem(token, createKey),
      limit: guessLimit,
    });
    app.post('/v1/sign-in', { schema: signInRoute }, async (request, reply) => {
      const created = await tokenGuesses.verify(request.body.token, clientAddress(request));
      if (created === undefined)
        throw new AppError(
          'unauthorized',
          `this link is not valid any more: it is of use once, within ${tokenMinutes} minutes; restart the server on a terminal for another, or send an admin key`,
        );
      return reply.code(201).header('cache-control', 'no-store').send(created);
    });

    const identify = async (request: FastifyRequest): Promise<void> => {
      const key = keyOf(request.headers);
      request.key = key === undefined ? undefined : await guesses.verify(key, clientAddress(request));
    };
    app.get('/v1/session', { schema: sessionRoute, onRequest: identify }, async ({ key }, reply) => {
      const withoutKey: readonly Scope[] = auth === 'open' ? ['classify'] : [];
      const scopes = [...new Set([...(key?.scopes ?? []), ...withoutKey])];
      reply.header('cache-control', 'no-store');
      return { keyId: key?.id ?? null, scopes, auth, version: scopes.length > 0 ? serverVersion : null };
    });
  };

const expiry = (): string => new Date(Date.now() + keyDays * 86_400_000).toISOString();
