// What a request asks for, in 256 bits: two requests with the same one are the same. Bodies are digested as they arrive. Of a form its parts
// count, not its bytes: whoever sends it again draws another boundary.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Multipart } from '@fastify/multipart';

export class Fingerprint {
  readonly #hash = createHash('sha256');

  constructor(method: string, url: string) {
    this.#add([method, url]);
  }

  /** A body that has been read: bytes, or a JSON value. */
  addBody(body: unknown): void {
    if (Buffer.isBuffer(body)) this.#hash.update(body);
    else this.#add(body ?? null);
  }

  /** The head of a part; its bytes, if it is a file, follow. */
  addPart(part: Multipart): void {
    if (part.type === 'file') this.#add([part.fieldname, part.filename]);
    else this.#add([part.fieldname, { value: part.value }]);
  }

  addBytes(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  /** The same bytes, digested as they are read. */
  through(stream: Readable): Readable {
    const digest = async function* (this: Fingerprint): AsyncGenerator<Buffer> {
      for await (const chunk of stream) {
        this.addBytes(chunk as Buffer);
        yield chunk as Buffer;
      }
    };
    return Readable.from(digest.call(this), { objectMode: false });
  }

  /** Of all that was added, in hexadecimal. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  #add(value: unknown): void {
    this.#hash.update(JSON.stringify(value)).update('\n');
  }
}
