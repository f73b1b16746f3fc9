// The connections of a server that closes: what has been accepted is answered, and nobody who has nothing to say holds the end up.
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** A client that is connected and has sent nothing for this long after the door was closed is not going to. */
const silenceMs = 1_000;

export function closeConnectionsAtShutdown(app: FastifyInstance): void {
  let closing = false;
  const sockets = new Set<Socket>();
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const dropSilent = async (): Promise<void> => {
    // What has arrived meanwhile is read first.
    await nextTurn();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };
  app.addHook('preClose', async () => {
    closing = true;
    // The kernel has connected clients that this process has not seen yet: closing the door before they are let in would reset them.
    await nextTurn();
    await nextTurn();
    // Node closes connections that wait for another request, and waits for ever for those that wait for their first.
    setTimeout(() => void dropSilent(), silenceMs).unref();
  });
  // A kept-alive connection would hold the shutdown up until it times out: the last answer on each asks the client to close it.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}
