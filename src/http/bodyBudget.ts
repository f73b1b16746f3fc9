// Bounds the memory that request bodies take together: a request that does not fit is turned away before a byte of it is read.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';

export interface BodyBudgetOptions {
  /** Largest body of one request, in bytes. */
  readonly maxBodyBytes: number;
  /** Sum over the requests in progress, in bytes. */
  readonly maxInflightBytes: number;
}

/** An onRequest hook: throws AppError body_too_large or overloaded. What it reserves is given back when the response closes. */
export function createBodyBudget({ maxBodyBytes, maxInflightBytes }: BodyBudgetOptions) {
  let reserved = 0;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const declared = request.headers['content-length'];
    const bytes = declared === undefined ? maxBodyBytes : Number(declared);
    if (bytes > maxBodyBytes)
      throw new AppError('body_too_large', `the body has ${bytes} bytes, at most ${maxBodyBytes} are accepted`);
    if (reserved + bytes > maxInflightBytes && reserved > 0)
      throw new AppError('overloaded', 'too many uploads are in progress; try again in a moment');
    reserved += bytes;
    reply.raw.once('close', () => {
      reserved -= bytes;
    });
  };
}
