import assert from 'node:assert/strict';
import type { lookup } from 'node:dns';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { ImageUrls, type ImageUrlsOptions } from '../../src/http/imageUrls.js';
import { isPublic } from '../../src/publicAddresses.js';
import { drawJpeg } from '../support/drawnImages.js';
import { call, post, startApp } from './runningApp.js';

const image = await drawJpeg(40);
const asked: string[] = [];

/** A store of images with everything that may go wrong in one. */
const pages: Readonly<Record<string, (answer: ServerResponse, request: IncomingMessage) => void>> = {
  '/image.jpg': (answer) => answer.end(image),
  '/moved.jpg': (answer) => answer.writeHead(302, { location: '/image.jpg' }).end(),
  '/elsewhere': (answer) => answer.writeHead(302, { location: 'http://other.example/image.jpg' }).end(),
  '/to-file': (answer) => answer.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/circle': (answer) => answer.writeHead(302, { location: '/circle' }).end(),
  '/nowhere': (answer) => answer.writeHead(302).end(),
  '/large': (answer) => answer.end(Buffer.alloc(200_000)),
  '/large-without-length': (answer) => {
    answer.write(Buffer.alloc(150_000));
    answer.write(Buffer.alloc(150_000));
  },
  '/endless-header': () => undefined,
  '/stalls': (answer) => void answer.writeHead(200, { 'content-length': '100' }).write('x'),
};
const store = createServer((request, answer) => {
  asked.push(`${request.headers.host} ${request.url}`);
  const page = pages[request.url ?? ''];
  if (page) page(answer, request);
  else answer.writeHead(404).end();
}).listen(0, '0.0.0.0');
await once(store, 'listening');
after(() => {
  store.closeAllConnections();
  store.close();
});
const { port } = store.address() as AddressInfo;

/** A resolver that gives the addresses of each name in turn, the last one from then on. */
function resolver(names: Readonly<Record<string, string[]>>): typeof lookup {
  const left = new Map(Object.entries(names).map(([name, addresses]) => [name, [...addresses]]));
  const resolve = (name: string, _options: object, done: (error: Error | null, found?: object[]) => void): void => {
    const addresses = left.get(name) ?? [];
    const address = addresses.length > 1 ? addresses.shift()! : addresses[0];
    if (address === undefined) done(new Error(`ENOTFOUND ${name}`));
    else
      done(
        null,
        address.split(' ').map((one) => ({ address: one, family: one.includes(':') ? 6 : 4 })),
      );
  };
  return resolve as unknown as typeof lookup;
}

const urls = (options: Partial<ImageUrlsOptions> = {}): ImageUrls =>
  new ImageUrls({
    hosts: [`images.example:${port}`, `*.cdn.example:${port}`],
    networks: ['127.0.0.1/32'],
    maxBytes: 100_000,
    timeoutMs: 2_000,
    lookup: resolver({ 'images.example': ['127.0.0.1'], 'a.cdn.example': ['127.0.0.1'] }),
    ...options,
  });
const never = new AbortController().signal;
const at = (path: string, host = 'images.example'): string => `http://${host}:${port}${path}`;
const refusal = (detail: RegExp) => ({ code: 'image_url_refused', detail });
const failure = (detail: RegExp) => ({ code: 'image_url_failed', detail });

describe('an image by its URL', () => {
  it('comes from a host of the list, and through a redirect to one', async () => {
    for (const url of [at('/image.jpg'), at('/moved.jpg'), at('/image.jpg', 'a.cdn.example')])
      assert.deepEqual(await urls().fetch(url, never), image);
  });

  it('comes from no other host, port or scheme', async () => {
    for (const url of [
      at('/image.jpg', 'other.example'),
      at('/image.jpg', 'cdn.example'),
      at('/image.jpg', 'acdn.example'),
      at('/image.jpg', 'images.example.'),
      at('/image.jpg', '127.0.0.1'),
      'http://images.example/image.jpg',
      `http://images.example:${port + 1}/image.jpg`,
      `http://someone@images.example:${port}/image.jpg`,
      'file:///etc/passwd',
      'images.example',
    ])
      await assert.rejects(urls().fetch(url, never), refusal(/not fetched/), url);
  });

  it('comes from nowhere when the list is empty', async () => {
    await assert.rejects(urls({ hosts: [] }).fetch(at('/image.jpg'), never), refusal(/IMAGE_URL_HOSTS/));
  });

  it('is not asked for at a private address, whatever its name', async () => {
    for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', '8.8.8.8 10.0.0.1']) {
      asked.length = 0;
      const guarded = urls({ networks: [], lookup: resolver({ 'images.example': [address] }), timeoutMs: 500 });
      await assert.rejects(guarded.fetch(at('/image.jpg'), never), refusal(/not at a public address/), address);
      assert.deepEqual(asked, []);
    }
    const literal = urls({ hosts: [`127.0.0.1:${port}`], networks: [] });
    await assert.rejects(literal.fetch(at('/image.jpg', '127.0.0.1'), never), refusal(/not at a public address/));
    await assert.rejects(literal.fetch(`http://2130706433:${port}/image.jpg`, never), refusal(/public address/));
    assert.deepEqual(asked, []);
  });

  it('is not asked for at an address that a name means only after a redirect', async () => {
    asked.length = 0;
    // 127.0.0.2 is this machine too, but not in the network that is permitted.
    const rebound = urls({ lookup: resolver({ 'images.example': ['127.0.0.1', '127.0.0.2'] }) });
    await assert.rejects(rebound.fetch(at('/moved.jpg'), never), refusal(/not at a public address/));
    assert.deepEqual(asked, [`images.example:${port} /moved.jpg`]);
  });

  it('is not followed to another host or scheme, nor for ever', async () => {
    await assert.rejects(urls().fetch(at('/elsewhere'), never), refusal(/other\.example/));
    await assert.rejects(urls().fetch(at('/to-file'), never), refusal(/scheme/));
    for (const path of ['/circle', '/nowhere'])
      await assert.rejects(urls().fetch(at(path), never), failure(/3 redirects/), path);
  });

  it('may not be larger than any other, with or without a length', async () => {
    for (const path of ['/large', '/large-without-length'])
      await assert.rejects(urls().fetch(at(path), never), { code: 'image_too_large' }, path);
  });

  it('must arrive within its time', async () => {
    for (const path of ['/endless-header', '/stalls'])
      await assert.rejects(urls({ timeoutMs: 200 }).fetch(at(path), never), failure(/within 200 ms/), path);
  });

  it('is given up when nobody waits for it', async () => {
    const hangUp = new AbortController();
    const waiting = urls({ timeoutMs: 60_000 }).fetch(at('/stalls'), hangUp.signal);
    hangUp.abort(new Error('gone'));
    await assert.rejects(waiting, /gone/);
  });

  it('that is not there is told from one that cannot be reached', async () => {
    await assert.rejects(urls().fetch(at('/missing'), never), failure(/answered 404/));
    const unknown = urls({ lookup: resolver({}) });
    await assert.rejects(unknown.fetch(at('/image.jpg'), never), failure(/could not be reached/));
  });

  it('waits for no more than sixteen others', async () => {
    const many = urls({ timeoutMs: 300 });
    const slow = Array.from({ length: 16 }, () => assert.rejects(many.fetch(at('/stalls'), never)));
    await assert.rejects(many.fetch(at('/image.jpg'), never), { code: 'overloaded' });
    await Promise.all(slow);
    assert.deepEqual(await many.fetch(at('/image.jpg'), never), image);
  });
});

describe('a public address', () => {
  for (const address of ['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])
    it(`is ${address}`, () => assert.ok(isPublic(address)));
  for (const address of [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1', '198.18.0.1'],
    ...['192.0.2.1', '224.0.0.1', '255.255.255.255', '240.0.0.1', '::', '::1', 'fc00::1', 'fe80::1', 'fe80::1%eth0'],
    ...['fec0::1', 'ff02::1', '::ffff:127.0.0.1', '::127.0.0.1', '64:ff9b::a00:1', '2002:7f00:1::', '2001:db8::1'],
    ...['2001::1', '4000::1', 'nonsense', ''],
  ])
    it(`is not ${address === '' ? 'empty' : address}`, () => assert.equal(isPublic(address), false));
});

describe('over the API', () => {
  interface Classified {
    readonly results: ReadonlyArray<{ readonly predictions: unknown[] }>;
    readonly code?: string;
  }
  const send = (url: string, body: object): ReturnType<typeof post<Classified>> =>
    post<Classified>(`${url}/v1/classify`, JSON.stringify(body), 'application/json');

  it('no image is fetched from a URL by default', async () => {
    const { url } = await startApp();
    const { status, body } = await send(url, { url: at('/image.jpg', 'localhost') });
    assert.deepEqual([status, body.code], [403, 'image_url_refused']);
  });

  it('an image by its URL is classified as the same image by itself', async () => {
    const { url } = await startApp({
      IMAGE_URL_HOSTS: `localhost:${port}`,
      IMAGE_URL_NETWORKS: '127.0.0.0/8, ::1/128',
    });
    const { status, body } = await send(url, { url: at('/image.jpg', 'localhost') });
    const { body: same } = await post<Classified>(`${url}/v1/classify`, image, 'image/jpeg');
    assert.equal(status, 200);
    assert.deepEqual(body.results, same.results);
    const missing = await send(url, { url: at('/missing', 'localhost') });
    assert.deepEqual([missing.status, missing.body.code], [422, 'image_url_failed']);
    const both = await send(url, { url: at('/image.jpg', 'localhost'), image: image.toString('base64') });
    assert.deepEqual([both.status, both.body.code], [400, 'invalid_request']);
    assert.equal((await call(`${url}/livez`)).status, 200);
  });
});
