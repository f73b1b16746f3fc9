// The connections of a server that closes: what has been accepted is answered, and nobody who has nothing to say holds the end up.
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { OpenRequests } from './exchange.js';

/** A client that has sent nothing for this long after the door was closed, and waits for no answer, is not waited for. */
const silenceMs = 1_000;

export function closeConnectionsAtShutdown(app: FastifyInstance, openOn: OpenRequests): void {
  let closing = false;
  /** With the bytes that had come at the last look. */
  const connections = new Map<Socket, number>();
  app.server.on('connection', (socket) => {
    connections.set(socket, 0);
    socket.once('close', () => connections.delete(socket));
  });
  /** Whether nothing came since the last look, and no whole request waits for its answer. */
  const isSilent = (socket: Socket, bytesBefore: number): boolean =>
    socket.bytesRead === bytesBefore && ![...openOn(socket)].some(({ raw }) => raw.complete);
  const dropSilent = async (): Promise<void> => {
    // What has arrived meanwhile is read first.
    await nextTurn();
    for (const [socket, bytesBefore] of connections) {
      if (isSilent(socket, bytesBefore)) socket.destroy();
      connections.set(socket, socket.bytesRead);
    }
  };
  app.addHook('preClose', async () => {
    closing = true;
    // The kernel has connected clients that this process has not seen yet: closing the door before they are let in would reset them.
    await nextTurn();
    await nextTurn();
    for (const socket of connections.keys()) connections.set(socket, socket.bytesRead);
    // Node closes connections that wait for another request, and waits for ever for those whose request does not come to its end.
    setInterval(() => void dropSilent(), silenceMs).unref();
  });
  // A kept-alive connection would hold the shutdown up until it times out: the last answer on each asks the client to close it.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('connection', 'close');
    done();
  });
}
