// Bounds what a client can make the server hold by asking and not reading: how many answers wait on a connection, and for how long.
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.js';

/** Requests on one connection that have not been answered to the end; clients that pipeline at all send a few at a time. */
const maxWaiting = 8;

/**
 * A request beyond `maxWaiting` on its connection is refused as `overloaded`, and a connection whose client has not taken a whole
 * answer within `readTimeoutMs` is closed. Answers that are streams have the backpressure of their source, and no such limit.
 */
export function limitUnreadAnswers(app: FastifyInstance, readTimeoutMs: number): void {
  const waiting = new WeakMap<Socket, number>();
  app.addHook('onRequest', async ({ raw: { socket }, exchange }) => {
    const before = waiting.get(socket) ?? 0;
    waiting.set(socket, before + 1);
    exchange.onceOver(() => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    if (before >= maxWaiting)
      throw new AppError('overloaded', `at most ${maxWaiting} requests may wait for their answers on one connection`);
  });
  app.addHook('onSend', async ({ raw: { socket }, exchange }, _reply, payload) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return;
    const timer = setTimeout(() => socket.destroy(), readTimeoutMs).unref();
    exchange.onceOver(() => clearTimeout(timer));
  });
}
