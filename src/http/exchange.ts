// A request and its answer as one thing that ends: what a request holds is given back then, however it ends.
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange;
  }
}

export class Exchange {
  readonly #tasks = new Set<() => void>();
  #isOver = false;

  /** The answer is sent, or the connection has gone. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Runs `task` when it is over: at once if it is. The returned function takes the task back. */
  onceOver(task: () => void): () => void {
    if (this.#isOver) task();
    else this.#tasks.add(task);
    return () => this.#tasks.delete(task);
  }

  /** Idempotent. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const task of this.#tasks) task();
    this.#tasks.clear();
  }
}

/** The requests on a connection whose exchanges are not over. */
export type OpenRequests = (socket: Socket) => ReadonlySet<FastifyRequest>;

/** Gives every request of `app` its exchange. Called before all other hooks. */
export function followExchanges(app: FastifyInstance): OpenRequests {
  const connections = new WeakMap<Socket, Set<FastifyRequest>>();
  const openOn = (socket: Socket): Set<FastifyRequest> => {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const open = new Set<FastifyRequest>();
    connections.set(socket, open);
    // The answer to a pipelined request that waits behind others does not close with its connection: Node tells only the first.
    socket.once('close', () => open.forEach(({ exchange }) => exchange.end()));
    return open;
  };
  app.decorateRequest('exchange');
  app.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const open = openOn(socket).add(request);
    request.exchange = new Exchange();
    request.exchange.onceOver(() => open.delete(request));
    reply.raw.once('close', () => request.exchange.end());
    if (socket.destroyed || reply.raw.destroyed) request.exchange.end();
    done();
  });
  return openOn;
}
