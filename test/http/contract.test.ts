// What holds for every address: the methods it does not have, the query names it does not know, and its description.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { adminKey, call, startApp } from './runningApp.js';

interface Operation {
  readonly parameters?: ReadonlyArray<{ readonly name: string; readonly in: string }>;
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Problem {
  readonly code: string;
  readonly detail: string;
}

const origin = 'https://shop.example';
const { url } = await startApp({ CORS_ORIGINS: origin });
const { body: description } = await call<Description>(`${url}/openapi.json`);
const resources = Object.entries(description.paths).map(([path, operations]) => ({
  address: url + path.replaceAll(/\{\w+\}/g, '1'),
  operations,
}));
const authorization = `Bearer ${adminKey}`;

describe('every address', () => {
  for (const { address, operations } of resources) {
    const methods = Object.keys(operations).map((method) => method.toUpperCase());
    const allow = [...new Set([...methods, 'OPTIONS', ...(methods.includes('GET') ? ['HEAD'] : [])])].sort().join(', ');

    it(`${address.slice(url.length)} has ${allow} and answers 405 to other methods`, async () => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !methods.includes(one))) {
        const { status, headers, body } = await call<Problem>(address, { method });
        assert.deepEqual([status, body.code, headers.get('allow')], [405, 'method_not_allowed', allow], method);
      }
      const asked = await fetch(address, { method: 'OPTIONS' });
      assert.deepEqual([asked.status, asked.headers.get('allow')], [204, allow]);
    });

    it(`${address.slice(url.length)} refuses query names that it does not know`, async () => {
      for (const method of methods) {
        const { status, body } = await call<Problem>(`${address}?surprise=1`, { method, headers: { authorization } });
        assert.deepEqual([status, body.code], [400, 'invalid_request'], method);
        assert.match(body.detail, /no query parameter "surprise"/);
      }
    });
  }
});

describe('a method that an address does not have', () => {
  it('is refused before the body is read', async () => {
    const headers = { 'content-type': 'application/json' };
    const { status } = await call(`${url}/v1/models`, { method: 'POST', headers, body: '{"not": JSON' });
    assert.equal(status, 405);
  });
  it('HEAD is there with GET, and nowhere else', async () => {
    const [got, refused] = await Promise.all(
      ['/v1/models', '/v1/classify'].map((path) => fetch(url + path, { method: 'HEAD' })),
    );
    assert.deepEqual([got!.status, refused!.status, refused!.headers.get('allow')], [200, 405, 'OPTIONS, POST']);
  });
  it('OPTIONS is asked by browsers, of addresses that are there', async () => {
    const preflight = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-api-key',
    };
    const [known, unknown] = await Promise.all(
      ['/v1/classify', '/v1/nothing'].map((path) => fetch(url + path, { method: 'OPTIONS', headers: preflight })),
    );
    assert.deepEqual([known!.status, unknown!.status], [204, 404]);
    assert.equal(known!.headers.get('access-control-allow-origin'), origin);
    assert.match(known!.headers.get('access-control-allow-methods')!, /POST/);
    assert.equal(known!.headers.get('access-control-allow-headers'), 'x-api-key');
  });
  it('a browser may read its refusal', async () => {
    const { status, headers } = await call(`${url}/v1/models`, { method: 'DELETE', headers: { origin } });
    assert.deepEqual([status, headers.get('access-control-allow-origin')], [405, origin]);
  });
});

describe('a misspelt query name', () => {
  for (const [given, meant] of [
    ['topk', 'topK'],
    ['top_k', 'topK'],
    ['TOPK', 'topK'],
    ['min-probability', 'minProbability'],
    ['Model', 'model'],
  ])
    it(`${given} is refused with the hint ${meant}`, async () => {
      const { status, body } = await call<Problem>(`${url}/v1/classify?${given}=1`, { method: 'POST' });
      assert.equal(status, 400);
      assert.ok(body.detail.includes(`did you mean "${meant}"?`), body.detail);
    });
  it('that is like none is refused with those that there are', async () => {
    const { body } = await call<Problem>(`${url}/v1/classify?k=1&__proto__=1`, { method: 'POST' });
    assert.match(body.detail, /"k"; this call takes model, version, topK, minProbability/);
  });
});

/** What comes back for bytes on a bare socket. */
const answerTo = (bytes: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });

describe('OPTIONS', () => {
  it('of the server as a whole has every method', async () => {
    const answer = await answerTo('OPTIONS * HTTP/1.1\r\nHost: taxon\r\nConnection: close\r\n\r\n');
    assert.match(answer, /^HTTP\/1\.1 204 [^]*\r\nallow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n/);
  });
  it('of the documentation has GET, with and without the slash', async () => {
    for (const path of ['/docs', '/docs/']) {
      const { headers } = await fetch(url + path, { method: 'OPTIONS' });
      assert.equal(headers.get('allow'), 'GET, HEAD, OPTIONS', path);
    }
  });
});

describe('what is no request gets a problem too', () => {
  for (const [what, bytes, status, code] of [
    [
      'headers of 17 KB',
      `GET /v1/models HTTP/1.1\r\nHost: taxon\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    ['a greeting', 'HELLO\r\n\r\n', 400, 'invalid_request'],
    [
      'two lengths',
      'POST /classify HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'invalid_request',
    ],
  ] as const)
    it(what, async () => {
      const [head = '', body = ''] = (await answerTo(bytes)).split('\r\n\r\n');
      assert.match(head, new RegExp(`^HTTP/1.1 ${status} [^]*application/problem\\+json`));
      assert.equal((JSON.parse(body) as Problem).code, code);
    });
});
