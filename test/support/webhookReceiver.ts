// A receiver of webhooks on this machine, which answers as it is told and keeps what came.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** Resolves once `count` requests have come. */
  until(count: number): Promise<void>;
}

/** `answer` gets the number of the request, 1 for the first. It closes when the test ends. */
export async function startReceiver(
  t: TestContext,
  answer: (response: ServerResponse, number: number) => void,
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const number = received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      answer(response, number);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    until: async (count) => {
      while (received.length < count) await delay(10);
    },
  };
}

export interface Event {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The event, if its signature is valid. Throws what the library of Standard Webhooks throws if it is not. */
export const verified = (secret: string, { headers, body }: Received): Event =>
  new Webhook(secret).verify(body, headers as Record<string, string>) as Event;
