import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { toAppError } from '../../src/http/problem.js';
import { acceptInferenceBodies, type InferenceBody } from '../../src/http/inferenceBody.js';

const limits = { maxBytes: 1000, json: { maxBytes: 100, maxDepth: 4, maxValues: 10 } };
const app = Fastify();
app.setErrorHandler((error, _request, reply) =>
  reply.code(toAppError(error).status).send({ code: toAppError(error).code }),
);
acceptInferenceBodies(app, limits);
app.post('/', async ({ body }) => {
  const { json, binary } = body as InferenceBody;
  return { json, binary: binary.toString('latin1') };
});

async function send(payload: Buffer | string, headers: Record<string, string> = {}) {
  const { statusCode, body } = await app.inject({ method: 'POST', url: '/', payload, headers });
  return { statusCode, ...(JSON.parse(body) as { json?: unknown; binary?: string; message?: string }) };
}
const withLength = (length: number) => ({ 'inference-header-content-length': String(length) });

describe('a body of the Open Inference Protocol', () => {
  it('is JSON and what comes behind it', async () => {
    const { json, binary } = await send('{"a":1}\u0001\u0002', withLength(7));
    assert.deepEqual([json, binary], [{ a: 1 }, '\u0001\u0002']);
  });

  it('may be JSON alone, of any content type', async () => {
    const { json, binary } = await send('{"a":1}', { 'content-type': 'application/x-www-form-urlencoded' });
    assert.deepEqual([json, binary], [{ a: 1 }, '']);
  });

  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ] as const)
    it(`has its limits after decompression, in ${encoding}`, async () => {
      const headers = { ...withLength(7), 'content-encoding': encoding };
      const longest = await send(compress(`{"a":1}${'b'.repeat(993)}`), headers);
      assert.equal(longest.binary?.length, 993);
      const { statusCode } = await send(compress(`{"a":1}${'b'.repeat(1_000_000)}`), headers);
      assert.equal(statusCode, 413);
    });

  for (const [what, text] of [
    ['long', `{"a":"${'b'.repeat(100)}"}`],
    ['deep', '[[[[[1]]]]]'],
    ['many', '[1,2,3,4,5,6,7,8,9,10,11]'],
  ] as const)
    it(`is refused where its JSON is ${what}`, async () => {
      assert.notEqual((await send(text)).statusCode, 200);
      assert.notEqual((await send(`${text}binary`, withLength(text.length))).statusCode, 200);
    });

  it('is refused when it reaches for the prototype', async () => {
    assert.equal((await send('{"__proto__":{}}')).statusCode, 400);
  });
});
