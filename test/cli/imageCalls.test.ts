// Many images through calls of a few: a server of the test's own says how few.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { AdminClient } from '../../src/cli/adminClient.js';
import type { NamedImage } from '../../src/cli/imageArguments.js';
import { callWithImages } from '../../src/cli/imageCalls.js';

interface Call {
  readonly url: string;
  readonly images: number;
}

/** Takes at most `most` images in a call; the active version changes with every call. */
async function serve(t: TestContext, most: number): Promise<{ client: AdminClient; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const names = [...body.matchAll(/filename="([^"]+)"/g)].map(([, name]) => name!);
      const url = request.url!;
      calls.push({ url, images: names.length });
      const version = Number(/version=(\d+)/.exec(url)?.[1] ?? calls.length);
      if (names.length > most) {
        response.writeHead(413).end(JSON.stringify({ code: 'too_many_images', detail: 'too many' }));
        return;
      }
      const results = names.map((label) => ({ predictions: [{ label, probability: 1 }] }));
      response.end(JSON.stringify({ model: { name: 'm', version }, results }));
    })();
  }).listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { client: new AdminClient({ url, key: undefined }), calls };
}

const images = (count: number, size = 10): NamedImage[] =>
  Array.from({ length: count }, (_, i) => ({ name: `${i}.png`, size, open: async () => new Blob(['x']) }));
const call = { path: '/v1/classify', title: 'Test' } as const;

test('answers come in the order of the images, all of the version that answered first', async (t) => {
  const { client, calls } = await serve(t, 100);
  const { model, results } = await callWithImages(client, call, images(50));
  assert.deepEqual(
    results.map(({ filename, predictions }) => [filename, predictions![0]!.label]),
    images(50).map(({ name }) => [name, name]),
  );
  assert.deepEqual(model, { name: 'm', version: 1 });
  const pinned = '/v1/classify?model=m&version=1';
  assert.deepEqual(calls.map(({ url }) => url).sort(), ['/v1/classify', pinned, pinned, pinned]);
});

test('no call carries more bytes than a server takes by default', async (t) => {
  const { client, calls } = await serve(t, 100);
  await callWithImages(client, call, images(6, 6 * 2 ** 20));
  assert.deepEqual(
    calls.map((one) => one.images),
    [2, 2, 2],
  );
});

test('a server that takes fewer gets halves', async (t) => {
  const { client, calls } = await serve(t, 3);
  const { results } = await callWithImages(client, call, images(8));
  assert.equal(results.length, 8);
  assert.deepEqual(
    calls.map((one) => one.images),
    [8, 4, 2, 2, 4, 2, 2],
  );
});
