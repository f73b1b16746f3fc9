// The connections of a server that closes: what has been accepted is answered, and nobody who has nothing to say holds the end up.
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** A client that has sent nothing for this long after the door was closed, and waits for no answer, is not waited for. */
const silenceMs = 1_000;

interface Connection {
  /** Of its requests: those that have not been answered. */
  readonly open: Set<FastifyRequest>;
  /** At the last look. */
  bytesRead: number;
}

export function closeConnectionsAtShutdown(app: FastifyInstance): void {
  let closing = false;
  const connections = new Map<Socket, Connection>();
  app.server.on('connection', (socket) => {
    connections.set(socket, { open: new Set(), bytesRead: 0 });
    socket.once('close', () => connections.delete(socket));
  });
  app.addHook('onRequest', async (request) => {
    const connection = connections.get(request.raw.socket);
    connection?.open.add(request);
    request.exchange.onceOver(() => connection?.open.delete(request));
  });
  const dropSilent = async (): Promise<void> => {
    // What has arrived meanwhile is read first.
    await nextTurn();
    for (const [socket, connection] of connections) {
      if (isSilent(socket, connection)) socket.destroy();
      connection.bytesRead = socket.bytesRead;
    }
  };
  app.addHook('preClose', async () => {
    closing = true;
    // The kernel has connected clients that this process has not seen yet: closing the door before they are let in would reset them.
    await nextTurn();
    await nextTurn();
    for (const [socket, connection] of connections) connection.bytesRead = socket.bytesRead;
    // Node closes connections that wait for another request, and waits for ever for those whose request does not come to its end.
    setInterval(() => void dropSilent(), silenceMs).unref();
  });
  // A kept-alive connection would hold the shutdown up until it times out: the last answer on each asks the client to close it.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}

/** Whether nothing came since the last look, and no whole request waits for its answer. */
const isSilent = (socket: Socket, { open, bytesRead }: Connection): boolean =>
  socket.bytesRead === bytesRead && ![...open].some(({ raw }) => raw.complete);
