// Requests at a steady rate, whatever becomes of them, and what each got.
import { Agent } from 'undici';

/** refused: never taken in (no connection, 429, 503); lost: taken in, and no answer or a fault of the server's. */
export type Outcome = 'answered' | 'refused' | 'lost';

export interface Answer {
  readonly sentAt: number;
  readonly endedAt: number;
  readonly outcome: Outcome;
  /** Status, or the code of the connection's fault. */
  readonly detail: string;
  readonly version: number | undefined;
}

export class Traffic {
  readonly answers: Answer[] = [];
  readonly #pending = new Set<Promise<void>>();
  // No connection is kept: a kept one that the proxy has just closed would be the client's own fault.
  readonly #agent = new Agent({ connections: null, pipelining: 0, connectTimeout: 2_000, headersTimeout: 30_000 });
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  constructor(
    private readonly url: string,
    private readonly images: readonly Buffer[],
    perSecond: number,
  ) {
    this.#timer = setInterval(() => this.#send(), 1000 / perSecond);
  }

  /** Those that ended since `from`. */
  since(from: number): Answer[] {
    return this.answers.filter(({ endedAt }) => endedAt >= from);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    await this.#agent.close();
  }

  #send(): void {
    const sending = this.#one(this.images[this.#sent++ % this.images.length]!);
    this.#pending.add(sending);
    void sending.finally(() => this.#pending.delete(sending));
  }

  async #one(image: Buffer): Promise<void> {
    const sentAt = Date.now();
    const end = (outcome: Outcome, detail: string, version?: number): void => {
      this.answers.push({ sentAt, endedAt: Date.now(), outcome, detail, version });
    };
    try {
      const { origin, pathname, search } = new URL(this.url);
      const headers = { 'content-type': 'image/jpeg' };
      const { statusCode, body } = await this.#agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers,
        body: image,
      });
      const text = await body.text();
      if (statusCode === 200)
        end('answered', '200', (JSON.parse(text) as { model: { version: number } }).model.version);
      else end(statusCode === 429 || statusCode === 503 ? 'refused' : 'lost', String(statusCode));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      end(['ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH'].includes(code) ? 'refused' : 'lost', code);
    }
  }
}
