// A request must have arrived within a time that its route sets: Node's own limit is one for all, too long for an image or too short for a dataset.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import { sendProblem } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Longest time in which a whole request must have arrived; absent: the server's. */
    uploadTimeoutMs?: number;
  }
}

/** A client that was answered before its body had arrived may take this long to notice; its body is thrown away meanwhile. */
const lingerMs = 5000;

/** Answers `request_timeout` to a body that has not arrived within its time, and ends the connection. */
export function limitUploadTime(app: FastifyInstance, defaultMs: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const limitMs = request.routeOptions.config.uploadTimeoutMs ?? defaultMs;
    const timer = setTimeout(() => {
      if (request.raw.complete) return;
      const late = new AppError('request_timeout', `the request must have arrived within ${limitMs} ms`);
      abandonUpload(late, request, reply);
    }, limitMs);
    timer.unref();
    request.raw.once('close', () => clearTimeout(timer));
    done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    done();
    if (request.raw.complete) return;
    // A body that has come meanwhile has left the connection to the next request.
    const timer = setTimeout(() => !request.raw.complete && request.raw.destroy(), lingerMs);
    timer.unref();
    request.raw.once('close', () => clearTimeout(timer));
  });
}

/** Answers a request whose body is still arriving with `error` and ends the connection; does nothing when it has been answered. */
export function abandonUpload(error: AppError, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return;
  reply.header('connection', 'close');
  // The handler is still reading, and fails with the connection. Fastify would write that down as an error of the server.
  reply.log = reply.log.child({}, { level: 'silent' });
  reply.raw.once('finish', () => request.raw.destroy());
  sendProblem(error, request, reply);
}
