import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '../../src/data/webhooks/schemas.js';
import { Webhooks } from '../../src/data/webhooks/webhooks.js';
import { allowPublic } from '../../src/publicAddresses.js';
import { pauseAfter, WebhookDispatcher, type DispatcherDeps } from '../../src/webhooks/dispatcher.js';
import { createPost } from '../../src/webhooks/post.js';
import { onBothDatabases, shareDatabase, silent } from '../support/databases.js';
import { startReceiver, verified, type Receiver } from '../support/webhookReceiver.js';

test('the pauses between attempts grow threefold up to twelve hours, and end', () => {
  const plan = { firstPauseMs: 5_000, maxAttempts: 12 };
  const pauses = Array.from({ length: 12 }, (_, index) => pauseAfter(index + 1, plan, 0));
  const longest = 12 * 3_600_000;
  assert.deepEqual(pauses.slice(0, 4), [5_000, 15_000, 45_000, 135_000]);
  assert.deepEqual(pauses.slice(9), [longest, longest, undefined]);
  assert.equal(pauseAfter(1, plan, 0.5), 5_500);
});

const ok = (response: ServerResponse): void => void response.end();

await onBothDatabases('deliveries', (kind) => {
  const open = shareDatabase(kind);

  interface Bench {
    readonly webhooks: Webhooks;
    readonly dispatcher: WebhookDispatcher;
    readonly secret: string;
    /** Sends a test event. */
    readonly send: () => Promise<Delivery>;
    /** The last delivery, once it is `state`. */
    readonly until: (state: Delivery['state']) => Promise<Delivery>;
  }

  /** Another dispatcher on the same database: a replica. */
  async function newBench(t: TestContext, url: string, options: Partial<DispatcherDeps> = {}): Promise<Bench> {
    const database = await open();
    const webhooks = new Webhooks(database);
    const { id, secret } = await webhooks.create({ url, events: ['training.failed'] });
    const timeoutMs = options.timeoutMs ?? 10_000;
    const deps: DispatcherDeps = {
      database,
      post: createPost({ isAllowed: allowPublic(['127.0.0.0/8']), timeoutMs }),
      timeoutMs,
      retry: { firstPauseMs: 10, maxAttempts: 3 },
      logger: silent,
      ...options,
    };
    const [dispatcher, replica] = [new WebhookDispatcher(deps), new WebhookDispatcher(deps)];
    t.after(() => Promise.all([dispatcher.stop(), replica.stop()]));
    await dispatcher.start();
    await replica.start();
    const last = async () => (await webhooks.deliveries(id, 1))[0];
    return {
      webhooks,
      dispatcher,
      secret,
      send: () => webhooks.test(id),
      until: async (state) => {
        for (;;) {
          const delivery = await last();
          if (delivery?.state === state) return delivery;
          await delay(5);
        }
      },
    };
  }

  test('arrive once, signed, with two processes at work', async (t) => {
    const receiver = await startReceiver(t, ok);
    const { send, until, secret } = await newBench(t, receiver.url);
    const sent: string[] = [];
    for (let n = 0; n < 5; n++) sent.push((await send()).id);
    await receiver.until(5);
    await until('delivered');
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    assert.deepEqual(ids.toSorted(), sent.toSorted());
    for (const one of receiver.received) {
      assert.equal(verified(secret, one).type, 'webhook.test');
      assert.equal(one.headers['content-type'], 'application/json');
      assert.throws(() => verified(secret, { ...one, body: one.body.replace('test', 'text') }), /signature/);
    }
  });

  test('end as failed after the last attempt, with the reason', async (t) => {
    const receiver = await startReceiver(t, (response) => response.writeHead(503).end());
    const { send, until } = await newBench(t, receiver.url);
    await send();
    const { attempts, lastStatus, lastError } = await until('failed');
    assert.deepEqual([attempts, lastStatus, lastError], [3, 503, 'it answered 503']);
    assert.equal(receiver.received.length, 3);
  });

  test('follow no redirect', async (t) => {
    const target = await startReceiver(t, ok);
    const receiver = await startReceiver(t, (response) => response.writeHead(307, { location: target.url }).end());
    const { send, until } = await newBench(t, receiver.url);
    await send();
    assert.equal((await until('failed')).lastStatus, 307);
    assert.equal(target.received.length, 0);
  });

  test('do not wait for a receiver that does not answer', async (t) => {
    const receiver = await startReceiver(t, () => undefined);
    const { send, until } = await newBench(t, receiver.url, { timeoutMs: 50 });
    await send();
    const { lastStatus, lastError } = await until('failed');
    assert.equal(lastStatus, null);
    assert.match(lastError ?? '', /timeout/i);
  });

  test('do not go to addresses that are not allowed', async (t) => {
    const receiver: Receiver = await startReceiver(t, ok);
    const post = createPost({ isAllowed: allowPublic([]), timeoutMs: 10_000 });
    const { send, until } = await newBench(t, receiver.url.replace('127.0.0.1', 'localhost'), { post });
    await send();
    assert.match((await until('failed')).lastError ?? '', /localhost is not at a public address/);
    assert.equal(receiver.received.length, 0);
  });

  test('that are under way when the process stops come to their end, and are not made again', async (t) => {
    let answer = (): void => undefined;
    const receiver = await startReceiver(t, (response) => (answer = () => response.end()));
    const { send, until, dispatcher } = await newBench(t, receiver.url, {
      retry: { firstPauseMs: 10, maxAttempts: 9 },
    });
    await send();
    await receiver.until(1);
    const stopped = dispatcher.stop();
    answer();
    await stopped;
    assert.equal((await until('delivered')).attempts, 1);
  });
});
