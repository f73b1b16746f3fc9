// Bodies of the Open Inference Protocol: JSON, or JSON with the bytes of tensors behind it (Inference-Header-Content-Length), either of
// them compressed, whatever Content-Type says or whether there is one. Read within bounds, as json.ts does.
import type { Readable, Transform } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setImmediate } from 'node:timers/promises';
import { createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../errors.js';
import { JsonBounds, type JsonLimits } from './json.js';

export interface InferenceBody {
  readonly json: unknown;
  /** What came behind the JSON. */
  readonly binary: Buffer;
}

export interface InferenceBodyLimits {
  /** Decompressed, JSON and tensors together. */
  readonly maxBytes: number;
  /** Of the JSON alone. */
  readonly json: JsonLimits;
}

/**
 * Makes every body of `app` an InferenceBody; an absent one has the JSON undefined. Refused: AppError invalid_request, body_too_large,
 * unsupported_media_type for an encoding, overloaded when decompression takes more memory than there is.
 */
export function acceptInferenceBodies(app: FastifyInstance, limits: InferenceBodyLimits): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request, payload: Readable, done) => {
    readBody(request, payload, limits).then(({ text, binary }) => {
      if (text === '') done(null, { json: undefined, binary });
      else void parse(request, text, (error, json: unknown) => done(error, { json, binary }));
    }, done);
  });
}

interface ReadParts {
  readonly text: string;
  readonly binary: Buffer;
}

async function readBody(request: FastifyRequest, payload: Readable, limits: InferenceBodyLimits): Promise<ReadParts> {
  const parts = new BodyParts(jsonLengthOf(request, limits), limits);
  const decompress = decompressorOf(request);
  await new Promise<void>((resolve, reject) => {
    const source = decompress === undefined ? payload : payload.pipe(decompress);
    const take = (chunk: Buffer): void => {
      try {
        if (decompress !== undefined) request.upload?.grow(chunk.length);
        parts.take(chunk);
      } catch (error) {
        fail(error as Error);
      }
    };
    // What is left of a refused body is not kept: the stream flows on without a listener.
    const fail = (error: Error): void => {
      source.off('data', take).off('end', resolve);
      if (decompress !== undefined) {
        payload.unpipe(decompress).resume();
        decompress.destroy();
      }
      reject(error);
    };
    payload.once('error', fail);
    decompress?.on('error', ({ message }) => fail(invalid(`the body is not what Content-Encoding says: ${message}`)));
    source.on('data', take).once('end', resolve);
  });
  // Parsed in a turn of its own: joining the text takes as long.
  await setImmediate();
  return parts.end();
}

/** The text and the bytes of a body, while its chunks arrive. */
class BodyParts {
  readonly #bounds: JsonBounds;
  readonly #decoder = new StringDecoder('utf8');
  readonly #texts: string[] = [];
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  /** `jsonLength`: bytes of the JSON; undefined: all. */
  constructor(
    private readonly jsonLength: number | undefined,
    private readonly limits: InferenceBodyLimits,
  ) {
    this.#bounds = new JsonBounds(limits.json);
  }

  take(chunk: Buffer): void {
    const { jsonLength, limits } = this;
    const ofJson = chunk.subarray(0, Math.max(0, (jsonLength ?? Infinity) - this.#bytes));
    this.#bytes += chunk.length;
    if (this.#bytes > limits.maxBytes) throw tooLong(limits.maxBytes);
    if (jsonLength === undefined && this.#bytes > limits.json.maxBytes)
      throw new AppError(
        'body_too_large',
        `JSON may have ${limits.json.maxBytes} bytes; send the tensors in the binary form (Inference-Header-Content-Length)`,
      );
    this.#bounds.take(ofJson);
    this.#texts.push(this.#decoder.write(ofJson));
    if (ofJson.length < chunk.length) this.#chunks.push(chunk.subarray(ofJson.length));
  }

  /** Throws AppError invalid_request when there is less than was announced. */
  end(): ReadParts {
    if (this.jsonLength !== undefined && this.#bytes < this.jsonLength)
      throw invalid(`Inference-Header-Content-Length is ${this.jsonLength}, the body has ${this.#bytes} bytes`);
    return { text: this.#texts.join('') + this.#decoder.end(), binary: Buffer.concat(this.#chunks) };
  }
}

function jsonLengthOf({ headers }: FastifyRequest, { json }: InferenceBodyLimits): number | undefined {
  const header = headers['inference-header-content-length'];
  if (header === undefined) return undefined;
  const length = Number(header);
  if (typeof header !== 'string' || !/^\d+$/.test(header) || length < 1)
    throw invalid('Inference-Header-Content-Length: the number of bytes of the JSON is expected');
  if (length > json.maxBytes) throw tooLong(json.maxBytes);
  return length;
}

function decompressorOf({ headers }: FastifyRequest): Transform | undefined {
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  switch (encoding) {
    case 'identity':
      return undefined;
    case 'gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    default:
      throw new AppError(
        'unsupported_media_type',
        `Content-Encoding: gzip and deflate are understood, ${encoding.slice(0, 50)} is not`,
      );
  }
}

const invalid = (detail: string): AppError => new AppError('invalid_request', detail);

const tooLong = (maxBytes: number): AppError =>
  new AppError('body_too_large', `the body, decompressed, may have ${maxBytes} bytes`);
