// Idempotency-Key: a request that is sent again, because its answer did not arrive, is answered as it was the first time, and not carried
// out twice.
import { Readable } from 'node:stream';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { z } from 'zod';
import { maxAnswerBytes, type Claim, type IdempotentRequests, type StoredAnswer } from '../data/idempotentRequests.js';
import { AppError, type ErrorCode } from '../errors.js';
import { Fingerprint } from './fingerprint.js';
import { withProblems } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes an Idempotency-Key. */
    idempotency?: {
      /** Reads a body that the handler reads itself as the handler does, and does nothing with it. */
      readonly readBody?: (request: FastifyRequest) => Promise<unknown>;
    };
  }
  interface FastifyRequest {
    /** Digests what the request asks for, where it has an Idempotency-Key. */
    fingerprint: Fingerprint | undefined;
    /** The right to carry out a request with an Idempotency-Key, until it is answered. */
    claim: Claim | undefined;
  }
}

const header = 'idempotency-key';
/** Says that an answer is a repetition. */
export const replayHeader = 'idempotent-replayed';
/** Of an answer, what is repeated beside its status and its body. */
const keptHeaders = ['content-type', 'location'] as const;
const ownProblems: readonly ErrorCode[] = ['request_in_progress', 'idempotency_key_reused', 'database_unavailable'];

const headersSchema = z.looseObject({
  [header]: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, '1 to 255 characters of ASCII without spaces')
    .optional()
    .meta({
      description:
        'A random word for this request, such as a UUID. Sent again with the same one within 24 hours, the request is not carried out twice: ' +
        `the answer is that of the first time, with \`${replayHeader}: true\`.`,
      example: '8e03978e-40d5-43dd-bc93-6894a57f9324',
    }),
});

/** `routes`; those whose config says so take an Idempotency-Key. Keys of the API must have been verified by hooks before. */
export const acceptIdempotencyKeys =
  (requests: IdempotentRequests, routes: readonly FastifyPluginAsync[]): FastifyPluginAsync =>
  async (app) => {
    app.decorateRequest('fingerprint');
    app.decorateRequest('claim');
    app.addHook('onRoute', (route) => {
      if (route.config?.idempotency !== undefined) acceptKeys(route, requests);
    });
    for (const inner of routes) await app.register(inner);
  };

function acceptKeys(route: RouteOptions, requests: IdempotentRequests): void {
  const response = withProblems(route.schema?.response as Record<string, unknown> | undefined, ownProblems);
  route.schema = { ...route.schema, headers: headersSchema, response };
  route.preHandler = [...[route.preHandler ?? []].flat(), createBegin(requests)];
  route.onSend = [...[route.onSend ?? []].flat(), createEnd(requests)];
}

/** Answers a request that was answered before; else lets the handler do so. */
const createBegin =
  (requests: IdempotentRequests) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const key = keyOf(request);
    if (key === undefined) return undefined;
    const fingerprint = new Fingerprint(request.method, request.url);
    request.fingerprint = fingerprint;
    const readBody = isToBeRead(request) ? request.routeOptions.config.idempotency?.readBody : undefined;
    if (readBody === undefined) fingerprint.addBody(request.body);
    const begun = await requests.begin({
      caller: request.key?.id ?? '',
      key,
      fingerprint: readBody === undefined ? fingerprint.digest() : undefined,
    });
    switch (begun.state) {
      case 'claimed':
        request.claim = begun.claim;
        return undefined;
      case 'running':
        throw new AppError('request_in_progress', 'A request with this Idempotency-Key is being carried out.', {
          retryAfterS: 1,
        });
      case 'answered':
        await readBody?.(request);
        if (begun.fingerprint === fingerprint.digest()) return replay(reply, begun.answer);
        break;
      case 'reused':
        break;
    }
    throw new AppError(
      'idempotency_key_reused',
      'This Idempotency-Key came with another request: its path, its query or its body differed. Send each request with a key of its own.',
    );
  };

/** Keeps what was done; an answer that says why nothing was is not kept, and the request may be sent again. */
const createEnd =
  (requests: IdempotentRequests) =>
  async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    const { claim, fingerprint } = request;
    if (claim === undefined || fingerprint === undefined) return payload;
    request.claim = undefined;
    const { statusCode: status } = reply;
    try {
      if (status >= 500) await requests.leave(claim);
      else if (status >= 300 || typeof payload !== 'string' || Buffer.byteLength(payload) > maxAnswerBytes)
        await requests.forget(claim);
      else await requests.keep(claim, fingerprint.digest(), { status, headers: headersOf(reply), body: payload });
    } catch (error) {
      // What was asked for is done: that is the answer, and the claim ends by itself.
      request.log.warn({ err: error }, 'the answer to a request with an Idempotency-Key could not be kept');
    }
    return payload;
  };

/** In quotes, as the draft of the IETF has it, or without, as most clients send it. */
const keyOf = ({ headers }: FastifyRequest): string | undefined =>
  (headers[header] as string | undefined)?.replace(/^"(.+)"$/, '$1');

const isToBeRead = (request: FastifyRequest): boolean => request.isMultipart() || request.body instanceof Readable;

const headersOf = (reply: FastifyReply): Record<string, string> =>
  Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = reply.getHeader(name);
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );

const replay = (reply: FastifyReply, { status, headers, body }: StoredAnswer): FastifyReply =>
  reply
    .code(status)
    .headers({ ...headers, [replayHeader]: 'true' })
    .serializer((text: unknown) => text as string)
    .send(body);
