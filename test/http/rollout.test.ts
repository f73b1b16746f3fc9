// A version answers a share of the requests before it is activated, others are scored beside the active one: over HTTP, on a real server.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startReceiver, verified, type Event } from '../support/webhookReceiver.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, post, startApp, type Answer } from './runningApp.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-rollout-'));
after(() => rm(folder, { recursive: true, force: true }));
const modelsDir = join(folder, 'models');
const labels: readonly ColourName[] = ['red', 'green', 'blue'];
// Versions 1 to 5 share a backbone: 2 says what 1 says, 3 never does, 4 of two colours in three. 6 has another backbone.
for (const headSeed of [11, 11, 10, 22, 16])
  await publishTinyModel(modelsDir, 'colours', labels, { seed: 1, headSeed });
await publishTinyModel(modelsDir, 'colours', labels, { seed: 7 });
const environment = { MODELS_DIR: modelsDir, DATA_DIR: join(folder, 'data'), WEBHOOK_PRIVATE_NETWORKS: '127.0.0.0/8' };
const first = await startApp(environment);
let { url } = first;
const images = await Promise.all(Array.from({ length: 30 }, (_, i) => colourImage(labels[i % 3]!, i)));

interface Version {
  readonly version: number;
  readonly role: string;
  readonly requests: number;
  readonly images: number;
  readonly meanMs: number | null;
  readonly meanTopProbability: number | null;
  readonly compared: number;
  readonly agreed: number;
  readonly agreement: number | null;
  readonly corrections: number;
  readonly right: number;
}
interface Rollout {
  readonly state: string;
  readonly percent: number;
  readonly shadows: number[];
  readonly waitingFor: string | null;
  readonly versions: Version[];
  readonly steps: Array<{ readonly kind: string; readonly reason: string }>;
  readonly code: string;
  readonly detail: string;
}

const admin = async <T = Rollout>(method: string, path: string, body?: unknown): Promise<Answer<T>> => {
  const response = await fetch(`${url}/v1/admin/${path}`, {
    method,
    headers: { 'x-api-key': adminKey, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === '' ? {} : JSON.parse(text)) as T };
};
const rollout = (method: string, body?: unknown): Promise<Answer<Rollout>> =>
  admin(method, 'models/colours/rollout', body);
const ofVersion = ({ versions }: Rollout, wanted: number): Version =>
  versions.find(({ version }) => version === wanted)!;

interface Answered {
  readonly model: { readonly version: number };
  readonly results: Array<{ readonly predictions: Array<{ readonly label: string }> }>;
}
const classify = async (i: number, headers: Record<string, string> = {}, query = ''): Promise<Answered> => {
  const answer = await call<Answered>(`${url}/v1/classify${query}`, {
    method: 'POST',
    body: new Uint8Array(images[i % images.length]!),
    headers: { 'content-type': 'image/png', ...headers },
  });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  return answer.body;
};
const versionFor = async (i: number, headers: Record<string, string> = {}): Promise<number> =>
  (await classify(i, headers)).model.version;
const topOf = async (i: number, version: number): Promise<string> =>
  (await classify(i, {}, `?version=${version}`)).results[0]!.predictions[0]!.label;

/** Asks until `isDone`; fails with the last answer after twenty seconds. */
async function until(isDone: (shown: Rollout) => boolean): Promise<Rollout> {
  const end = Date.now() + 20_000;
  for (;;) {
    const { body } = await rollout('GET');
    if (isDone(body)) return body;
    if (Date.now() > end) assert.fail(JSON.stringify(body, null, 2));
    await sleep(50);
  }
}

test('there is none until one is started, and then clients get the same version each time', async () => {
  assert.deepEqual([(await rollout('GET')).status, (await rollout('DELETE')).status], [404, 404]);
  assert.equal((await admin('POST', 'models/colours/activate', { version: 1 })).status, 200);
  const started = await rollout('PUT', { version: 3, percent: 40 });
  assert.deepEqual([started.status, started.body.state], [200, 'running'], JSON.stringify(started.body));
  const chosen = new Map<string, number>();
  for (let i = 0; i < 30; i++) chosen.set(`client ${i}`, await versionFor(i, { 'x-client-id': `client ${i}` }));
  const canaries = [...chosen.values()].filter((version) => version === 3).length;
  assert.ok(canaries > 2 && canaries < 25, `${canaries} of 30`);
  for (const [client, version] of chosen) assert.equal(await versionFor(1, { 'x-client-id': client }), version);
  // With more of them, those that had the canary keep it.
  await rollout('PUT', { version: 3, percent: 70 });
  for (const [client, version] of chosen)
    if (version === 3) assert.equal(await versionFor(1, { 'x-client-id': client }), 3);
  const byChance = await Promise.all(Array.from({ length: 40 }, (_, i) => versionFor(i)));
  assert.deepEqual(new Set(byChance), new Set([1, 3]));
});

test('requests are counted by the version that answered, and both are compared on every image', async () => {
  await rollout('DELETE');
  await rollout('PUT', { version: 3, percent: 50, shadows: [2, 4] });
  const answering = await Promise.all(images.map((_, i) => versionFor(i)));
  const canaries = answering.filter((version) => version === 3).length;
  const { body } = await rollout('GET');
  const [active, canary] = [ofVersion(body, 1), ofVersion(body, 3)];
  assert.deepEqual([active.role, canary.role], ['active', 'canary']);
  assert.deepEqual([active.requests, canary.requests], [30 - canaries, canaries]);
  assert.deepEqual([canary.compared, canary.agreed], [30, 0]);
  assert.deepEqual([ofVersion(body, 2).compared, ofVersion(body, 2).agreement], [30, 1]);
  assert.deepEqual([ofVersion(body, 4).images, ofVersion(body, 4).requests, ofVersion(body, 4).agreed], [30, 0, 20]);
  assert.ok(active.meanMs! > 0 && active.meanTopProbability! > 1 / 3);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, new RegExp(`taxon_rollout_requests_total{model="colours",version="3"} ${canaries}\n`));
  assert.match(metrics, /taxon_rollout_compared_images_total{model="colours",version="4"} 30\n/);
});

test('embeddings and requests that name a version are none of its business', async () => {
  await rollout('PUT', { version: 6, percent: 100 });
  assert.equal(await versionFor(0), 6);
  assert.equal((await classify(0, {}, '?version=1')).model.version, 1);
  const embedded = await post<Answered>(`${url}/v1/embed`, images[0]!, 'image/png');
  assert.equal(embedded.body.model.version, 1);
  const { body } = await rollout('GET');
  // On another backbone, nobody knows what the active version would have said.
  assert.deepEqual([ofVersion(body, 6).requests, ofVersion(body, 6).compared, ofVersion(body, 1).requests], [1, 0, 0]);
});

test('every route that classifies draws, and says so as its contract has it', async () => {
  await rollout('PUT', { version: 3, percent: 100 });
  const infer = { inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', data: [images[0]!.toString('base64')] }] };
  const v2 = await post(`${url}/v2/models/colours/infer`, JSON.stringify(infer), 'application/json');
  assert.equal(v2.body['model_version'], '3');
  const form = new FormData();
  form.append('img', new Blob([new Uint8Array(images[0]!)]), 'a.png');
  assert.equal((await fetch(`${url}/classify`, { method: 'POST', body: form })).status, 200);
  const path = 'customvision/v3.0/prediction/00000000-0000-0000-0000-000000000000/classify/iterations/colours/image';
  assert.equal((await post(`${url}/${path}`, images[0]!, 'application/octet-stream')).status, 200);
  const explained = await classify(0, {}, '?explain=heatmap');
  assert.equal(explained.model.version, 3);
  assert.equal(ofVersion((await rollout('GET')).body, 3).requests, 4);
});

test('a plan that cannot be carried out is refused, and nothing changes', async () => {
  const refusals: ReadonlyArray<readonly [object, number, string, RegExp]> = [
    [{ version: 1 }, 409, 'conflict', /version 1 of "colours" is active already/],
    [{ version: 9 }, 404, 'unknown_version', /no version 9/],
    [{ version: 3, shadows: [6] }, 409, 'conflict', /version 6 .* has another backbone or other preprocessing/],
    [{ version: 3, shadows: [1, 2, 4, 5, 8, 9] }, 400, 'invalid_request', /shadows/],
    [{ version: 3, keys: ['a2c6a8d0-9d8a-4c8e-8a55-3d9d2f0f6a11'] }, 404, 'unknown_key', /a2c6a8d0/],
    [{ version: 6, conditions: { after: 1, minAgreement: 0.5 } }, 409, 'conflict', /minAgreement/],
    [{ version: 3, conditions: { after: 1, maxUnknownShare: 0.5 } }, 409, 'conflict', /calls no image unknown/],
    [{ version: 3, percent: 101 }, 400, 'invalid_request', /percent/],
    [{ version: 3, conditions: {} }, 400, 'invalid_request', /after/],
    [{ version: 3, share: 10 }, 400, 'invalid_request', /share/],
  ];
  for (const [plan, status, code, reason] of refusals) {
    const { status: found, body } = await rollout('PUT', plan);
    assert.deepEqual([found, body.code], [status, code], JSON.stringify([plan, body]));
    assert.match(body.detail, reason);
  }
  const { body } = await rollout('GET');
  assert.deepEqual([body.percent, body.shadows], [100, []]);
  const refused = await admin('DELETE', 'models/colours/versions/3');
  assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
  assert.match(refused.body.detail, /is being rolled out/);
  assert.equal((await fetch(`${url}/v1/admin/models/colours/rollout`)).status, 401);
});

test('it fails when a condition does not hold: the active version answers, and the reason stands in its steps', async () => {
  await rollout('DELETE');
  await rollout('PUT', { version: 4, percent: 100, conditions: { after: 30, minAgreement: 1 } });
  const { body: waiting } = await rollout('GET');
  assert.equal(waiting.waitingFor, '0 of 30 requests');
  for (let i = 0; i < 30; i++) await versionFor(i);
  const failed = await until(({ state }) => state !== 'running');
  assert.equal(failed.state, 'failed');
  assert.match(failed.steps.at(-1)!.reason, /^30 requests; agreement 66.7 %, at least 100 % was asked for$/);
  assert.equal(await versionFor(0), 1);
});

test('it activates its version when all conditions hold; a rollback takes that back; webhooks are told', async (t) => {
  const receiver = await startReceiver(t, (response) => response.end());
  const events = ['rollout.started', 'rollout.changed', 'rollout.promoted', 'version.activated', 'version.rolled_back'];
  const { body: hook } = await admin<{ secret: string }>('POST', 'webhooks', { url: receiver.url, events });
  await rollout('PUT', { version: 2, percent: 100, conditions: { after: 10, minAgreement: 0.9, maxErrorRate: 0 } });
  await rollout('PUT', { version: 2, percent: 100, conditions: { after: 5, minAgreement: 0.9, maxErrorRate: 0 } });
  for (let i = 0; i < 5; i++) await versionFor(i);
  const promoted = await until(({ state }) => state !== 'running');
  assert.deepEqual(
    promoted.steps.map(({ kind }) => kind),
    ['started', 'changed', 'promoted'],
  );
  assert.match(promoted.steps.at(-1)!.reason, /^5 requests; error rate 0 %, at most 0 % .*; agreement 100 %/);
  assert.equal(await versionFor(0), 2);
  const rolledBack = await admin<{ activeVersion: number }>('POST', 'models/colours/rollback');
  assert.equal(rolledBack.body.activeVersion, 1);
  assert.equal(await versionFor(0), 1);
  await receiver.until(5);
  const told: Event[] = receiver.received.map((one) => verified(hook.secret, one));
  assert.deepEqual(told.map(({ type }) => type).sort(), [
    'rollout.changed',
    'rollout.promoted',
    'rollout.started',
    'version.activated',
    'version.rolled_back',
  ]);
  const activated = told.find(({ type }) => type === 'version.activated')!.data;
  assert.deepEqual([activated['version'], activated['reason']], [2, 'rollout']);
});

test('corrections that users send are asked of every version', async () => {
  await rollout('PUT', { version: 3, shadows: [2, 4] });
  const corrected = images.slice(0, 4);
  const right = new Map([1, 2, 3, 4].map((version) => [version, 0]));
  for (const [i, image] of corrected.entries()) {
    const form = new FormData();
    form.append('image', new Blob([new Uint8Array(image)]), 'a.png');
    form.append('label', labels[i % 3]!);
    assert.equal((await fetch(`${url}/v1/feedback`, { method: 'POST', body: form })).status, 201);
    for (const [version, count] of right)
      if ((await topOf(i, version)) === labels[i % 3]) right.set(version, count + 1);
  }
  const shown = await until((one) => one.versions.every(({ corrections }) => corrections === 4));
  assert.deepEqual(
    new Map(shown.versions.map(({ version, right: own }) => [version, own])),
    new Map([1, 3, 2, 4].map((v) => [v, right.get(v)])),
  );
});

test('it goes on after a restart with what it had shown, and ends when another version is activated', async () => {
  await rollout('PUT', { version: 3, percent: 100, shadows: [2, 4] });
  for (let i = 0; i < 3; i++) assert.equal(await versionFor(i), 3);
  await first.app.close();
  ({ url } = await startApp(environment));
  const before = await until(({ versions }) => versions.length === 4);
  assert.deepEqual([before.state, ofVersion(before, 3).requests, ofVersion(before, 3).compared], ['running', 3, 3]);
  for (let i = 0; i < 20 && (await versionFor(i)) !== 3; i++) await sleep(50);
  assert.equal((await admin('POST', 'models/colours/activate', { version: 5 })).status, 200);
  assert.equal(await versionFor(0), 5);
  const { body } = await rollout('GET');
  assert.deepEqual([body.state, body.steps.at(-1)!.reason], ['ended', 'version 5 was activated']);
  const { body: all } = await admin<{ rollouts: Rollout[] }>('GET', 'models/colours/rollouts');
  assert.ok(all.rollouts.length >= 6);
});
