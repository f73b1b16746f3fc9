// A server with AUTH=required, asked for every route that its own OpenAPI document lists.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawJpeg } from '../support/drawnImages.js';
import { adminKey, call, startApp } from './runningApp.js';

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly security?: unknown;
  readonly responses: Readonly<Record<string, unknown>>;
}
type OpenApi = { readonly paths: Record<string, Record<string, Omit<Operation, 'path' | 'method'>>> };

const { url } = await startApp({ AUTH: 'required', CORS_ORIGINS: 'https://app.example' });
const { body: api } = await call<OpenApi>(`${url}/openapi.json`, { headers: { 'x-api-key': adminKey } });
const operations: Operation[] = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
);
/** Probes have no keys. */
const probes = ['/health/live', '/health/ready', '/v2/health/live', '/v2/health/ready'];
/** Nor has who signs in, or asks what there is to sign in for. */
const open = [...probes, '/v1/sign-in', '/v1/session'];
const closed = operations.filter(({ path }) => !open.includes(path));
/** They are not in the document itself. */
const documentation = ['/openapi.json', '/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/swagger-ui.css'];
const address = (path: string): string => url + path.replaceAll(/\{[^}]+\}/g, '1');
const bearer = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` });

/** An answer that is not read would hold the server's end up. */
async function statusOf(...given: Parameters<typeof fetch>): Promise<number> {
  const response = await fetch(...given);
  await response.body?.cancel();
  return response.status;
}

async function newKey(scope: string): Promise<string> {
  const init = { method: 'POST', body: JSON.stringify({ name: scope, scopes: [scope] }) };
  const { body } = await call<{ key: string }>(`${url}/v1/admin/keys`, {
    ...init,
    headers: { ...bearer(adminKey), 'content-type': 'application/json' },
  });
  return body.key;
}

test('the document lists the routes of every resource', () => {
  const paths = new Set(closed.map(({ path }) => path));
  for (const path of ['/classify', '/v1/classify', '/v1/embed', '/v1/feedback', '/v1/models', '/metrics', '/v2'])
    assert.ok(paths.has(path), path);
  for (const resource of ['datasets', 'feedback', 'keys', 'models', 'retrain', 'trainings'])
    assert.ok(
      [...paths].some((path) => path.startsWith(`/v1/admin/${resource}`)),
      resource,
    );
});

test('every route but the health checks answers 401 without a key and with one that is not known', async () => {
  for (const { path, method } of closed)
    for (const headers of [{}, bearer('taxon_unknown'), { 'x-api-key': 'taxon_unknown' }]) {
      const response = await fetch(address(path), { method, headers });
      assert.equal(response.status, 401, `${method} ${path}`);
      assert.equal(response.headers.get('www-authenticate'), 'Bearer');
      await response.body?.cancel();
    }
});

test('HEAD needs a key where GET does', async () => {
  for (const { path } of closed.filter(({ method }) => method === 'GET'))
    assert.equal(await statusOf(address(path), { method: 'HEAD' }), 401, path);
});

test('the health checks need no key', async () => {
  for (const path of probes) assert.equal(await statusOf(url + path), 200, path);
});

test('the document and its page need a key that may classify', async () => {
  const classify = await newKey('classify');
  const metrics = await newKey('metrics');
  for (const path of documentation) {
    const statusWith = (headers: Record<string, string>) => statusOf(url + path, { headers });
    assert.deepEqual([await statusWith({}), await statusWith(bearer(metrics))], [401, 403], path);
    assert.equal(await statusWith(bearer(classify)), 200, path);
  }
});

test('METRICS_AUTH and DOCS_AUTH say otherwise', async () => {
  const opened = await startApp({ AUTH: 'required', METRICS_AUTH: 'open', DOCS_AUTH: 'open' });
  const closedAlone = await startApp({ AUTH: 'open', METRICS_AUTH: 'required', DOCS_AUTH: 'required' });
  for (const path of ['/metrics', ...documentation]) {
    assert.equal(await statusOf(opened.url + path), 200, path);
    assert.equal(await statusOf(closedAlone.url + path), 401, path);
  }
  assert.equal(await statusOf(`${opened.url}/v1/models`), 401);
  assert.equal(await statusOf(`${closedAlone.url}/v1/models`), 200);
});

test('the document says which routes need a key, and that they may refuse', () => {
  for (const { path, security, responses } of operations) {
    assert.equal(security !== undefined, !open.includes(path), path);
    if (security !== undefined) assert.ok('401' in responses && '403' in responses, path);
  }
});

test('a key with scope classify classifies and reads models, and is forbidden the rest', async () => {
  const headers = bearer(await newKey('classify'));
  const statusWith = (path: string): Promise<number> => statusOf(url + path, { headers });
  const classified = await fetch(`${url}/v1/classify`, {
    method: 'POST',
    body: new Uint8Array(await drawJpeg(1)),
    headers: { ...headers, 'content-type': 'image/jpeg' },
  });
  assert.equal(classified.status, 200);
  for (const path of ['/v1/models', '/v1/models/clothing/versions/1', '/v2', '/v2/models/clothing'])
    assert.equal(await statusWith(path), 200, path);
  for (const path of ['/metrics', '/v1/admin/datasets', '/v1/admin/keys'])
    assert.equal(await statusWith(path), 403, path);
});

test('a key with scope metrics reads /metrics, the status and drift, and nothing else', async () => {
  const headers = bearer(await newKey('metrics'));
  assert.equal(await statusOf(`${url}/metrics`, { headers }), 200);
  const own = ['/metrics', '/v1/admin/status', '/v1/admin/models/{name}/drift'];
  for (const { path, method } of closed.filter((one) => !own.includes(one.path)))
    assert.equal(await statusOf(address(path), { method, headers }), 403, `${method} ${path}`);
});

test('a preflight, which carries no key, allows every method of every route with the headers that clients send', async () => {
  const wanted = ['authorization', 'x-api-key', 'content-type', 'last-event-id', 'idempotency-key'];
  assert.deepEqual([...new Set(operations.map(({ method }) => method))].sort(), [
    'DELETE',
    'GET',
    'PATCH',
    'POST',
    'PUT',
  ]);
  for (const { path, method } of operations) {
    const { status, headers } = await fetch(address(path), {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': method,
        'access-control-request-headers': wanted.join(','),
      },
    });
    const list = (name: string): string[] => (headers.get(name) ?? '').split(',').map((item) => item.trim());
    assert.equal(status, 204, path);
    assert.equal(headers.get('access-control-allow-origin'), 'https://app.example');
    assert.ok(list('access-control-allow-methods').includes(method), `${method} ${path}`);
    assert.deepEqual(list('access-control-allow-headers'), wanted);
  }
});

test('a page of the configured origin may read the request id, Retry-After, Location, Idempotent-Replayed and RateLimit headers of any answer', async () => {
  for (const path of ['/health/live', '/v1/models', '/v1/nothing']) {
    const { headers } = await fetch(url + path, { headers: { origin: 'https://app.example' } });
    const limits = 'idempotent-replayed, ratelimit-limit, ratelimit-remaining, ratelimit-reset';
    const exposed = `x-request-id, retry-after, location, ${limits}`;
    assert.equal(headers.get('access-control-expose-headers'), exposed, path);
  }
});
