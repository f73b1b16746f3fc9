import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

interface TrainingView {
  readonly id: string;
  readonly state: string;
  readonly version: number | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
}
interface ServerEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
await publishTinyModel(modelsDir, 'colours', colours);
const { url } = await startApp({ MODELS_DIR: modelsDir });
after(() => rm(modelsDir, { recursive: true, force: true }));

const key = { authorization: `Bearer ${adminKey}` };
const admin = <T = TrainingView>(method: string, path: string, body?: unknown): Promise<Answer<T>> =>
  call<T>(`${url}/v1/admin/${path}`, {
    method,
    headers: body === undefined ? key : { ...key, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function upload(dataset: string, count: number, options?: object): Promise<void> {
  await admin('PUT', `datasets/${dataset}`, options);
  for (const colour of colours) {
    const files = await Promise.all(
      Array.from({ length: count }, async (_, i) => [`${i}.png`, await colourImage(colour, i)] as const),
    );
    const { status } = await call(`${url}/v1/admin/datasets/${dataset}/images?label=${colour}`, {
      method: 'POST',
      headers: key,
      body: formOf('image', files),
    });
    assert.equal(status, 201);
  }
}

function parseEvent(block: string): ServerEvent {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
  return { id: Number(field('id')), event: field('event'), data: JSON.parse(field('data')) as ServerEvent['data'] };
}

/** Reads a stream of events to its end, or until `enough`. */
async function follow(id: string, lastEventId?: number, enough = Infinity): Promise<ServerEvent[]> {
  const leave = new AbortController();
  const headers = lastEventId === undefined ? key : { ...key, 'last-event-id': String(lastEventId) };
  const response = await fetch(`${url}/v1/admin/trainings/${id}/events`, { headers, signal: leave.signal });
  assert.match(response.headers.get('content-type')!, /^text\/event-stream/);
  const events: ServerEvent[] = [];
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    events.push(...blocks.filter((block) => !block.startsWith(':')).map(parseEvent));
    if (events.length >= enough) break;
  }
  leave.abort();
  return events;
}

const predict = async (colour: ColourName): Promise<{ label: string; version: number }> => {
  const { body } = await call<{ model: { version: number }; results: { predictions: { label: string }[] }[] }>(
    `${url}/v1/classify?model=colours`,
    {
      method: 'POST',
      body: formOf('image', [['new.png', await colourImage(colour, 999)]]),
    },
  );
  return { label: body.results[0]!.predictions[0]!.label, version: body.model.version };
};

test('images in, a better version out: retrain, follow, activate, classify, roll back', async () => {
  await upload('d', 12);
  const asked = await admin('POST', 'retrain', { dataset: 'd', model: 'colours', activate: 'manual' });
  assert.equal(asked.status, 202);
  assert.equal(asked.headers.get('location'), `/v1/admin/trainings/${asked.body.id}`);

  const events = await follow(asked.body.id);
  assert.deepEqual([events[0]!.event, events.at(-1)!.event], ['queued', 'succeeded'], JSON.stringify(events.at(-1)));
  assert.ok(events.every((event, i) => i === 0 || event.id > events[i - 1]!.id));
  assert.ok(events.some(({ event, data }) => event === 'epoch' && typeof data.validationAccuracy === 'number'));

  const { body: training } = await admin('GET', `trainings/${asked.body.id}`);
  assert.deepEqual([training.state, training.version, training.error], ['succeeded', 2, null]);
  assert.equal((await predict('red')).version, 1);
  assert.deepEqual((await admin<unknown>('POST', 'models/colours/activate', { version: 2 })).body, {
    name: 'colours',
    activeVersion: 2,
  });
  for (const colour of colours) assert.deepEqual(await predict(colour), { label: colour, version: 2 });
  const stored = await call<{
    active: boolean;
    metrics: { accuracy: number; confusion: number[][]; novelty: { references: number } };
  }>(`${url}/v1/models/colours/versions/2`);
  assert.ok(stored.body.active && stored.body.metrics.accuracy > 0.9 && stored.body.metrics.confusion.length === 3);
  assert.ok(stored.body.metrics.novelty.references >= 20);

  assert.deepEqual((await admin<unknown>('POST', 'models/colours/rollback')).body, {
    name: 'colours',
    activeVersion: 1,
  });
  assert.equal((await predict('red')).version, 1);
  assert.equal((await admin('POST', 'models/colours/rollback')).status, 409);
  assert.equal((await admin('DELETE', 'models/colours/versions/1')).status, 409);
  assert.equal(
    (await fetch(`${url}/v1/admin/models/colours/versions/2`, { method: 'DELETE', headers: key })).status,
    204,
  );
  assert.equal((await admin('POST', 'models/colours/activate', { version: 2 })).status, 404);
});

test('a dataset that cannot give a classifier is refused at once, with what to add', async () => {
  const refusal = async (): Promise<string> => {
    const { status, body } = await admin<Record<string, string>>('POST', 'retrain', {
      dataset: 'small',
      model: 'small',
    });
    assert.deepEqual([status, body['code']], [422, 'invalid_dataset']);
    return body['detail']!;
  };
  const add = async (label: string, seed: number, split: string): Promise<void> => {
    const file = await colourImage(label as ColourName, seed);
    const path = `${url}/v1/admin/datasets/small/images?label=${label}&split=${split}`;
    const { status } = await call(path, {
      method: 'POST',
      headers: key,
      body: formOf('image', [[`${seed}.png`, file]]),
    });
    assert.equal(status, 201);
  };
  await admin('PUT', 'datasets/small');
  assert.match(await refusal(), /no usable image. Upload/);
  await add('red', 1, 'train');
  await add('red', 2, 'train');
  assert.match(await refusal(), /one class, "red". Add/);
  await add('blue', 1, 'test');
  assert.match(await refusal(), /at least two usable images.*Only one: "blue"/);
  await add('blue', 2, 'test');
  assert.match(await refusal(), /No image of "blue" is outside the test split/);
  await add('blue', 3, 'train');
  const { status } = await admin('POST', 'retrain', { dataset: 'small', model: 'small' });
  assert.equal(status, 202);
  const { body } = await admin<{ trainings: TrainingView[] }>('GET', 'trainings?model=small');
  assert.equal(body.trainings.length, 1);
});

test('a dataset whose classes were all drawn to test is accepted: the training settles their splits', async () => {
  await upload('drawn', 8, { validationShare: 0, testShare: 0.45 });
  const listed = await admin<{ images: { id: number; split: string }[] }>('GET', 'datasets/drawn/images?limit=100');
  for (const { id, split } of listed.body.images)
    if (split !== 'test')
      await fetch(`${url}/v1/admin/datasets/drawn/images/${id}`, { method: 'DELETE', headers: key });
  const left = await admin<{ classes: { label: string; train: number; test: number }[] }>('GET', 'datasets/drawn');
  assert.ok(left.body.classes.length > 1 && left.body.classes.every(({ train, test }) => train === 0 && test > 1));
  const { status, body } = await admin('POST', 'retrain', { dataset: 'drawn', model: 'drawn' });
  assert.equal(status, 202, JSON.stringify(body));
  assert.equal((await follow(body.id)).at(-1)!.event, 'succeeded');
});

test('a client that comes back with Last-Event-ID gets the rest and nothing twice', async () => {
  await upload('resume', 6);
  const { body } = await admin('POST', 'retrain', { dataset: 'resume', model: 'resumed' });
  const first = await follow(body.id, undefined, 3);
  const rest = await follow(body.id, first.at(-1)!.id);
  const all = await follow(body.id, 0);
  assert.deepEqual(
    [...first, ...rest].map(({ id }) => id),
    all.map(({ id }) => id),
  );
  assert.equal(rest.at(-1)!.event, 'succeeded');
  const over = await fetch(`${url}/v1/admin/trainings/${body.id}/events`, {
    headers: { ...key, 'last-event-id': String(all.at(-1)!.id) },
  });
  assert.equal(over.status, 204);
});

test('a second training of the same classifier waits for the first, and can be cancelled meanwhile', async () => {
  await upload('queue', 6);
  const ask = {
    dataset: 'queue',
    model: 'queued',
    hyperparameters: { epochs: 1000, patience: 1000, hiddenLayers: [512], l2: [0.01] },
  };
  const first = (await admin('POST', 'retrain', ask)).body;
  const second = (await admin('POST', 'retrain', { ...ask, hyperparameters: {} })).body;
  const { body: listed } = await admin<{ trainings: TrainingView[] }>('GET', 'trainings?model=queued');
  assert.deepEqual(
    listed.trainings.map(({ id }) => id),
    [second.id, first.id],
  );
  assert.equal(listed.trainings[0]!.state, 'queued');
  assert.equal((await admin('DELETE', `trainings/${first.id}`)).status, 202);
  assert.equal((await follow(first.id)).at(-1)!.event, 'cancelled');
  assert.equal((await follow(second.id)).at(-1)!.event, 'succeeded');
  assert.equal((await admin('DELETE', `trainings/${second.id}`)).status, 409);
});

test('what cannot be is refused with its code', async () => {
  const codeOf = async (method: string, path: string, body?: unknown): Promise<unknown> =>
    (await admin<{ code?: unknown }>(method, path, body)).body.code;
  assert.equal(await codeOf('POST', 'retrain', { dataset: 'nowhere', model: 'm' }), 'unknown_dataset');
  assert.equal(await codeOf('POST', 'retrain', { dataset: 'd', model: 'm', backbone: 'nothing' }), 'unknown_model');
  assert.equal(
    await codeOf('POST', 'retrain', { dataset: 'd', model: 'm', hyperparameters: { hiddenLayers: [5] } }),
    'invalid_request',
  );
  assert.equal(await codeOf('POST', 'retrain', { dataset: 'd', model: 'm', typo: 1 }), 'invalid_request');
  assert.equal(await codeOf('GET', `trainings/${crypto.randomUUID()}`), 'unknown_training');
  assert.equal(await codeOf('GET', 'trainings/7'), 'invalid_request');
  assert.equal(await codeOf('POST', 'models/nothing/activate', { version: 1 }), 'unknown_model');
  assert.equal(await codeOf('POST', 'models/colours/activate', { version: 77 }), 'unknown_version');
  for (const path of ['retrain', 'models/colours/activate', 'models/colours/rollback'])
    assert.equal((await fetch(`${url}/v1/admin/${path}`, { method: 'POST' })).status, 401);
  assert.equal((await fetch(`${url}/v1/admin/trainings`)).status, 401);
});
