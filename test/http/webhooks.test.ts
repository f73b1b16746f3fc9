import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededImage } from '../support/seededImages.js';
import { startReceiver, verified } from '../support/webhookReceiver.js';
import { adminKey, call, startApp } from './runningApp.js';

const { url } = await startApp({ WEBHOOK_PRIVATE_NETWORKS: '127.0.0.0/8' });
const headers = { authorization: `Bearer ${adminKey}` };

const admin = <T = Record<string, unknown>>(method: string, path: string, body?: object) =>
  call<T>(`${url}/v1/admin/${path}`, {
    method,
    headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

const remove = async (path: string): Promise<number> =>
  (await fetch(`${url}/v1/admin/${path}`, { method: 'DELETE', headers })).status;

interface Shown {
  readonly id: string;
  readonly secret?: string;
  readonly deliveries: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

test('a webhook is registered, shown, tried and deleted; its secret is shown once', async (t) => {
  const receiver = await startReceiver(t, (response) => response.end());
  const asked = { url: receiver.url, events: ['training.failed'], description: 'chat' };
  const created = await admin<Shown>('POST', 'webhooks', asked);
  const { id, secret } = created.body;
  assert.equal(created.status, 201);
  assert.equal(created.headers.get('location'), `/v1/admin/webhooks/${id}`);
  assert.equal(created.headers.get('cache-control'), 'no-store');

  const tried = await admin('POST', `webhooks/${id}/test`);
  assert.deepEqual([tried.status, tried.body['event'], tried.body['state']], [202, 'webhook.test', 'waiting']);
  await receiver.until(1);
  assert.deepEqual(verified(secret!, receiver.received[0]!).data, { webhook: id });
  let shown = (await admin<Shown>('GET', `webhooks/${id}`)).body;
  while (shown.deliveries[0]?.['state'] === 'waiting') {
    await delay(10);
    shown = (await admin<Shown>('GET', `webhooks/${id}`)).body;
  }
  const [delivery, ...others] = shown.deliveries;
  assert.deepEqual([delivery!['id'], delivery!['state'], others.length], [tried.body['id'], 'delivered', 0]);
  assert.equal(delivery!['lastStatus'], 200);

  const list = (await admin<{ webhooks: Shown[] }>('GET', 'webhooks')).body;
  assert.deepEqual(
    list.webhooks.map((one) => one.id),
    [id],
  );
  assert.ok(!JSON.stringify([shown, list]).includes(secret!));
  assert.equal(await remove(`webhooks/${id}`), 204);
  assert.equal(await remove(`webhooks/${id}`), 404);
  for (const path of [`webhooks/${id}`, `webhooks/${id}/test`])
    assert.equal((await admin(path.endsWith('test') ? 'POST' : 'GET', path)).body['code'], 'unknown_webhook');
});

test('what cannot be a webhook is refused, with the reason', async () => {
  const events = ['training.failed'];
  const refusals: ReadonlyArray<readonly [object, RegExp]> = [
    [{ url: 'http://10.0.0.1/', events }, /10\.0\.0\.1 is not a public address/],
    [{ url: 'http://[::1]/', events }, /::1 is not a public address/],
    [{ url: 'http://169.254.169.254/latest', events }, /not a public address/],
    [{ url: 'ftp://example.com/', events }, /url/],
    [{ url: 'https://a:b@example.com/', events }, /no password/],
    [{ url: 'example.com', events }, /url/],
    [{ url: 'https://example.com/', events: [] }, /events/],
    [{ url: 'https://example.com/', events: ['everything'] }, /events/],
    [{ url: 'https://example.com/', events: ['review_queue.above'], reviewQueueAbove: -1 }, /reviewQueueAbove/],
    [{ url: 'https://example.com/', events, secret: 'mine' }, /secret/],
  ];
  for (const [body, reason] of refusals) {
    const answer = await admin('POST', 'webhooks', body);
    assert.deepEqual([answer.status, answer.body['code']], [400, 'invalid_request'], JSON.stringify(body));
    assert.match(String(answer.body['detail']), reason);
  }
});

test('only a key with the scope admin reads or registers webhooks', async () => {
  const { body } = await admin<{ key: string }>('POST', 'keys', { name: 'trainer', scopes: ['train'] });
  for (const method of ['GET', 'POST']) {
    const answer = await call(`${url}/v1/admin/webhooks`, { method, headers: { authorization: `Bearer ${body.key}` } });
    assert.equal(answer.status, 403);
  }
});

test('corrections that pile up are told of', async (t) => {
  const receiver = await startReceiver(t, (response) => response.end());
  const asked = { url: receiver.url, events: ['review_queue.above'], reviewQueueAbove: 1 };
  const { secret } = (await admin<Shown>('POST', 'webhooks', asked)).body;
  for (const seed of [1, 2]) {
    const body = new Uint8Array(await seededImage(seed));
    const init = { method: 'POST', body, headers: { 'content-type': 'image/jpeg' } };
    assert.equal((await call(`${url}/v1/feedback?label=hat`, init)).status, 201);
  }
  await receiver.until(1);
  const { type, data } = verified(secret!, receiver.received[0]!);
  assert.deepEqual([type, data], ['review_queue.above', { above: 1, waiting: 2 }]);
});
