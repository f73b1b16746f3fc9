// Clients that classify all the while something else goes wrong.
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokenConnection, send, type Reply } from './client.js';
import type { Tally } from './tally.js';

export interface LoadOptions {
  readonly url: string;
  readonly tally: Tally;
  /** One after the other, by every client. */
  readonly images: readonly Uint8Array[];
  readonly clients?: number;
  /** Each client rests for this long after an answer: the load must not be what goes wrong. */
  readonly pauseMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** See Call. */
  readonly localAddress?: string;
  /** Whether the server's process let in the connection from this port, asked when all is over; absent: yes. */
  readonly wasAccepted?: (port: number) => boolean;
}

export class Load {
  readonly #clients: Promise<void>[];
  readonly #broken: BrokenConnection[] = [];
  #stopped = false;
  #sent = 0;

  constructor(private readonly options: LoadOptions) {
    this.#clients = Array.from({ length: options.clients ?? 4 }, () => this.#work());
  }

  /** Requests that were begun. */
  get sent(): number {
    return this.#sent;
  }

  /** Resolves once all have their answers, or know that there will be none. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    const { tally, wasAccepted = () => true } = this.options;
    for (const { port, message } of this.#broken)
      if (port !== undefined && wasAccepted(port)) tally.lose(`a classification (${message})`);
      else tally.refuse(`a classification: ${message}`);
  }

  async #work(): Promise<void> {
    const { tally, pauseMs = 20 } = this.options;
    while (!this.#stopped) {
      try {
        tally.add(await this.#classify(), 'a classification');
      } catch (error) {
        if (!(error instanceof BrokenConnection)) throw error;
        this.#broken.push(error);
      }
      await sleep(pauseMs);
    }
  }

  #classify(): Promise<Reply> {
    const { url, images, headers, localAddress } = this.options;
    const image = images[this.#sent++ % images.length]!;
    return send(`${url}/v1/classify`, {
      method: 'POST',
      body: image,
      headers: { 'content-type': 'image/png', ...headers },
      localAddress,
    });
  }
}
