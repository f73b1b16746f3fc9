import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { Agent, request } from 'undici';
import { readImage } from '../support/fixtureImages.js';
import { startApp, type RunningApp } from './runningApp.js';

const mib = 2 ** 20;

/** Sends the head of a classification that announces `bytes`, and none of its body. */
async function announce({ url }: RunningApp, bytes: number, more = ''): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    `POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: image/jpeg\r\nContent-Length: ${bytes}\r\n${more}\r\n`,
  );
  return socket;
}

/** The status that comes on a socket. */
async function statusOn(socket: Socket): Promise<number> {
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return Number(/^HTTP\/1.1 (\d{3})/.exec(chunk.toString())![1]);
}

async function classify({ url }: RunningApp, dispatcher?: Agent) {
  const response = await request(`${url}/v1/classify`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: await readImage('scene.png'),
    ...(dispatcher && { dispatcher }),
  });
  const body = (await response.body.json()) as Record<string, unknown>;
  return { status: response.statusCode, headers: response.headers, body };
}

/** Until the server has read what was sent on other connections. */
const seen = (running: RunningApp): Promise<unknown> => fetch(`${running.url}/health/live`);

describe('more requests than the machine can do', () => {
  it('are answered in time or refused with the time to come back, and health checks answer all the while', async () => {
    const running = await startApp({ REQUEST_TIMEOUT_MS: '4000' });
    const answers = Promise.all(Array.from({ length: 200 }, () => classify(running)));
    assert.equal((await fetch(`${running.url}/health/ready`)).status, 200);
    const all = await answers;
    const statuses = new Set(all.map(({ status }) => status));
    assert.deepEqual([...statuses].sort(), [200, 429]);
    for (const { headers } of all.filter(({ status }) => status === 429))
      assert.match(String(headers['retry-after']), /^[1-9]$/);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    const refused = all.filter(({ status }) => status === 429).length;
    assert.match(metrics, new RegExp(`^taxon_refused_total ${refused}$`, 'm'));
    assert.equal((await classify(running)).status, 200);
  });

  it('are refused before their bodies are sent', async () => {
    const running = await startApp({ MAX_QUEUE: '1' });
    const first = await announce(running, 1000);
    await seen(running);
    const second = await announce(running, 1000);
    assert.equal(await statusOn(second), 429);
    first.destroy();
    second.destroy();
  });
});

describe('connections that go with all their pipelined requests', () => {
  it('leave nothing promised, and the next client is let in', async () => {
    const running = await startApp();
    const { hostname, port } = new URL(running.url);
    const image = await readImage('scene.png');
    const head = `POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: image/png\r\nContent-Length: ${image.length}\r\n\r\n`;
    const one = Buffer.concat([Buffer.from(head), image]);
    for (let i = 0; i < 12; i++) {
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      await once(socket, 'connect');
      socket.write(Buffer.concat(Array.from({ length: 8 }, () => one)));
      await seen(running);
      socket.destroy();
    }
    const promised = async (): Promise<string | undefined> =>
      /^taxon_promised_seconds (\S+)$/m.exec(await (await fetch(`${running.url}/metrics`)).text())?.[1];
    while ((await promised()) !== '0') await seen(running);
    assert.equal((await classify(running)).status, 200);
  });
});

describe('a client that asks before it sends its body', () => {
  it('is told to go on once it is let in, and not when it is refused', async () => {
    const running = await startApp({ MAX_QUEUE: '1' });
    const first = await announce(running, 1000, 'Expect: 100-continue\r\n');
    assert.equal(await statusOn(first), 100);
    const second = await announce(running, 1000, 'Expect: 100-continue\r\n');
    assert.equal(await statusOn(second), 429);
    first.destroy();
    second.destroy();
  });
});

describe('bodies that are announced and do not come', () => {
  it('take no memory from those that do', async () => {
    const running = await startApp();
    const sockets = await Promise.all(Array.from({ length: 8 }, () => announce(running, 64 * mib)));
    await seen(running);
    assert.equal((await classify(running)).status, 200);
    for (const socket of sockets) socket.destroy();
  });

  it('are dropped within seconds while others are refused, and not before', async () => {
    const running = await startApp({ MAX_QUEUE: '3' });
    const stalled = [await announce(running, 1000), await announce(running, 1000)];
    await seen(running);
    const dropped = Promise.all(stalled.map(statusOn));
    assert.equal((await classify(running)).status, 429);
    assert.deepEqual(await dropped, [408, 408]);
    assert.equal((await classify(running)).status, 200);
  });
});

describe('bodies that together are too large for the memory', () => {
  it('cost whoever holds most its newest, and leave room for others', async () => {
    const running = await startApp({ MAX_INFLIGHT_BYTES: String(4 * mib) });
    const large = [await announce(running, 9 * mib), await announce(running, 9 * mib)];
    await seen(running);
    const newest = statusOn(large[1]!);
    for (const socket of large) socket.write(Buffer.alloc(3 * mib));
    assert.equal(await newest, 429);
    const other = new Agent({ localAddress: '127.0.0.2' });
    assert.equal((await classify(running, other)).status, 200);
    await other.close();
    for (const socket of large) socket.destroy();
  });

  it('are refused from their headers when their sender holds half of it', async () => {
    const running = await startApp({ MAX_INFLIGHT_BYTES: String(4 * mib) });
    const first = await announce(running, 3 * mib);
    first.write(Buffer.alloc(2.5 * mib));
    while ((await classify(running)).status === 200);
    const { status, body } = await classify(running);
    assert.equal(status, 429);
    assert.match(String(body.detail), /bodies of all uploads together/);
    first.destroy();
  });
});
