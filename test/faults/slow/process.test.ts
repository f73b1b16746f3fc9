// Signals, a taken port, a jumping clock and a vanished models directory while clients classify.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { open } from '../../support/faults/client.js';
import { Load } from '../../support/faults/load.js';
import {
  assertUnharmed,
  colours,
  environmentOf,
  makePlaces,
  startFaultyServer,
  type FaultyServer,
} from '../../support/faults/server.js';
import { Tally } from '../../support/faults/tally.js';
import { startServerProcess } from '../../support/serverProcess.js';
import { colourImage } from '../../support/tinyModel.js';

/** One client, which a busy machine lets in too (serving/sharedRoom.ts): whatever refuses it is the fault. */
const loadOn = async ({ url }: FaultyServer, tally: Tally): Promise<Load> =>
  new Load({ url, tally, clients: 1, images: [await colourImage('red', 1), await colourImage('blue', 2)] });

const reloaded = 'models reloaded';

/** Sends SIGHUP and waits for the line that says that the server has done it. */
async function reload(server: FaultyServer): Promise<void> {
  const before = server.countLogged(reloaded);
  server.child.kill('SIGHUP');
  await server.logged(reloaded, before + 1);
}

test('SIGTERM answers what it has accepted and exits with 0', async (t) => {
  const preload = new URL('../../support/faults/logAccepted.js', import.meta.url);
  const tally = new Tally();
  for (let round = 0; round < 3; round++) {
    const server = await startFaultyServer(t, {}, { preload });
    // Browsers and load balancers connect before they have anything to ask.
    await Promise.all(Array.from({ length: 20 }, () => open(server.url)));
    // The kernel connects clients that the process has not seen; those it resets when the door closes, and they may ask again.
    const wasAccepted = (port: number): boolean => server.log.includes(`accepted ${port}`);
    const images = [await colourImage('red', 1)];
    const load = new Load({ url: server.url, tally, images, clients: 16, wasAccepted });
    await sleep(700);
    server.child.kill('SIGTERM');
    assert.equal(await server.exited, 0);
    await load.stop();
  }
  tally.report(t, 'SIGTERM under load, three times');
});

test('SIGHUP, again and again, disturbs nobody', async (t) => {
  const server = await startFaultyServer(t);
  const tally = new Tally();
  const load = await loadOn(server, tally);
  for (let i = 0; i < 20; i++) await reload(server);
  // Those that arrive together may become one.
  const before = server.countLogged(reloaded);
  for (let i = 0; i < 20; i++) server.child.kill('SIGHUP');
  await server.logged(reloaded, before + 1);
  await load.stop();
  await assertUnharmed(server);
  assert.deepEqual(tally.refusals, []);
  tally.report(t, 'SIGHUP under load, forty times');
});

test('a process whose port is taken says so, exits with 1 and leaves the other one alone', async (t) => {
  const server = await startFaultyServer(t);
  const tally = new Tally();
  const load = await loadOn(server, tally);
  const { port } = new URL(server.url);
  const second = startServerProcess({ ...environmentOf(await makePlaces(t)), PORT: port });
  t.after(() => second.end());
  assert.equal(await second.exited, 1);
  assert.match(second.log.join('\n'), new RegExp(`(EADDRINUSE|in use).*${port}|${port}.*in use`));
  tally.refuse();
  await load.stop();
  await assertUnharmed(server);
  assert.equal(tally.counts.refused, 1);
  tally.report(t, 'port taken');
});

test('a clock that jumps a day forward and two days back disturbs nobody', async (t) => {
  const preload = new URL('../../support/faults/shiftClock.js', import.meta.url);
  const server = await startFaultyServer(t, {}, { preload });
  await server.createDataset();
  const tally = new Tally();
  for (let seed = 0; seed < 4; seed++)
    for (const colour of colours) assert.equal((await server.upload(colour, seed)).status, 201);
  const load = await loadOn(server, tally);
  const request = { dataset: 'd', model: 'colours', activate: 'manual' };
  const training = JSON.parse((await server.admin('POST', 'retrain', request)).body) as { id: string };
  for (let jump = 0; jump < 6; jump++) {
    server.child.kill('SIGUSR2');
    tally.add(await server.admin('GET', 'datasets'), 'an admin call');
    await sleep(500);
  }
  let state = 'queued';
  while (state !== 'succeeded') {
    ({ state } = JSON.parse((await server.admin('GET', `trainings/${training.id}`)).body) as { state: string });
    assert.ok(['queued', 'running', 'succeeded'].includes(state), state);
    await sleep(100);
  }
  tally.answer();
  await load.stop();
  await assertUnharmed(server);
  assert.deepEqual(tally.refusals, []);
  tally.report(t, 'clock jumps: a day forward, two back');
});

test('a models directory that is gone: what is loaded goes on answering, and a reload when it is back finds it again', async (t) => {
  const server = await startFaultyServer(t);
  const tally = new Tally();
  const load = await loadOn(server, tally);
  await sleep(300);
  await rename(server.modelsDir, `${server.modelsDir}-away`);
  const sent = load.sent;
  while (load.sent < sent + 40) await sleep(20);
  assert.deepEqual(tally.refusals, [], 'loaded versions go on answering');
  await reload(server);
  await rename(`${server.modelsDir}-away`, server.modelsDir);
  await reload(server);
  await load.stop();
  const answered = new Tally();
  const again = await loadOn(server, answered);
  await sleep(300);
  await again.stop();
  assert.deepEqual(answered.refusals, [], 'it answers again');
  await assertUnharmed(server);
  tally.report(t, 'MODELS_DIR gone and back');
});
