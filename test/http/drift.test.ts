// A classifier says when it sees other images than those of its training: over HTTP, on a real server.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { startReceiver, verified } from '../support/webhookReceiver.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-drift-'));
after(() => rm(folder, { recursive: true, force: true }));
const colours: readonly ColourName[] = ['red', 'green', 'blue'];
await publishTinyModel(join(folder, 'models'), 'base', colours);
const environment = {
  MODELS_DIR: join(folder, 'models'),
  DATA_DIR: join(folder, 'data'),
  WEBHOOK_PRIVATE_NETWORKS: '127.0.0.0/8',
};
const first = await startApp(environment);
let { url } = first;
const key = { authorization: `Bearer ${adminKey}` };

interface Drift {
  readonly state: string;
  readonly since: string | null;
  readonly images: number;
  readonly leastImages: number;
  readonly embeddings: number | null;
  readonly classes: number | null;
  readonly mix: Array<{ readonly label: string; readonly expected: number; readonly seen: number }>;
  readonly code: string;
}
const ask = async <T>(method: string, path: string, body?: unknown): Promise<Answer<T>> =>
  call<T>(`${url}/v1/admin/${path}`, {
    method,
    headers: { ...key, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const drift = (name = 'colours'): Promise<Answer<Drift>> => ask<Drift>('GET', `models/${name}/drift`);

/** `count` images in each of the colours, no two the same as any of another `from`. */
const draw = (of: readonly ColourName[], count: number, from: number) =>
  Promise.all(
    of.flatMap((colour) =>
      Array.from(
        { length: count },
        async (_, i) => [`${colour}${i}.png`, await colourImage(colour, from + i)] as const,
      ),
    ),
  );
const perRequest = 16;
async function classify(images: ReadonlyArray<readonly [string, Buffer]>): Promise<void> {
  for (let at = 0; at < images.length; at += perRequest) {
    const body = formOf('image', images.slice(at, at + perRequest));
    const { status } = await call(`${url}/v1/classify?model=colours`, { method: 'POST', body });
    assert.equal(status, 200);
  }
}

await ask('PUT', 'datasets/colours');
for (const colour of colours) {
  const images = await draw([colour], 80, 0);
  for (let at = 0; at < images.length; at += perRequest) {
    const body = formOf('image', images.slice(at, at + perRequest));
    await call(`${url}/v1/admin/datasets/colours/images?label=${colour}`, { method: 'POST', headers: key, body });
  }
}
const { body: training } = await ask<{ id: string }>('POST', 'retrain', {
  dataset: 'colours',
  model: 'colours',
  backbone: 'base',
});
await (await fetch(`${url}/v1/admin/trainings/${training.id}/events`, { headers: key })).text();

test('nothing is said of a few images, nor of a version without a baseline', async () => {
  await classify(await draw(colours, 10, 1_000));
  const { status, body } = await drift();
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual([body.state, body.images, body.embeddings, body.classes], ['collecting', 30, null, null]);
  assert.ok(body.leastImages > 30);
  assert.deepEqual(
    body.mix.map(({ label }) => label),
    [...colours].sort(),
  );
  const { body: base } = await drift('base');
  assert.deepEqual([base.state, base.mix], ['unknown', []]);
  assert.deepEqual([(await drift('none')).status, (await drift('none')).body.code], [404, 'unknown_model']);
  assert.equal((await call(`${url}/v1/admin/models/colours/drift`)).status, 401);
});

test('images like those of the training are no drift', async () => {
  await classify(await draw(colours, 70, 2_000));
  const { body } = await drift();
  assert.deepEqual([body.state, body.images], ['steady', 240], JSON.stringify(body));
  assert.ok(body.embeddings! < 0.1 && (body.classes ?? 0) < 0.1, JSON.stringify(body));
  for (const { expected, seen } of body.mix) assert.ok(Math.abs(expected - seen) < 0.1);
});

test('others are, on a server that was started again meanwhile: webhooks are told once, and the metrics show it', async (t) => {
  await first.app.close();
  ({ url } = await startApp(environment));
  assert.equal((await drift()).body.images, 240);
  const receiver = await startReceiver(t, (response) => response.writeHead(204).end());
  const hook = { url: receiver.url, events: ['classifier.drifted'] };
  const { secret } = (await ask<{ secret: string }>('POST', 'webhooks', hook)).body;
  await classify(await draw(['yellow'], 240, 0));
  const { body } = await drift();
  assert.deepEqual([body.state, body.images], ['drifted', 480]);
  assert.ok(body.embeddings! > 0.1, JSON.stringify(body));
  assert.ok(body.since !== null);
  assert.equal((await drift()).body.state, 'drifted');
  await receiver.until(1);
  assert.equal(receiver.received.length, 1);
  const { type, data } = verified(secret, receiver.received[0]!);
  assert.deepEqual([type, data['model'], data['version'], data['images']], ['classifier.drifted', 'colours', 1, 480]);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /taxon_drifted{model="colours",version="1"} 1\n/);
  assert.match(metrics, /taxon_drift_images{model="colours",version="1"} 480\n/);
});
