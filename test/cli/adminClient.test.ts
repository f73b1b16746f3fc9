import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { AdminClient } from '../../src/cli/adminClient.js';

/** A server that gives these answers, one after the other and the last one for ever; `calls` counts them. */
async function serve(test: TestContext, answers: ReadonlyArray<readonly [status: number, body: object]>) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const [status, body] = answers[Math.min(calls.length, answers.length - 1)]!;
    calls.push(`${request.method} ${request.url}`);
    response.writeHead(status, { 'retry-after': '0' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  test.after(() => server.close());
  return { calls, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const answer = z.object({ name: z.string() });
const busy = { code: 'overloaded', detail: 'too many uploads are in progress' };

describe('a call to the admin API', () => {
  it('is made again, with a new body, while the server is busy', async (test) => {
    const { calls, url } = await serve(test, [
      [429, busy],
      [503, busy],
      [200, { name: 'x' }],
    ]);
    let bodies = 0;
    const makeBody = (): FormData => {
      bodies++;
      return new FormData();
    };
    const client = new AdminClient({ url, key: undefined });
    assert.deepEqual(await client.call(answer, 'POST', '/x', makeBody), { name: 'x' });
    assert.deepEqual([calls.length, bodies], [3, 3]);
  });

  it("fails with the server's words after six busy answers", async (test) => {
    const { calls, url } = await serve(test, [[429, busy]]);
    await assert.rejects(new AdminClient({ url, key: undefined }).call(answer, 'GET', '/x'), {
      message: 'overloaded: too many uploads are in progress',
    });
    assert.equal(calls.length, 6);
  });

  it('is not made again when it is refused for another reason', async (test) => {
    const { calls, url } = await serve(test, [[401, { code: 'unauthorized', detail: 'send a key' }]]);
    await assert.rejects(new AdminClient({ url, key: 'k' }).call(answer, 'GET', '/x'), {
      message: 'unauthorized: send a key Give a key with --key or in TAXON_API_KEY.',
    });
    assert.equal(calls.length, 1);
  });
});
