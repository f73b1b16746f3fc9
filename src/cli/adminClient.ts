// Calls to a server's API, as the commands make them.
import { setTimeout as delay } from 'node:timers/promises';
import pRetry, { type RetryContext } from 'p-retry';
import { z } from 'zod';
import { AppError } from '../errors.js';

const problemSchema = z.object({ code: z.string(), detail: z.string() });

export interface AdminClientOptions {
  /** http://host:port, with or without a path. */
  readonly url: string;
  readonly key: string | undefined;
  /** Ends what is under way: its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** A body that is sent as JSON. */
export class JsonBody {
  constructor(readonly value: unknown) {}
}

const maxAttempts = 6;

type MakeBody = () => Promise<FormData> | FormData | JsonBody;

export class AdminClient {
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal | undefined;

  constructor({ url, key, signal }: AdminClientOptions) {
    this.#base = url.replace(/\/+$/, '');
    this.#headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    this.#signal = signal;
  }

  /**
   * The parsed JSON of a 2xx answer; undefined is parsed where it has no body. Throws as `request`, and Error for an answer of
   * another form.
   */
  async call<T>(schema: z.ZodType<T>, method: string, path: string, makeBody?: MakeBody): Promise<T> {
    const response = await this.request(method, path, makeBody);
    const answer = schema.safeParse(response.status === 204 ? undefined : await response.json());
    if (answer.success) return answer.data;
    throw new Error(`${this.#base}${path} gave an answer of an unknown form: ${z.prettifyError(answer.error)}`);
  }

  /**
   * A 2xx answer. A busy server (429, 503) is asked again after the time it names; any other answer throws RefusedError with the
   * server's own message, no answer UnreachableError.
   */
  async request(
    method: string,
    path: string,
    makeBody?: MakeBody,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return pRetry(
      async () => {
        const response = await this.#send(method, path, headers, await makeBody?.());
        if (response.ok) return response;
        throw await refusal(response);
      },
      { retries: maxAttempts - 1, minTimeout: 0, onFailedAttempt: waitAsTold, shouldRetry: isBusy },
    );
  }

  async #send(
    method: string,
    path: string,
    more: Readonly<Record<string, string>>,
    body: FormData | JsonBody | undefined,
  ): Promise<Response> {
    const headers = { ...this.#headers, ...more };
    const sent =
      body instanceof JsonBody
        ? { body: JSON.stringify(body.value), headers: { ...headers, 'content-type': 'application/json' } }
        : { headers, ...(body && { body }) };
    try {
      return await fetch(this.#base + path, { method, ...sent, ...(this.#signal && { signal: this.#signal }) });
    } catch (error) {
      this.#signal?.throwIfAborted();
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new UnreachableError(this.#base, reason, error);
    }
  }
}

/** No server answers. */
export class UnreachableError extends AppError {
  constructor(address: string, reason: string, cause: unknown) {
    super('not_ready', `No server answers at ${address} (${reason}). Start one, or name it with --url.`, { cause });
  }
}

/** A server that refuses the call. */
export class RefusedError extends Error {
  constructor(
    message: string,
    /** As in the table of src/errors.ts; undefined when it was no problem of Taxon's. */
    readonly code: string | undefined,
    /** What the server says of it. */
    readonly detail: string = message,
  ) {
    super(message);
  }
}

/** A server that may accept the same call later. */
class BusyError extends Error {
  constructor(
    message: string,
    readonly waitMs: number,
  ) {
    super(message);
  }
}

const isBusy = ({ error }: RetryContext): boolean => error instanceof BusyError;

/** Longer each time: the server names the shortest time that makes sense, the same for every client. */
async function waitAsTold({ error, attemptNumber, retriesLeft }: RetryContext): Promise<void> {
  if (error instanceof BusyError && retriesLeft > 0) await delay(error.waitMs * attemptNumber);
}

async function refusal(response: Response): Promise<Error> {
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined));
  const hint = response.status === 401 ? ' Give a key with --key or in TAXON_API_KEY.' : '';
  const message = problem.success
    ? `${problem.data.code}: ${problem.data.detail}${hint}`
    : `The server answered ${response.status}.${hint}`;
  if (response.status !== 429 && response.status !== 503)
    return new RefusedError(message, problem.data?.code, problem.data?.detail);
  return new BusyError(message, 1_000 * Number(response.headers.get('retry-after') ?? 1));
}
