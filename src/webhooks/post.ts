// One attempt to deliver: an HTTP request as Standard Webhooks 1.0 has it, signed when it is sent.
import { isIP } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import type { DueDelivery } from '../data/webhooks/deliveries.js';
import { AppError } from '../errors.js';
import { createGuardedConnector, type IsAllowed } from '../publicAddresses.js';

/** Gives the status of the answer, whatever it is. Throws when there is none in time; the message says why. */
export type Post = (delivery: DueDelivery) => Promise<number>;

export interface PostOptions {
  readonly isAllowed: IsAllowed;
  /** From the beginning of the connection to the end of the answer. */
  readonly timeoutMs: number;
}

/** Of an answer's body, which nobody reads. */
const maxAnswerBytes = 64 * 2 ** 10;

/** Follows no redirect and uses no proxy. */
export function createPost({ isAllowed, timeoutMs }: PostOptions): Post {
  const dispatcher = new Agent({ connect: createGuardedConnector({ isAllowed, timeoutMs }) });
  return async ({ id, payload, url, secret }) => {
    const sentAt = new Date();
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Taxon-Webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, sentAt, payload),
      },
      body: payload,
      // The receiver of the next event may have moved meanwhile, and a connection that was closed unnoticed would cost an attempt.
      reset: true,
      signal: AbortSignal.timeout(timeoutMs),
    });
    // The answer is the status: what comes after it may break off.
    await body.dump({ limit: maxAnswerBytes }).catch(() => undefined);
    return statusCode;
  };
}

/** Throws AppError `invalid_request` for a URL whose host is an address that would be refused. A name is resolved when it is used. */
export function checkUrl(url: string, isAllowed: IsAllowed): void {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
  const isRefused = isIP(host) === 0 ? /(^|\.)localhost\.?$/.test(host) && !isAllowed('127.0.0.1') : !isAllowed(host);
  if (isRefused)
    throw new AppError(
      'invalid_request',
      `url: ${host} is not a public address; WEBHOOK_PRIVATE_NETWORKS names the others that webhooks may have`,
    );
}
