// Requests to other people's servers, made with care: few at a time to each, no faster than they allow, to public addresses alone.
import { setTimeout as delay } from 'node:timers/promises';
import pLimit, { type LimitFunction } from 'p-limit';
import pRetry, { AbortError } from 'p-retry';
import { EnvHttpProxyAgent, fetch, type RequestInit, type Response } from 'undici';
import { z } from 'zod';
import { allowPublic, createGuardedConnector, PrivateAddressError } from '../../publicAddresses.js';

export interface WebOptions {
  /** Says who asks: https://foundation.wikimedia.org/wiki/Policy:Wikimedia_Foundation_User-Agent_Policy */
  readonly userAgent: string;
  /** Networks beside the public addresses, as `10.1.0.0/16`. */
  readonly networks: readonly string[];
  /** Ends what is under way: its reason is thrown. */
  readonly signal: AbortSignal;
}

/** At most so many at a time to one host: https://wikitech.wikimedia.org/wiki/Robot_policy has it so for media. */
const requestsPerHost = 2;
const attempts = 5;
/** Before the second attempt, unless the server names a time; each further one waits twice as long. */
const firstWaitMs = 500;
/** A longer wait than this is the user's to decide on. */
const longestWaitMs = 120_000;
const timeoutMs = 60_000;
const maxJsonBytes = 16 * 2 ** 20;

/** A server's own word on why it does not do what it was asked for. */
export interface Refusal {
  readonly reason: string;
  /** The same may succeed a little later. */
  readonly passing: boolean;
}

/** The server will not answer otherwise, whenever it is asked. */
export class NotThereError extends Error {}

/** What came is no image, or too large a one. */
export class NoImageError extends Error {
  constructor(
    message: string,
    readonly reason: 'unreadable' | 'too-large',
  ) {
    super(message);
  }
}

/** The server wants to be left alone for longer than a command waits. */
export class RateLimitError extends Error {
  constructor(host: string, waitMs: number) {
    const minutes = Math.ceil(waitMs / 60_000);
    super(`${host} has answered as often as it does; it names ${minutes} minutes until it does again.`);
  }
}

interface JsonRequest {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form, by POST. */
  readonly form?: Readonly<Record<string, string>>;
  /** What a parsed body says, whatever its status. */
  readonly refusalOf?: (body: unknown) => Refusal | undefined;
}

/** Every request is made again after a broken connection, 408, 429 and 5xx, and throws the last of these, NotThereError or RateLimitError. */
export class Web {
  readonly #dispatcher: EnvHttpProxyAgent;
  readonly #limits = new Map<string, LimitFunction>();

  constructor(private readonly options: WebOptions) {
    // Where the environment names a proxy, what may be reached through it is the proxy's to say.
    const connect = createGuardedConnector({ isAllowed: allowPublic(options.networks), timeoutMs: 30_000 });
    this.#dispatcher = new EnvHttpProxyAgent({ connect });
  }

  /** Throws Error for an answer of another form than `schema`. */
  json<T>(schema: z.ZodType<T>, url: string, { headers = {}, form, refusalOf }: JsonRequest = {}): Promise<T> {
    const body = form && { method: 'POST', body: new URLSearchParams(form) };
    const init = { headers: { ...headers, accept: 'application/json' }, ...body };
    return this.#attempt(url, init, async (response) => {
      const text = Buffer.from(await readBody(response, maxJsonBytes)).toString();
      const document = parseJson(text);
      const refusal = refusalOf?.(document);
      if (!response.ok || refusal !== undefined)
        throw refusalError(response, refusal?.reason ?? detailOf(document), refusal?.passing);
      const answer = schema.safeParse(document);
      if (answer.success) return answer.data;
      throw new NotThereError(`${placeOf(url)} gave an answer of an unknown form: ${z.prettifyError(answer.error)}`);
    });
  }

  /** The bytes of an image file, unread. Throws NoImageError besides. */
  image(url: string, maxBytes: number): Promise<Buffer> {
    return this.#attempt(url, { headers: { accept: 'image/*' } }, async (response) => {
      if (!response.ok) throw refusalError(response);
      const type = response.headers.get('content-type') ?? '';
      // Many hosts say only that it is bytes: the decoder looks closer.
      if (type !== '' && !/^(image\/|application\/octet-stream|binary\/octet-stream)/i.test(type))
        throw new NoImageError(`${placeOf(url)} is ${type}`, 'unreadable');
      if (Number(response.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(url, maxBytes);
      return readBody(response, maxBytes);
    });
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }

  #attempt<T>(url: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> {
    const { signal } = this.options;
    const once = async (): Promise<T> => {
      try {
        return await this.#limitOf(url)(() => this.#ask(url, init, read));
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PassingError)) throw new AbortError(error as Error);
        if (error.waitMs > longestWaitMs) throw new AbortError(new RateLimitError(new URL(url).host, error.waitMs));
        await delay(error.waitMs, undefined, { signal });
        throw error;
      }
    };
    return pRetry(once, { retries: attempts - 1, minTimeout: firstWaitMs, signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  }

  async #ask<T>(url: string, init: RequestInit, read: (response: Response) => Promise<T>): Promise<T> {
    const { signal, userAgent } = this.options;
    let response: Response | undefined;
    try {
      const headers = { ...(init.headers as Record<string, string>), 'user-agent': userAgent };
      const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      response = await fetch(url, { ...init, headers, signal: ending, dispatcher: this.#dispatcher });
      return await read(response);
    } catch (error) {
      if (error instanceof PassingError || error instanceof NotThereError || error instanceof NoImageError) throw error;
      throw faultOf(url, error);
    } finally {
      if (response?.bodyUsed === false) await response.body?.cancel().catch(() => undefined);
    }
  }

  #limitOf(url: string): LimitFunction {
    const { host } = new URL(url);
    const limit = this.#limits.get(host) ?? pLimit(requestsPerHost);
    this.#limits.set(host, limit);
    return limit;
  }
}

/** It may be otherwise later. */
class PassingError extends Error {
  constructor(
    message: string,
    readonly waitMs: number,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

async function readBody(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
    // Leaving the loop ends the request.
    if (bytes > maxBytes) throw tooLarge(response.url, maxBytes);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (url: string, maxBytes: number): NoImageError =>
  new NoImageError(`${placeOf(url)} has more than ${maxBytes} bytes`, 'too-large');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As Django REST framework and OAuth 2 (RFC 6749, 5.2) say it. */
const detailSchema = z.union([
  z.object({ detail: z.string() }).transform(({ detail }) => detail),
  z.object({ error_description: z.string() }).transform(({ error_description: text }) => text),
  z.object({ error: z.string() }).transform(({ error }) => error),
]);
const detailOf = (body: unknown): string | undefined => detailSchema.safeParse(body).data;

function refusalError({ status, url, headers }: Response, reason?: string, passing = isPassing(status)): Error {
  const message = `${placeOf(url)} answered ${status}${reason === undefined ? '' : `: ${reason}`}`;
  return passing ? new PassingError(message, waitOf(headers.get('retry-after'))) : new NotThereError(message);
}

const isPassing = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** Retry-After (RFC 9110, 10.2.3): seconds, or a date; in milliseconds. */
function waitOf(text: string | null): number {
  const value = text?.trim() ?? '';
  if (/^\d+$/.test(value)) return 1_000 * Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now());
}

function faultOf(url: string, error: unknown): Error {
  const causes = [error, error instanceof Error ? error.cause : undefined];
  const private_ = causes.find((cause) => cause instanceof PrivateAddressError);
  if (private_)
    return new NotThereError(`${placeOf(url)} is not fetched: ${private_.message} (--private-networks allows others)`);
  const reason = causes.findLast((cause) => cause instanceof Error);
  return new PassingError(`${placeOf(url)} could not be read: ${reason?.message ?? String(error)}`, 0, error);
}

/** Without the query of the address. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return host + pathname;
}
