// Every error response: RFC 9457 problem+json with a stable code. Translates what Fastify and its plugins throw into the project's codes.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError, errorCodes, statusOf, titleOf, type ErrorCode } from '../errors.js';

export const errorCodeSchema = z.enum(errorCodes as [ErrorCode, ...ErrorCode[]]).meta({ id: 'ErrorCode' });

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: errorCodeSchema,
    requestId: z.string(),
    error: z.string().optional().describe("`detail` once more, under /v2: the Open Inference Protocol's name for it."),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457 problem details; `code` is stable, `detail` is for people.',
    examples: [
      {
        type: 'urn:taxon:problem:unknown_model',
        title: titleOf('unknown_model'),
        status: statusOf('unknown_model'),
        detail: 'there is no classifier "shoes"; there are clothing',
        code: 'unknown_model',
        requestId: '0d5c7b0e-6a43-4c52-9d2f-3c1f6f0c6b11',
      },
    ],
  });

/** Response schemas for a route's errors, one per status: `...problems('unknown_model', 'overloaded')`. */
export function problems(...codes: readonly ErrorCode[]): Record<number, object> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  return Object.fromEntries([...byStatus].map(([status, those]) => [status, problemResponse(those)]));
}

/** The codes behind a response of `problems`. */
const codesOf = new WeakMap<object, readonly ErrorCode[]>();

function problemResponse(codes: readonly ErrorCode[]): object {
  const response = {
    description: codes.map((code) => `\`${code}\`: ${titleOf(code)}.`).join(' '),
    content: { 'application/problem+json': { schema: problemSchema } },
  };
  codesOf.set(response, codes);
  return response;
}

/** `responses` with `codes` among them: a status that is there is described by all of its codes. */
export function withProblems(responses: Readonly<Record<string, unknown>> = {}, codes: readonly ErrorCode[]): object {
  const present = Object.values(responses).flatMap((response) => codesOf.get(response as object) ?? []);
  return { ...responses, ...problems(...new Set([...present, ...codes])) };
}

/** What went wrong, in the project's codes, noted for the log line and with Retry-After: what answers of any form begin with. */
export function noteFault(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply): AppError {
  const known = toAppError(error);
  request.outcome = { ...request.outcome, code: known.code };
  if (known.status >= 500 && known.status !== 503 && known.status !== 504)
    request.log.error({ err: error }, 'request failed');
  const retryAfterS = known.retryAfterS ?? (known.code === 'overloaded' || known.status === 503 ? 1 : undefined);
  if (retryAfterS !== undefined) void reply.header('retry-after', String(retryAfterS));
  // Fastify closes the connection when it refuses a body, and a client that is still sending never reads why. What is left of the body
  // is thrown away instead, for a while: see limitUploadTime.
  reply.removeHeader('connection');
  return known;
}

/** Fastify's error handler. 5xx are masked and logged at error; the rest show their detail. */
export function sendProblem(
  error: FastifyError | AppError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = noteFault(error, request, reply);
  return reply
    .code(known.status)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({ ...toProblem(known, request.id), ...protocolMember(known, request) });
}

/** The members of a problem. */
export const toProblem = ({ code, status, detail }: AppError, requestId: string) => ({
  type: `urn:taxon:problem:${code}`,
  title: titleOf(code),
  status,
  detail,
  code,
  requestId,
});

/** The Open Inference Protocol's clients read `error`; RFC 9457 allows further members. */
const protocolMember = ({ detail }: AppError, { url }: FastifyRequest) =>
  url.startsWith('/v2') ? { error: detail } : {};

/** What went wrong, in the project's codes; anything unknown becomes `internal`, and none of it is revealed. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (hasZodFastifySchemaValidationErrors(error))
    return new AppError('invalid_request', describeValidation(error), { cause: error });
  const { code, statusCode, message } = error as Partial<FastifyError>;
  const translated = code === undefined ? undefined : fastifyCodes[code];
  if (translated !== undefined) return new AppError(translated, message ?? titleOf(translated), { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new AppError('invalid_request', message ?? '', { cause: error });
  return new AppError('internal', 'an unexpected error; the log has it under this request id', { cause: error });
}

const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'empty_body',
  FST_FILES_LIMIT: 'too_many_images',
  FST_PARTS_LIMIT: 'too_many_images',
  FST_MP_PREMATURE_CLOSE: 'malformed_multipart',
  FST_ERR_NOT_FOUND: 'not_found',
  ECONNRESET: 'client_closed',
};

const maxFaults = 5;

/** "topK: Too small: expected number to be >=1; …" */
function describeValidation(error: {
  readonly validation: ReadonlyArray<{ readonly instancePath: string; readonly message?: string | undefined }>;
}): string {
  const faults = error.validation.slice(0, maxFaults).map(({ instancePath, message }) => {
    const place = instancePath.slice(1).replaceAll('/', '.') || 'body';
    return `${place}: ${message ?? 'not valid'}`;
  });
  const more = error.validation.length - faults.length;
  return [...faults, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
