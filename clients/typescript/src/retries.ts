// Calls that are tried again: when the server says that it is busy, and when the connection fails and a second call does no harm.
import type { Client } from 'openapi-fetch';
import type { paths } from './schema.js';

export interface RetryOptions {
  /** Further attempts after the first, 0 or more. */
  readonly retries: number;
  /** 0 to 1, as Math.random, which is the default. */
  readonly random?: () => number;
}

const firstPauseMs = 250;
const longestPauseMs = 10_000;
/** Whoever is asked to wait for longer, such as until tomorrow, learns it at once. */
const longestRetryAfterMs = 60_000;

/** Nothing was done, says the server: come back. */
const busy: ReadonlySet<number> = new Set([429, 503]);

/** An idempotency key whose request is still being answered. */
const conflict = 409;

/** Calls that a second time find what the first did: to classify changes nothing, and equal images are added once. */
const repeatablePosts: ReadonlySet<string> = new Set([
  '/v1/classify',
  '/v1/classify/base64',
  '/v1/embed',
  '/v1/embed/base64',
  '/v2/models/{model}/infer',
  '/v2/models/{model}/versions/{version}/infer',
  '/v1/admin/datasets/{name}/images',
  '/v1/admin/datasets/{name}/archive',
]);

/** Codes of Node.js for connections that did not come about, so that the server has seen nothing. */
const unconnected: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'] as const;

interface Init {
  readonly body?: unknown;
  readonly params?: { readonly header?: Readonly<Record<string, unknown>> };
  readonly signal?: AbortSignal | null;
}
type Call = (path: string, init?: Init) => Promise<{ readonly response: Response }>;

/** `api` with retries. A body that is a stream can be sent only once, so that its call is not repeated. */
export function withRetries(api: Client<paths>, options: RetryOptions): Client<paths> {
  const wrapped = methods.map((method) => {
    const call = api[method] as Call;
    const again: Call = (path, init) => attempt(() => call(path, init), method, path, init, options);
    return [method, again] as const;
  });
  return { ...api, ...(Object.fromEntries(wrapped) as Partial<Client<paths>>) };
}

async function attempt<T extends { readonly response: Response }>(
  call: () => Promise<T>,
  method: string,
  path: string,
  init: Init | undefined,
  { retries, random = Math.random }: RetryOptions,
): Promise<T> {
  const hasKey = init?.params?.header?.['idempotency-key'] !== undefined;
  const repeatable = method !== 'POST' || repeatablePosts.has(path) || hasKey;
  const attempts = init?.body instanceof ReadableStream ? 0 : retries;
  for (let failures = 0; ; failures++) {
    let retryAfterMs = 0;
    try {
      const answer = await call();
      const { status, headers } = answer.response;
      const isBusy = busy.has(status) || (hasKey && status === conflict && headers.has('retry-after'));
      if (failures === attempts || !isBusy) return answer;
      retryAfterMs = retryAfter(headers);
      if (retryAfterMs > longestRetryAfterMs) return answer;
    } catch (error) {
      if (failures === attempts || init?.signal?.aborted || !isConnectionError(error, repeatable)) throw error;
    }
    await pause(retryAfterMs + backOff(failures, random), init?.signal);
  }
}

/** fetch throws a TypeError for a connection that failed or never came about; only Node.js says which. */
const isConnectionError = (error: unknown, repeatable: boolean): boolean =>
  error instanceof TypeError && (repeatable || unconnected.has(codeOf(error.cause)));

const codeOf = (cause: unknown): unknown =>
  typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;

/** A random share of 250 ms, 500 ms, 1 s and so on to 10 s: those who were refused together do not come back together. */
export const backOff = (failures: number, random: () => number): number =>
  random() * Math.min(longestPauseMs, firstPauseMs * 2 ** failures);

/** Milliseconds that Retry-After asks for, as seconds or as a date; 0 without one. */
function retryAfter(headers: Headers): number {
  const value = headers.get('retry-after');
  if (value === null) return 0;
  const seconds = Number(value);
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1_000;
  return Math.max(0, ms || 0);
}

/** Throws the signal's reason when it aborts. */
export function pause(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
