// A classifier that is trained again by itself, over HTTP on a real server: from corrections to a version that is tried and then answers.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startReceiver, verified } from '../support/webhookReceiver.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, post, startApp, type Answer } from './runningApp.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-auto-retrain-'));
after(() => rm(folder, { recursive: true, force: true }));
const labels: readonly ColourName[] = ['red', 'green', 'blue'];
const modelsDir = join(folder, 'models');
await publishTinyModel(modelsDir, 'colours', labels);
// A busy machine is to be slow, not to refuse.
const environment = { WEBHOOK_PRIVATE_NETWORKS: '127.0.0.0/8', REQUEST_TIMEOUT_MS: '120000' };
const { url } = await startApp({ MODELS_DIR: modelsDir, ...environment });

interface Shown {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly stage: string;
  readonly corrections: number;
  readonly nextRunAt: string | null;
  readonly waitingFor: string | null;
  readonly training: string | null;
  readonly steps: ReadonlyArray<{ readonly kind: string; readonly reason: string; readonly version: number | null }>;
  readonly code: string;
  readonly detail: string;
}

async function admin<T = Shown>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const response = await fetch(`${url}/v1/${path}`, {
    method,
    headers: { 'x-api-key': adminKey, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as T };
}
const path = 'models/colours/auto-retrain';
const asked = { dataset: 'd', afterCorrections: 2, minimumIntervalSeconds: 0 };

async function upload(colour: ColourName, from: number, count: number): Promise<void> {
  const files = await Promise.all(
    Array.from({ length: count }, async (_, i) => [`${i}.png`, await colourImage(colour, from + i)] as const),
  );
  const response = await fetch(`${url}/v1/admin/datasets/d/images?label=${colour}`, {
    method: 'POST',
    headers: { 'x-api-key': adminKey },
    body: formOf('image', files),
  });
  assert.equal(response.status, 201);
  await response.body?.cancel();
}

async function until(isSo: (shown: Shown) => boolean): Promise<Shown> {
  const end = Date.now() + 120_000;
  for (;;) {
    const { body } = await admin('GET', path);
    if (isSo(body)) return body;
    if (Date.now() > end) assert.fail(JSON.stringify(body, null, 2));
    await sleep(50);
  }
}

const answeredBy = async (seed: number): Promise<number> => {
  const { status, body } = await post<{ model: { version: number } }>(
    `${url}/v1/classify`,
    await colourImage('red', seed),
    'image/png',
  );
  assert.equal(status, 200);
  return body.model.version;
};

await admin('PUT', 'admin/datasets/d');

test('it is off until it is turned on, and what cannot be is refused', async () => {
  const codes = async (method: string, at = path, body?: unknown): Promise<[number, string]> => {
    const answer = await admin(method, at, body);
    return [answer.status, answer.body.code];
  };
  const off = (await admin('GET', path)).body;
  assert.deepEqual([off.settings, off.stage, off.waitingFor, off.steps], [null, 'idle', null, []]);
  assert.equal((await admin('DELETE', path)).status, 204);
  assert.deepEqual(await codes('GET', 'models/nobody/auto-retrain'), [404, 'unknown_model']);
  assert.deepEqual(await codes('PUT', 'models/nobody/auto-retrain', asked), [404, 'unknown_model']);
  assert.deepEqual(await codes('PUT', path, { ...asked, dataset: 'nowhere' }), [404, 'unknown_dataset']);
  assert.deepEqual(await codes('PUT', path, { dataset: 'd' }), [400, 'invalid_request']);
  for (const schedule of [
    { cron: '0 0 30 2 *' },
    { cron: '99 * * * *' },
    { cron: '0 3 * * *', timeZone: 'Nowhere/At' },
  ])
    assert.deepEqual(await codes('PUT', path, { dataset: 'd', schedule }), [400, 'invalid_request']);
  for (const wrong of [
    { activate: 'always' },
    { activate: { percent: 10 } },
    { preset: 'best' },
    { backbone: 'nobody' },
  ])
    assert.ok([400, 404].includes((await admin('PUT', path, { ...asked, ...wrong })).status), JSON.stringify(wrong));
  assert.equal((await fetch(`${url}/v1/${path}`)).status, 401);
});

test('it shows its settings and its next time, and is turned off', async () => {
  const schedule = { cron: '30 4 * * 1-5', timeZone: 'Asia/Tokyo' };
  const { status, body } = await admin('PUT', path, { dataset: 'd', schedule, activate: 'never' });
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(body.settings['schedule'], schedule);
  assert.deepEqual([body.stage, body.corrections, body.training], ['idle', 0, null]);
  assert.equal(new Date(body.nextRunAt!).toISOString().slice(11), '19:30:00.000Z');
  assert.equal(body.waitingFor, body.nextRunAt);
  assert.match(body.steps[0]!.reason, /Asia\/Tokyo.*left to a person/);
  assert.equal((await admin('DELETE', path)).status, 204);
  assert.equal((await admin('GET', path)).body.settings, null);
});

test('corrections that are accepted start a training, whose version is scored, tried, and then answers', async (t) => {
  const receiver = await startReceiver(t, (response) => response.end());
  const hook = { url: receiver.url, events: ['auto_retrain.decided', 'training.succeeded'] };
  const { secret } = (await admin<{ secret: string }>('POST', 'admin/webhooks', hook)).body;
  for (const colour of labels) await upload(colour, 0, 8);
  const rollout = { shadow: { images: 6 }, percent: 100, conditions: { after: 4, maxErrorRate: 0.5 } };
  const settings = { ...asked, afterCorrections: 26, activate: rollout };
  assert.equal((await admin('PUT', path, settings)).body.waitingFor, '24 of 26 corrections');
  for (const seed of [100, 101]) {
    const sent = await post<{ id: number }>(
      `${url}/v1/feedback?label=red`,
      await colourImage('red', seed),
      'image/png',
    );
    assert.equal((await admin('GET', path)).body.stage, 'idle');
    assert.equal((await admin('POST', `admin/feedback/${sent.body.id}/accept`, { dataset: 'd' })).status, 200);
  }
  const shadowed = await until(({ stage }) => stage === 'shadow');
  const { body: training } = await admin<{ startedBy: string; state: string }>(
    'GET',
    `admin/trainings/${shadowed.training}`,
  );
  assert.deepEqual([training.startedBy, training.state], ['auto-retrain', 'succeeded']);
  for (let seed = 200; seed < 206; seed++) assert.equal(await answeredBy(seed), 1);
  await until(({ stage }) => stage === 'canary');
  let seed = 300;
  // It may take a moment until all is counted.
  while ((await admin('GET', path)).body.stage === 'canary') assert.ok((await answeredBy(seed++)) > 0);
  const done = (await admin('GET', path)).body;
  assert.deepEqual(
    done.steps.map(({ kind }) => kind),
    ['activated', 'canary', 'shadow', 'queued', 'set'],
    JSON.stringify(done.steps),
  );
  assert.deepEqual([done.steps[0]!.version, await answeredBy(400)], [2, 2]);
  assert.deepEqual([done.corrections, done.waitingFor], [0, '0 of 26 corrections']);

  await receiver.until(5);
  const events = receiver.received.map((request) => verified(secret, request));
  const decided = events.filter(({ type }) => type === 'auto_retrain.decided').map(({ data }) => data['decision']);
  assert.deepEqual(decided, ['queued', 'shadow', 'canary', 'activated']);
  const ended = events.find(({ type }) => type === 'training.succeeded');
  assert.equal(ended?.data['startedBy'], 'auto-retrain');
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /taxon_auto_retrain_decisions_total\{model="colours",decision="activated"\} 1\n/);
  assert.match(metrics, /taxon_auto_retrain_changes\{model="colours"\} 0\n/);

  // As after any activation.
  const back = await admin<{ activeVersion: number }>('POST', 'admin/models/colours/rollback');
  assert.deepEqual([back.body.activeVersion, await answeredBy(401)], [1, 1]);
});

test('a version that says too often what the active one does not is not tried', async () => {
  const rollout = { shadow: { images: 3, minAgreement: 1 }, percent: 100, conditions: { after: 1 } };
  await admin('PUT', path, { ...asked, afterCorrections: 3, activate: rollout });
  for (const colour of labels) await upload(colour, 30, 1);
  await until(({ stage }) => stage === 'shadow');
  // Version 1 has learnt nothing, and says of some of them what they are not.
  for (let i = 0; i < 9; i++)
    await call(`${url}/v1/classify`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: new Uint8Array(await colourImage(labels[i % 3]!, 500 + i)),
    });
  const { steps } = await until(({ stage }) => stage === 'idle');
  assert.equal(steps[0]!.kind, 'failed');
  assert.match(steps[0]!.reason, /agrees with the active one in .* %, at least 100 % was asked for/);
  assert.equal(await answeredBy(600), 1);
});
