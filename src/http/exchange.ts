// A request and its answer as one thing that ends: what a request holds is given back then, however it ends.
import type { FastifyInstance } from 'fastify';

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

/** Gives every request of `app` its exchange. Called before all other hooks. */
export function followExchanges(app: FastifyInstance): void {
  app.decorateRequest('exchange');
  // One listener for each request that is pipelined; their number is bounded (unreadAnswers.ts).
  app.server.on('connection', (socket) => socket.setMaxListeners(0));
  app.addHook('onRequest', async (request, reply) => {
    const exchange = new Exchange();
    request.exchange = exchange;
    // The answer to a pipelined request that waits behind others does not close with its connection: Node tells only the first.
    const { socket } = request.raw;
    const end = (): void => {
      socket.off('close', end);
      exchange.end();
    };
    reply.raw.once('close', end);
    socket.once('close', end);
    if (socket.destroyed || reply.raw.destroyed) end();
  });
}
