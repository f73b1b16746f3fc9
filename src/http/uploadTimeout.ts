// A request must have arrived within a time that its route sets: Node's own limit is one for all, too long for an image or too short for a dataset.
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.js';
import { sendProblem } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Longest time in which a whole request must have arrived; absent: the server's. */
    uploadTimeoutMs?: number;
  }
}

/** Answers `request_timeout` to a body that has not arrived within its time, and ends the connection. */
export function limitUploadTime(app: FastifyInstance, defaultMs: number): void {
  app.addHook('onRequest', async (request, reply) => {
    const limitMs = request.routeOptions.config.uploadTimeoutMs ?? defaultMs;
    const timer = setTimeout(() => {
      if (request.raw.complete || reply.sent) return;
      reply.header('connection', 'close');
      reply.raw.once('finish', () => request.raw.destroy());
      sendProblem(
        new AppError('request_timeout', `the request must have arrived within ${limitMs} ms`),
        request,
        reply,
      );
    }, limitMs);
    timer.unref();
    request.raw.once('close', () => clearTimeout(timer));
  });
}
