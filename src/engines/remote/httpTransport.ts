// The Open Inference Protocol over HTTP, with binary tensors, on connections that are kept.
import { randomUUID } from 'node:crypto';
import { Agent, type Dispatcher } from 'undici';
import { z } from 'zod';
import { decodeResponse, encodeRequest, jsonLengthHeader } from '../../formats/openInference/binaryBody.js';
import { inputName } from '../../models/servedBackbone.js';
import {
  EndpointError,
  messageOf,
  understand,
  type InferCall,
  type ModelDescription,
  type ServerDescription,
  type Transport,
  type TransportOptions,
} from './transport.js';

/** Of a message that holds no tensor. */
const maxMetadataBytes = 2 ** 20;
const connectTimeoutMs = 2_000;
/** Shorter than that of servers, whose ends of idle connections would look like their deaths: Uvicorn's is 5 s. */
const keepAliveMs = 4_000;

const serverSchema = z.object({ name: z.string(), version: z.string() });
const tensorSchema = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.coerce.number().int()) });
const modelSchema = z.object({
  inputs: z.array(tensorSchema).default([]),
  outputs: z.array(tensorSchema).default([]),
});

interface Answer {
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Buffer;
}

export class HttpTransport implements Transport {
  readonly address: string;
  readonly #path: string;
  readonly #agent: Agent;

  constructor({ url, onDisconnect }: TransportOptions) {
    this.address = url.origin;
    this.#path = url.pathname.replace(/\/$/, '');
    this.#agent = new Agent({
      connections: 64,
      pipelining: 1,
      keepAliveTimeout: keepAliveMs,
      connect: { timeout: connectTimeoutMs },
      // The caller's signal says how long.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#agent.on('disconnect', (_origin, _targets, error: Error & { code?: string }) => {
      if (lostCodes.has(error.code ?? '')) onDisconnect();
    });
  }

  async describeServer(signal: AbortSignal): Promise<ServerDescription> {
    return this.#read('/v2', serverSchema, signal);
  }

  async describeModel(model: string, signal: AbortSignal): Promise<ModelDescription> {
    return this.#read(`/v2/models/${model}`, modelSchema, signal);
  }

  async checkReady(model: string, signal: AbortSignal): Promise<void> {
    await this.#request('GET', `/v2/models/${model}/ready`, { maxBytes: maxMetadataBytes, signal });
  }

  async infer({ model, shape, pixels, output, maxBytes }: InferCall, signal: AbortSignal): Promise<Float32Array> {
    // KServe's own server wants a name for each request.
    const { body, jsonLength } = encodeRequest(
      randomUUID(),
      { name: inputName, datatype: 'UINT8', shape },
      pixels,
      output,
    );
    const answer = await this.#request('POST', `/v2/models/${model}/infer`, {
      body,
      headers: { 'content-type': 'application/octet-stream', [jsonLengthHeader]: String(jsonLength) },
      maxBytes,
      signal,
    });
    const length = answer.headers[jsonLengthHeader];
    return understand(() => decodeResponse(answer.body, length === undefined ? undefined : Number(length), output));
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #read<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const { body } = await this.#request('GET', path, { maxBytes: maxMetadataBytes, signal });
    return understand(() => schema.parse(JSON.parse(body.toString())));
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    {
      maxBytes,
      ...options
    }: {
      readonly body?: Buffer;
      readonly headers?: Readonly<Record<string, string>>;
      readonly maxBytes: number;
      readonly signal: AbortSignal;
    },
  ): Promise<Answer> {
    const { signal } = options;
    try {
      const response = await this.#agent.request({
        origin: this.address,
        path: this.#path + path,
        method,
        ...options,
      });
      const body = await readBody(response, maxBytes);
      if (response.statusCode >= 200 && response.statusCode < 300) return { headers: response.headers, body };
      throw new EndpointError(kindOf(response.statusCode), `${method} ${path} was answered ${excerpt(response, body)}`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof EndpointError) throw error;
      throw new EndpointError('failed', messageOf(error), { cause: error });
    }
  }
}

const lostCodes: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** What is busy may do the same in a moment. */
const kindOf = (status: number): EndpointError['kind'] =>
  status >= 400 && status < 500 && status !== 429 && status !== 408 ? 'refused' : 'failed';

const excerpt = ({ statusCode }: Dispatcher.ResponseData, body: Buffer): string =>
  `${statusCode}: ${body.subarray(0, 300).toString().trim()}`;

async function readBody({ body }: Dispatcher.ResponseData, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw new EndpointError('wrong', `the answer has more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
