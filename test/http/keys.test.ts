// Keys over /v1/admin/keys on a running server: their limits, their end, and guesses of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminKey, call, startApp } from './runningApp.js';

interface Key {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly expiresAt: string | null;
  readonly requestsPerMinute: number | null;
  readonly requestsPerDay: number | null;
  readonly lastUsedAt: string | null;
  readonly requestsToday: number;
}

const { url } = await startApp({ AUTH: 'required', TRUST_PROXY: 'loopback' });
/** Guesses of one test must not count for another: each has an address of its own. */
let addresses = 0;
const newAddress = (): string => `192.0.2.${++addresses}`;

const admin = <T = Key>(method: string, path = '', body?: object) =>
  call<T>(`${url}/v1/admin/keys${path}`, {
    method,
    headers: { 'x-api-key': adminKey, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
const create = async (limits: object = {}): Promise<Key> =>
  (await admin('POST', '', { name: 'k', scopes: ['classify'], ...limits })).body;
const listed = async (id: string): Promise<Key> =>
  (await admin<{ keys: Key[] }>('GET')).body.keys.find((key) => key.id === id)!;
const use = (key: string, address = '192.0.2.200') =>
  call<{ code?: string }>(`${url}/v1/models`, { headers: { 'x-api-key': key, 'x-forwarded-for': address } });
const statusOf = async (key: string, address?: string) => (await use(key, address)).status;
const revoke = (id: string) =>
  fetch(`${url}/v1/admin/keys/${id}`, { method: 'DELETE', headers: { 'x-api-key': adminKey } });

test('a key shows its limits and its use, and may be changed', async () => {
  const expiresAt = '2100-01-01T00:00:00.000Z';
  const { id, key } = await create({ expiresAt, requestsPerMinute: 100 });
  assert.equal(await statusOf(key), 200);
  const { body: changed, status } = await admin('PATCH', `/${id}`, { name: 'till', requestsPerDay: 1000 });
  assert.equal(status, 200);
  assert.deepEqual(
    [changed.name, changed.expiresAt, changed.requestsPerMinute, changed.requestsPerDay],
    ['till', expiresAt, 100, 1000],
  );
  assert.equal(await statusOf(key), 200);
  const { lastUsedAt, requestsToday } = await listed(id);
  assert.ok(Date.now() - Date.parse(lastUsedAt!) < 120_000);
  assert.equal(requestsToday, 1, 'that of before the change; the last one is written within a minute');
  const { body: reset } = await admin('PATCH', `/${id}`, { expiresAt: null, requestsPerMinute: null });
  assert.deepEqual([reset.expiresAt, reset.requestsPerMinute, reset.requestsPerDay], [null, null, 1000]);
  assert.equal((await admin<{ code: string }>('PATCH', `/${crypto.randomUUID()}`, {})).body.code, 'unknown_key');
});

test('limits that make no sense are refused, dates that no database knows are not', async () => {
  for (const wrong of [{ requestsPerDay: 0 }, { requestsPerMinute: 1.5 }, { expiresAt: 'tomorrow' }, { expiresAt: 5 }])
    assert.equal((await admin('POST', '', { name: 'k', scopes: ['classify'], ...wrong })).status, 400);
  for (const expiresAt of [
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-23:59',
    `2100-01-01T00:00:00.${'1'.repeat(200)}Z`,
  ])
    assert.equal((await admin('POST', '', { name: 'k', scopes: ['classify'], expiresAt })).status, 201, expiresAt);
});

test('a key that expires or is revoked stops at once, whatever it did a moment ago', async () => {
  const expiring = await create();
  const changed = await create();
  const revoked = await create();
  for (const { key } of [expiring, changed, revoked]) assert.equal(await statusOf(key), 200);
  await admin('PATCH', `/${changed.id}`, { expiresAt: new Date().toISOString() });
  assert.equal((await revoke(revoked.id)).status, 204);
  for (const { key } of [changed, revoked]) assert.equal((await use(key)).body.code, 'unauthorized');
  await admin('PATCH', `/${expiring.id}`, { expiresAt: new Date(Date.now() + 2_000).toISOString() });
  const until = Date.now() + 20_000;
  while ((await statusOf(expiring.key)) === 200 && Date.now() < until) await sleep(100);
  assert.equal((await use(expiring.key)).body.code, 'unauthorized');
});

test('a key may make as many requests a minute as it was given, from anywhere', async () => {
  const { key, id } = await create({ requestsPerMinute: 2 });
  assert.deepEqual([await statusOf(key), await statusOf(key, newAddress())], [200, 200]);
  const refused = await use(key);
  assert.deepEqual([refused.status, refused.body.code], [429, 'rate_limited']);
  assert.equal(refused.headers.get('ratelimit-limit'), '2');
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  await admin('PATCH', `/${id}`, { requestsPerMinute: 3 });
  assert.deepEqual([await statusOf(key)], [429], 'the refused one counts too');
  await admin('PATCH', `/${id}`, { requestsPerMinute: null });
  assert.equal(await statusOf(key), 200);
});

test('a key may make as many requests a day as it was given', async () => {
  const { key, id } = await create({ requestsPerDay: 2 });
  assert.deepEqual([await statusOf(key), await statusOf(key)], [200, 200]);
  const refused = await use(key);
  assert.deepEqual([refused.status, refused.body.code], [429, 'quota_exceeded']);
  assert.ok(Number(refused.headers.get('retry-after')) <= 86_400);
  await admin('PATCH', `/${id}`, { requestsPerDay: 3 });
  assert.deepEqual([await statusOf(key), await statusOf(key)], [200, 429]);
});

test('ten wrong keys of one address are looked up, then none; those who showed a valid one before pass', async () => {
  const [address, other] = [newAddress(), newAddress()];
  assert.equal(await statusOf(adminKey, address), 200);
  const { key: unseen } = await create();
  const answers = [];
  for (let i = 0; i < 40; i++) answers.push(await use(`guess-${i}`, address));
  assert.deepEqual(
    answers.map(({ status }) => status),
    Array.from({ length: 40 }, (_, i) => (i < 10 ? 401 : 429)),
  );
  const { headers, body } = answers.at(-1)!;
  assert.equal(body.code, 'rate_limited');
  assert.ok(Number(headers.get('retry-after')) <= 60);
  assert.equal(await statusOf(adminKey, address), 200);
  assert.equal(await statusOf(unseen, address), 429);
  assert.equal(await statusOf(unseen, other), 200);
});

test('guesses count over all routes that ask for a key', async () => {
  const address = newAddress();
  const paths = ['/v1/admin/keys', '/v1/admin/datasets', '/metrics', '/docs', '/openapi.json', '/v1/models'];
  for (let i = 0; i < 10; i++) {
    const headers = { authorization: `Bearer guess-${i}`, 'x-forwarded-for': address };
    assert.equal((await fetch(url + paths[i % paths.length]!, { headers })).status, 401);
  }
  for (const path of paths) {
    const headers = { authorization: 'Bearer guess-last', 'x-forwarded-for': address };
    assert.equal((await fetch(url + path, { headers })).status, 429, path);
  }
});
