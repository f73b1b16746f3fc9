// The client of every side: one image a request as multipart/form-data, over connections that are kept.
import { Pool } from 'undici';
import { z } from 'zod';

const boundary = 'taxon-bench-boundary';

export interface Prediction {
  readonly label: string;
  readonly probability: number;
}

const predictionsSchema = z.array(z.object({ label: z.string(), probability: z.number() })).min(1);
const answerSchema = z.union([
  z.object({ predictions: predictionsSchema }).transform(({ predictions }) => predictions),
  z
    .object({ results: z.tuple([z.object({ predictions: predictionsSchema })]) })
    .transform(({ results: [{ predictions }] }) => predictions),
]);

/** The body of an upload of one JPEG in the field `image`, made once and sent often. */
export function multipartBody(jpeg: Buffer): Buffer {
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="image.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), jpeg, Buffer.from(`\r\n--${boundary}--\r\n`)]);
}

export class Client {
  readonly #pool: Pool;

  constructor(
    url: string,
    private readonly path: string,
  ) {
    this.#pool = new Pool(url, { connections: 64, pipelining: 1, headersTimeout: 120_000, bodyTimeout: 120_000 });
  }

  /** Whether the answer was 200. Rejects when nothing answers. */
  async send(body: Buffer): Promise<boolean> {
    const { statusCode, body: answer } = await this.#post(body);
    await answer.arrayBuffer();
    return statusCode === 200;
  }

  /** The most probable classes, most probable first. Throws when the answer is none. */
  async classify(body: Buffer): Promise<Prediction[]> {
    const { statusCode, body: answer } = await this.#post(body);
    const text = await answer.text();
    if (statusCode !== 200) throw new Error(`status ${statusCode}: ${text.slice(0, 300)}`);
    return answerSchema.parse(JSON.parse(text));
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #post(body: Buffer) {
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    return this.#pool.request({ path: this.path, method: 'POST', headers, body });
  }
}
