// Bounds what a client can make the server hold by asking and not reading: how many answers wait on a connection, and for how long.
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.js';
import type { OpenRequests } from './exchange.js';

/** Requests on one connection that have not been answered to the end; clients that pipeline at all send a few at a time. */
const maxWaiting = 8;

/**
 * A request beyond `maxWaiting` on its connection is refused as `overloaded`, and a connection whose client has not taken a whole
 * answer within `readTimeoutMs` is closed. Answers that are streams have the backpressure of their source, and no such limit.
 */
export function limitUnreadAnswers(app: FastifyInstance, openOn: OpenRequests, readTimeoutMs: number): void {
  app.addHook('onRequest', ({ raw: { socket } }, _reply, done) => {
    if (openOn(socket).size > maxWaiting)
      throw new AppError('overloaded', `at most ${maxWaiting} requests may wait for their answers on one connection`);
    done();
  });
  app.addHook('onSend', ({ raw: { socket }, exchange }, _reply, payload, done) => {
    if (typeof payload === 'string' || Buffer.isBuffer(payload)) {
      const timer = setTimeout(() => socket.destroy(), readTimeoutMs).unref();
      exchange.onceOver(() => clearTimeout(timer));
    }
    done();
  });
}
