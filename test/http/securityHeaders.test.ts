// Helmet's headers on answers of every kind, and what the policy among them allows.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { drawJpeg } from '../support/drawnImages.js';
import { startApp } from './runningApp.js';

const { url } = await startApp({ TRUST_PROXY: 'loopback' });

const expected: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'SAMEORIGIN',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
};

/** The sources of each directive of a page's policy. */
function policyOf({ headers }: Response): Map<string, string[]> {
  const directives = headers.get('content-security-policy')!.split(';');
  return new Map(
    directives.map((directive) => {
      const [name, ...sources] = directive.trim().split(' ');
      return [name!, sources];
    }),
  );
}

test('every answer carries them: successes, errors, addresses that there are not and those that cannot be read', async () => {
  const image = { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: new Uint8Array(await drawJpeg(1)) };
  const answers: ReadonlyArray<readonly [path: string, status: number, init?: RequestInit]> = [
    ['/v1/classify', 200, image],
    ['/v1/classify', 415, { ...image, body: 'no image' }],
    ['/health/live', 200],
    ['/metrics', 200],
    ['/docs/', 200],
    ['/docs/static/swagger-ui.css', 200],
    ['/v1/admin/keys', 401],
    ['/v1/nothing', 404],
    ['/v1/models/%ff', 404],
    [`/v1/models/${'a'.repeat(10_000)}`, 404],
  ];
  for (const [path, status, init] of answers) {
    const response = await fetch(url + path, init);
    assert.equal(response.status, status, path);
    await response.arrayBuffer();
    for (const [name, value] of Object.entries(expected))
      assert.equal(response.headers.get(name), value, `${path} ${name}`);
    assert.deepEqual(policyOf(response).get('default-src'), ["'none'"], path);
    assert.ok(!response.headers.has('x-powered-by'));
  }
});

test('refusals carry them, those of a connection with too many requests among them', async () => {
  const { hostname, port } = new URL(url);
  const image = await drawJpeg(1);
  const socket = connect(Number(port), hostname);
  // The answers to what is pipelined behind the image wait for its own.
  socket.write(
    `POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: image/jpeg\r\nContent-Length: ${image.length}\r\n\r\n`,
  );
  socket.write(image);
  socket.write('GET /health/live HTTP/1.1\r\nHost: taxon\r\n\r\n'.repeat(7));
  socket.write('GET /health/live HTTP/1.1\r\nHost: taxon\r\nConnection: close\r\n\r\n');
  const answers = (await text(socket)).split(/(?=HTTP\/1\.1 \d)/);
  assert.deepEqual(
    answers.map((answer) => answer.slice(9, 12)),
    ['200', '200', '200', '200', '200', '200', '200', '200', '429'],
  );
  for (const [name, value] of Object.entries(expected))
    assert.ok(answers.at(-1)!.toLowerCase().includes(`\r\n${name}: ${value.toLowerCase()}\r\n`), name);
});

test("the policy allows what /docs loads, as its own origin's files", async () => {
  const response = await fetch(`${url}/docs/`);
  const policy = policyOf(response);
  const page = await response.text();
  const loaded = (tag: string, attribute: string): URL[] =>
    [...page.matchAll(new RegExp(`<${tag}[^>]* ${attribute}="([^"]+)"`, 'g'))].map(
      ([, path]) => new URL(path!, response.url),
    );
  const files = { 'script-src': loaded('script', 'src'), 'style-src': loaded('link rel="stylesheet"', 'href') };
  for (const [directive, addresses] of Object.entries(files)) {
    assert.ok(addresses.length >= 2, directive);
    for (const { origin } of addresses) assert.equal(origin, url);
    assert.ok(policy.get(directive)?.includes("'self'"), directive);
  }
  assert.doesNotMatch(page, /<script(?![^>]* src=)|<[^>]+ on\w+=/, 'no script stands in the page itself');
  assert.ok(policy.get('connect-src')?.includes("'self'"), 'the document, and what is tried out');
  const css = await (await fetch(`${url}/docs/static/swagger-ui.css`)).text();
  const schemes = new Set([...css.matchAll(/url\("?(\w+:)/g)].map(([, scheme]) => scheme));
  assert.deepEqual(
    [...schemes].filter((scheme) => !policy.get('img-src')?.includes(scheme!)),
    [],
  );
});

test('nothing asks a browser for TLS unless it came over TLS', async () => {
  const plain = await fetch(`${url}/docs/`);
  assert.equal(plain.headers.get('strict-transport-security'), null);
  assert.ok(!policyOf(plain).has('upgrade-insecure-requests'));
  const secure = await fetch(`${url}/v1/nothing`, { headers: { 'x-forwarded-proto': 'https' } });
  assert.match(secure.headers.get('strict-transport-security') ?? '', /^max-age=31536000/);
});

test('pages of other origins may embed answers where CORS_ORIGINS lets some read them', async () => {
  const shared = await startApp({ CORS_ORIGINS: 'https://app.example' });
  const { headers } = await fetch(`${shared.url}/v1/models`, { headers: { origin: 'https://app.example' } });
  assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin');
  assert.equal(headers.get('access-control-allow-origin'), 'https://app.example');
  const preflight = await fetch(`${shared.url}/v1/models`, {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'GET' },
  });
  assert.deepEqual([preflight.status, preflight.headers.get('x-content-type-options')], [204, 'nosniff']);
});
