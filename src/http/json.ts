// JSON bodies, read within bounds: a body is refused at the chunk in which it passes one, and what is parsed at the end is too small
// to hold up the event loop (14 MB of base64 take about 25 ms, as many elements would take seconds in the parser and the schema).
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** In place of JsonLimits.maxValues, for a body that is a long list. */
    maxJsonValues?: number;
  }
}

export interface JsonLimits {
  readonly maxBytes: number;
  /** Arrays and objects within one another. */
  readonly maxDepth: number;
  /** Elements and members of all arrays and objects together. */
  readonly maxValues: number;
}

/** Counts what a JSON text holds while its bytes arrive, each looked at once. Whether it is JSON at all is for the parser to say. */
export class JsonBounds {
  #depth = 0;
  #values = 1;
  #inString = false;
  /** Bytes at the beginning of the next chunk that an escape at the end of the last one covers: 0 or 1. */
  #skipped = 0;

  constructor(private readonly limits: Omit<JsonLimits, 'maxBytes'>) {}

  /** Throws AppError invalid_request at the first byte that is too much. */
  take(chunk: Uint8Array): void {
    let at = this.#skipped;
    while (at < chunk.length) at = this.#inString ? this.#pastString(chunk, at) : this.#pastByte(chunk, at);
    this.#skipped = at - chunk.length;
  }

  #pastString(chunk: Uint8Array, start: number): number {
    let at = start;
    while (at < chunk.length && chunk[at] !== quote) at += chunk[at] === backslash ? 2 : 1;
    if (at >= chunk.length) return at;
    this.#inString = false;
    return at + 1;
  }

  #pastByte(chunk: Uint8Array, at: number): number {
    switch (chunk[at]!) {
      case quote:
        this.#inString = true;
        break;
      case openBracket:
      case openBrace:
        this.#open();
        break;
      case closeBracket:
      case closeBrace:
        this.#depth -= 1;
        break;
      case comma:
        this.#count();
        break;
    }
    return at + 1;
  }

  #open(): void {
    this.#depth += 1;
    if (this.#depth > this.limits.maxDepth)
      throw new AppError('invalid_request', `the JSON body is nested more than ${this.limits.maxDepth} deep`);
    this.#count();
  }

  /** An opening may be of an empty array or object: it is counted as if it held one. */
  #count(): void {
    this.#values += 1;
    if (this.#values > this.limits.maxValues)
      throw new AppError('invalid_request', `the JSON body has more than ${this.limits.maxValues} values`);
  }
}

const [quote, backslash, comma, openBracket, closeBracket, openBrace, closeBrace] = [
  0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d,
];

/** Replaces Fastify's parser of `application/json`. Keys that reach for the prototype (`__proto__`, `constructor.prototype`) are refused. */
export function acceptJson(app: FastifyInstance, limits: JsonLimits): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', (request, body: Readable, done) => {
    if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) {
      done(tooLong(limits));
      return;
    }
    const { maxJsonValues: maxValues = limits.maxValues } = request.routeOptions.config;
    readText(body, { ...limits, maxValues }, (error, text = '') => {
      if (error) done(error);
      else void parse(request, text, done);
    });
  });
}

/** The text of a body, decoded chunk by chunk: decoding all of it at once would take up to 60 ms. */
function readText(body: Readable, limits: JsonLimits, done: (error: Error | null, text?: string) => void): void {
  const bounds = new JsonBounds(limits);
  const decoder = new StringDecoder('utf8');
  const texts: string[] = [];
  let bytes = 0;
  const take = (chunk: Buffer): void => {
    try {
      bytes += chunk.length;
      if (bytes > limits.maxBytes) throw tooLong(limits);
      bounds.take(chunk);
      texts.push(decoder.write(chunk));
    } catch (error) {
      fail(error as Error);
    }
  };
  const end = (): void => {
    const text = texts.join('') + decoder.end();
    // Parsed in a turn of its own: joining 14 MB takes as long.
    setImmediate(() => done(null, text));
  };
  // What is left of a refused body is not kept: the stream flows on without a listener.
  const fail = (error: Error): void => {
    body.off('data', take).off('end', end);
    done(error);
  };
  body.on('data', take).once('end', end).once('error', fail);
}

const tooLong = ({ maxBytes }: JsonLimits): AppError =>
  new AppError(
    'body_too_large',
    `a JSON body may have ${maxBytes} bytes; send larger images as multipart/form-data or as a raw image/* body`,
  );
