// Lets classifications in or refuses them, from their headers alone: for want of time (serving/admission.ts) or of memory (uploads.ts).
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import type { Admission, Admitted } from '../serving/admission.js';
import type { Costs } from '../serving/costs.js';
import { clientAddress } from './clientAddress.js';
import type { Exchange } from './exchange.js';
import type { Uploads, WatchedUpload } from './uploads.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on the routes that wait for the engine. */
    admitted: Admitted;
    /** Set on the same routes. */
    upload: WatchedUpload | undefined;
  }
}

export interface AdmissionHookOptions {
  readonly admission: Admission;
  readonly costs: Costs;
  readonly uploads: Uploads;
  /** Largest body of one request, in bytes. */
  readonly maxBodyBytes: number;
}

/**
 * A preParsing hook, so that keys and limits come before it, that sets `request.admitted` and `request.upload`. Throws AppError body_too_large, overloaded, client_closed.
 */
export function createAdmissionHook({ admission, costs, uploads, maxBodyBytes }: AdmissionHookOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    // While its key was looked up, say.
    if (request.exchange.isOver)
      throw new AppError('client_closed', 'the connection closed before the request was let in');
    const bytes = announcedBytes(request, maxBodyBytes);
    const caller = callerOf(request);
    const kind = kindOf(request);
    request.admitted = admitExchange(request.exchange, { admission, costs }, { caller, kind, bytes });
    request.upload = uploads.start({ request, reply, caller, bytes });
  };
}

/** What is known of a classification before its images are there. */
export interface Estimated {
  readonly caller: string;
  /** Of requests whose costs are alike, such as the media type of those that are not to be explained. */
  readonly kind: string;
  readonly bytes: number;
}

/**
 * Lets one in until the exchange is over, by what others of its kind and size have cost; `revise` teaches that too. Throws AppError overloaded.
 */
export function admitExchange(
  exchange: Exchange,
  { admission, costs }: Pick<AdmissionHookOptions, 'admission' | 'costs'>,
  { caller, kind, bytes }: Estimated,
): Admitted {
  const admitted = admission.admit(caller, costs.ofRequest(kind, bytes));
  exchange.onceOver(() => admitted.leave());
  return {
    ...admitted,
    revise: (cost) => {
      costs.observeRequest(kind, bytes, cost);
      admitted.revise(cost);
    },
  };
}

/** Those of a body without a length are unknown: it may be as long as any. */
function announcedBytes({ headers }: FastifyRequest, maxBodyBytes: number): number {
  const declared = headers['content-length'];
  const bytes = declared === undefined ? maxBodyBytes : Number(declared);
  if (bytes > maxBodyBytes)
    throw new AppError('body_too_large', `the body has ${bytes} bytes, at most ${maxBodyBytes} are accepted`);
  return bytes;
}

/** Who shares with others: a key, or an address where no key is asked for. */
const callerOf = (request: FastifyRequest): string => request.key?.id ?? clientAddress(request);

/** An explanation costs many times what a classification does: the one must not stand for the other. */
function kindOf(request: FastifyRequest): string {
  const { explain } = request.query as Readonly<Record<string, unknown>>;
  return explain === undefined ? mediaTypeOf(request) : `${mediaTypeOf(request)}, explained`;
}

/** Without its parameters. What clients make up is one kind, so that they cannot fill the memory with kinds. */
function mediaTypeOf({ headers }: FastifyRequest): string {
  const type = headers['content-type']?.split(';', 1)[0] ?? '';
  return knownTypes.has(type) ? type : 'other';
}

const knownTypes: ReadonlySet<string> = new Set([
  'multipart/form-data',
  'application/json',
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/heic',
  'image/heif',
]);
