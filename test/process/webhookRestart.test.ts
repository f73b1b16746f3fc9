// Events outlive the process in which they happened.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { newDirectory, pglite } from '../support/databases.js';
import { startServerProcess, type ServerProcess } from '../support/serverProcess.js';
import { startReceiver, verified } from '../support/webhookReceiver.js';

const adminKey = 'the-admin-key-of-tests';
const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };

interface Shown {
  readonly id: string;
  readonly secret: string;
  readonly deliveries: ReadonlyArray<{ readonly id: string; readonly state: string; readonly attempts: number }>;
}

async function start(t: TestContext, dataDir: string): Promise<{ server: ServerProcess; url: string }> {
  const server = startServerProcess({
    DATA_DIR: dataDir,
    ADMIN_API_KEY: adminKey,
    WEBHOOK_PRIVATE_NETWORKS: '127.0.0.0/8',
    WEBHOOK_RETRY_MS: '200',
  });
  t.after(() => server.end());
  return { server, url: (await server.url)! };
}

async function admin(url: string, path: string, body?: object): Promise<Shown> {
  const method = body === undefined ? 'GET' : 'POST';
  const response = await fetch(`${url}/v1/admin/${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${path} answered ${response.status}`);
  return (await response.json()) as Shown;
}

const killed = async ({ child, exited }: ServerProcess, signal: NodeJS.Signals): Promise<void> => {
  child.kill(signal);
  await exited;
};

for (const signal of ['SIGTERM', 'SIGKILL'] as const)
  test(`a receiver that fails three times gets its event once, on the fourth try, after a restart by ${signal} in between`, async (t) => {
    const dataDir = await newDirectory(t);
    await pglite.prepare(dataDir);
    const receiver = await startReceiver(t, (response, number) => response.writeHead(number <= 3 ? 500 : 204).end());
    const first = await start(t, dataDir);
    const { id, secret } = await admin(first.url, 'webhooks', { url: receiver.url, events: ['version.activated'] });
    await admin(first.url, 'models/clothing/activate', { version: 1 });
    await receiver.until(2);
    await killed(first.server, signal);
    assert.ok(receiver.received.length < 4);

    const second = await start(t, dataDir);
    await receiver.until(4);
    await untilDelivered(second.url, id);
    const { type, data } = verified(secret, receiver.received[3]!);
    assert.equal(type, 'version.activated');
    assert.equal(data['model'], 'clothing');
    await killed(second.server, 'SIGTERM');

    // What comes after it shows that nothing else was left to send.
    const third = await start(t, dataDir);
    await admin(third.url, `webhooks/${id}/test`, {});
    await receiver.until(5);
    const ids = receiver.received.map(({ headers: { 'webhook-id': one } }) => one);
    assert.equal(new Set(ids.slice(0, 4)).size, 1);
    assert.notEqual(ids[4], ids[0]);
    assert.equal(verified(secret, receiver.received[4]!).type, 'webhook.test');
    await killed(third.server, 'SIGTERM');
  });

async function untilDelivered(url: string, id: string): Promise<void> {
  for (;;) {
    const [delivery] = (await admin(url, `webhooks/${id}`)).deliveries;
    if (delivery?.state === 'delivered') {
      assert.equal(delivery.attempts, 4);
      return;
    }
    await delay(20);
  }
}
