// Clients that are slow, deaf, half gone or idle, beside others that only want an answer.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { closed, open, readReplies } from '../../support/faults/client.js';
import { Load } from '../../support/faults/load.js';
import { assertUnharmed, key, postFile, startFaultyServer, type FaultyServer } from '../../support/faults/server.js';
import { Tally } from '../../support/faults/tally.js';
import { colourImage } from '../../support/tinyModel.js';

const image = await colourImage('red', 1);
const head = (length: number): string =>
  `POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: image/png\r\nContent-Length: ${length}\r\n`;
const whole = Buffer.concat([Buffer.from(`${head(image.length)}Connection: close\r\n\r\n`), image]);

/** Work of bad clients while one at another address classifies: holding nothing, it is let in however busy the machine is (serving/sharedRoom.ts). */
async function beside(server: FaultyServer, tally: Tally, work: () => Promise<void>): Promise<void> {
  const others = new Tally();
  const load = new Load({ url: server.url, tally: others, images: [image], clients: 1, localAddress: '127.0.0.2' });
  await work().finally(() => load.stop());
  await assertUnharmed(server);
  const { answered } = others.counts;
  assert.deepEqual([others.refusals, others.faults], [[], []], 'the other client');
  assert.ok(answered > 0);
  for (let i = 0; i < answered; i++) tally.answer();
}

/** A byte a second until the connection ends. */
async function dribble(socket: Socket, bytes: Uint8Array): Promise<void> {
  for (const byte of bytes) {
    if (socket.destroyed || socket.readableEnded) return;
    socket.write(Uint8Array.of(byte));
    await sleep(1_000, undefined, { ref: false });
  }
}

test('clients that send a byte a second are refused in time', async (t) => {
  const server = await startFaultyServer(t, { UPLOAD_TIMEOUT_MS: '3000' });
  const tally = new Tally();
  await beside(server, tally, async () => {
    const slow = async (start: string | Uint8Array): Promise<void> => {
      const socket = await open(server.url);
      const replies = readReplies(socket);
      socket.write(start);
      void dribble(socket, whole);
      const [reply] = await replies;
      if (reply) tally.add(reply, 'a slow upload');
      else tally.refuse();
    };
    const inBody = Array.from({ length: 50 }, () => slow(`${head(1_000_000)}\r\n`));
    const inForm = Array.from({ length: 10 }, () =>
      slow(
        `POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 999999\r\n\r\n--b\r\n`,
      ),
    );
    await Promise.all([...inBody, ...inForm]);
  });
  assert.ok(tally.counts.refused >= 60);
  tally.report(t, 'slow clients, 1 byte/s up');
});

test('clients that ask again and again and read a byte a second, or never, hold little and keep nobody waiting', async (t) => {
  const server = await startFaultyServer(t);
  const tally = new Tally();
  await beside(server, tally, async () => {
    const before = await residentMiB(server);
    const wanted = 'GET /openapi.json HTTP/1.1\r\nHost: taxon\r\n\r\n'.repeat(200);
    const sockets = await Promise.all(Array.from({ length: 40 }, () => open(server.url)));
    for (const socket of sockets) socket.pause().write(wanted);
    for (let second = 0; second < 3; second++) {
      await sleep(1_000);
      for (const socket of sockets.slice(0, 20)) socket.read(1);
    }
    const growth = (await residentMiB(server)) - before;
    assert.ok(growth < 400, `${growth.toFixed(0)} MiB are held for them`);
    for (const socket of sockets) {
      socket.destroy();
      tally.refuse();
    }
  });
  tally.report(t, 'clients that read 1 byte/s or never');
});

test('a client that does not take its answer in time is disconnected', async (t) => {
  const server = await startFaultyServer(t, { UPLOAD_TIMEOUT_MS: '2000' });
  await server.createDataset();
  // Larger than what the kernel takes off the server's hands.
  const large = await colourImage('blue', 1, { width: 1600, height: 1600 });
  const uploaded = await postFile(`${server.url}/v1/admin/datasets/d/images?label=blue`, 'large.png', large);
  const { id } = (JSON.parse(uploaded.body) as { results: { id: number }[] }).results[0]!;
  const path = `/v1/admin/datasets/d/images/${id}/file`;
  const wanted = `GET ${path} HTTP/1.1\r\nHost: taxon\r\nAuthorization: ${key.authorization}\r\n\r\n`.repeat(6);
  const tally = new Tally();
  await beside(server, tally, async () => {
    for (let i = 0; i < 3; i++) {
      const socket = await open(server.url);
      socket.pause().write(wanted);
      await server.logged('"status":200');
      await sleep(4_000);
      const whole = 6 * large.length;
      let taken = 0;
      socket.on('data', (chunk: Buffer) => (taken += chunk.length)).resume();
      await closed(socket);
      assert.ok(taken < whole, `${taken} of ${whole} bytes came`);
      tally.refuse();
    }
  });
  tally.report(t, 'answers never taken');
});

async function residentMiB({ url }: FaultyServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\d+)/m.exec(text)![1]) / 2 ** 20;
}

test('a client that closes its half of the connection is taken for gone, and costs nothing more', async (t) => {
  const server = await startFaultyServer(t);
  const tally = new Tally();
  await beside(server, tally, async () => {
    for (const bytes of [whole, whole.subarray(0, whole.length - 10)])
      for (let i = 0; i < 50; i++) {
        const socket = await open(server.url, true);
        const replies = readReplies(socket);
        socket.end(bytes);
        const [reply] = await replies;
        if (reply) tally.add(reply, 'a half-closed request');
        else tally.refuse();
      }
  });
  tally.report(t, 'half-closed sockets');
});

test('2,000 idle connections keep nobody waiting, and each can still ask', async (t) => {
  const server = await startFaultyServer(t);
  const tally = new Tally();
  await beside(server, tally, async () => {
    const sockets: Socket[] = [];
    while (sockets.length < 2_000)
      sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(server.url)))));
    await sleep(2_000);
    for (const socket of sockets.splice(0, 20)) {
      const replies = readReplies(socket);
      socket.write(whole);
      const [reply] = await replies;
      if (reply) tally.add(reply, 'a request after idling');
      else tally.lose('a request after idling');
    }
    for (const socket of sockets) socket.destroy();
  });
  tally.report(t, '2,000 idle connections');
});
