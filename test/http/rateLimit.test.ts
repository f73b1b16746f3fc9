// The limits of requests on a server whose routes do nothing else.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { FastifyPluginAsync } from 'fastify';
import type { VerifiedKey } from '../../src/data/keys/keyVerifier.js';
import { AppError } from '../../src/errors.js';
import { limitRates } from '../../src/http/rateLimit.js';
import { buildServer } from '../../src/http/server.js';
import { silent } from '../support/databases.js';

/** Takes `x-key` for a verified key: its id and its requests a minute, as in `till:5`. */
const routes: FastifyPluginAsync = async (app) => {
  app.addHook('onRequest', async (request) => {
    const given = request.headers['x-key'];
    if (typeof given !== 'string') return;
    const [id = '', limit] = given.split(':');
    request.key = { id, requestsPerMinute: limit === undefined ? null : Number(limit) } as VerifiedKey;
  });
  app.get('/one', async () => 'one');
  app.get('/two', async () => 'two');
  app.get('/own', { config: { anonymousRequestsPerMinute: 1 } }, async () => 'own');
};

const free: FastifyPluginAsync = async (app) => {
  app.get('/free', async () => 'free');
};

/** A server that believes X-Forwarded-For, so that a test has many addresses. */
async function start(requestsPerMinute: number, count: (key: VerifiedKey) => void = () => undefined) {
  const clock = { now: 0 };
  const server = await buildServer({
    logger: silent,
    corsOrigins: [],
    trustedProxies: ['loopback'],
    maxBodyBytes: 1000,
    maxImageBytes: 1000,
    maxImages: 32,
    uploadTimeoutMs: 1000,
    observe: () => undefined,
    routes: [limitRates({ requestsPerMinute, count, now: () => clock.now }, [routes]), free],
  });
  after(() => server.close());
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const get = (path: string, from: { address?: string; key?: string } = {}, method = 'GET') =>
    fetch(url + path, {
      method,
      headers: { 'x-forwarded-for': from.address ?? '192.0.2.1', ...(from.key !== undefined && { 'x-key': from.key }) },
    });
  return { get, clock };
}

test('an address has its number of requests a minute, whatever the routes; other addresses and free routes are not concerned', async () => {
  const { get, clock } = await start(3);
  const first = await get('/one');
  const header = (answer: Response, name: string) => Number(answer.headers.get(`ratelimit-${name}`));
  assert.deepEqual(
    [first.status, header(first, 'limit'), header(first, 'remaining'), header(first, 'reset')],
    [200, 3, 2, 60],
  );
  await get('/two');
  await get('/one', {}, 'HEAD');
  clock.now = 20_000;
  const refused = await get('/one');
  assert.deepEqual([refused.status, header(refused, 'limit'), header(refused, 'remaining')], [429, 3, 0]);
  assert.deepEqual([refused.headers.get('retry-after'), header(refused, 'reset')], ['40', 40]);
  assert.equal(((await refused.json()) as { code: string }).code, 'rate_limited');
  assert.equal((await get('/one', { address: '192.0.2.2' })).status, 200);
  assert.equal((await get('/free')).status, 200);
  clock.now = 60_000;
  assert.equal((await get('/one')).status, 200);
});

test('the addresses of one IPv6 network of 64 bits count as one', async () => {
  const { get } = await start(1);
  assert.equal((await get('/one', { address: '2001:db8:0:1::1' })).status, 200);
  assert.equal((await get('/one', { address: '2001:db8:0:1:ffff::2' })).status, 429);
  assert.equal((await get('/one', { address: '2001:db8:0:2::1' })).status, 200);
  assert.equal((await get('/one', { address: '::ffff:192.0.2.7' })).status, 200);
  assert.equal((await get('/one', { address: '192.0.2.7' })).status, 429, 'an IPv4 address has one name');
});

test('a key counts for itself, wherever it comes from, and by its own limit if it has one', async () => {
  const { get } = await start(1);
  assert.equal((await get('/one', { key: 'a' })).status, 200);
  assert.equal((await get('/one', { key: 'a', address: '192.0.2.9' })).status, 429);
  assert.equal((await get('/one')).status, 200, 'the address has its own');
  for (const status of [200, 200, 429]) assert.equal((await get('/one', { key: 'b:2' })).status, status);
});

test('without a limit nothing is refused and nothing is said, but keys with a limit of their own have it', async () => {
  const { get } = await start(0);
  for (let i = 0; i < 50; i++) assert.equal((await get('/one')).status, 200);
  assert.equal((await get('/one')).headers.get('ratelimit-limit'), null);
  for (const status of [200, 429]) assert.equal((await get('/one', { key: 'b:1' })).status, status);
});

test('a route may limit those without a key by itself', async () => {
  const { get } = await start(2);
  for (const status of [200, 429]) assert.equal((await get('/own')).status, status);
  for (const status of [200, 200, 429]) assert.equal((await get('/one')).status, status);
  assert.equal((await get('/own', { key: 'a' })).status, 200);
});

test('a request counts once for the day of its key, unless its minute refused it', async () => {
  let counted = 0;
  const { get } = await start(0, () => {
    if (++counted > 3) throw new AppError('quota_exceeded', 'none left', { retryAfterS: 7 });
  });
  for (const method of ['GET', 'HEAD']) assert.equal((await get('/one', { key: 'a:2' }, method)).status, 200);
  for (let i = 0; i < 5; i++) assert.equal((await get('/one', { key: 'a:2' })).status, 429);
  assert.equal(counted, 2);
  await get('/one');
  assert.equal((await get('/one', { key: 'b' })).status, 200);
  const refused = await get('/one', { key: 'b' });
  assert.equal(((await refused.json()) as { code: string }).code, 'quota_exceeded');
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '7']);
});
