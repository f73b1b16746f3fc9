import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request as open, type ClientRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { zipOf } from '../support/zips.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

interface Body {
  readonly id: string;
  readonly code: string;
  readonly totals: { readonly added: number; readonly duplicates: number; readonly failed: number };
  readonly trainings: readonly unknown[];
  readonly feedback: readonly unknown[];
  readonly images: number;
  readonly key: string;
}

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
await publishTinyModel(modelsDir, 'colours', colours);
// Trainings stay in the queue: what matters is how many there are.
const { url, dataDir } = await startApp({ MODELS_DIR: modelsDir, TRAINERS: '0' });
after(() => rm(modelsDir, { recursive: true, force: true }));

type Sent = NonNullable<RequestInit['body']>;

/** A request with the Idempotency-Key `key`, if there is one. */
const send = (
  method: string,
  path: string,
  body?: Sent | object,
  key?: string,
  apiKey = adminKey,
): Promise<Answer<Body>> => {
  const isJson = body !== undefined && Object.getPrototypeOf(body) === Object.prototype;
  return call<Body>(`${url}/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      ...(isJson && { 'content-type': 'application/json' }),
      ...(body instanceof Uint8Array && { 'content-type': 'image/png' }),
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as Sent) }),
  });
};

const isReplay = ({ headers }: Answer<unknown>): boolean => headers.get('idempotent-replayed') === 'true';

async function newDataset(count: number): Promise<string> {
  const name = `d-${randomUUID().slice(0, 8)}`;
  await send('PUT', `admin/datasets/${name}`);
  for (const colour of count > 0 ? colours : []) {
    const files = Array.from({ length: count }, async (_, i) => [`${i}.png`, await colourImage(colour, i)] as const);
    await send('POST', `admin/datasets/${name}/images?label=${colour}`, formOf('image', await Promise.all(files)));
  }
  return name;
}

/** The second answer is the first one, repeated. */
function assertRepeated(first: Answer<Body>, second: Answer<Body>): void {
  assert.ok(!isReplay(first));
  assert.ok(isReplay(second), `not repeated: ${second.status} ${JSON.stringify(second.body)}`);
  assert.deepEqual([second.status, second.body], [first.status, first.body]);
  for (const header of ['content-type', 'location'])
    assert.equal(second.headers.get(header), first.headers.get(header), header);
  assert.notEqual(second.headers.get('x-request-id'), first.headers.get('x-request-id'));
}

function assertReused({ status, body }: Answer<Body>): void {
  assert.deepEqual([status, body.code], [422, 'idempotency_key_reused']);
}

test('a training that is asked for again is the same training', async () => {
  const dataset = await newDataset(4);
  const key = randomUUID();
  const body = { dataset, model: 'mine' };
  const first = await send('POST', 'admin/retrain', body, key);
  assert.equal(first.status, 202);
  assertRepeated(first, await send('POST', 'admin/retrain', body, key));
  assertRepeated(first, await send('POST', 'admin/retrain', { model: 'mine', dataset }, `"${key}"`));
  assertReused(await send('POST', 'admin/retrain', { ...body, preset: 'keras' }, key));
  assert.equal((await send('GET', 'admin/trainings?model=mine')).body.trainings.length, 1);

  const other = await send('POST', 'admin/keys', { name: 'other', scopes: ['train'] });
  const ofOther = await send('POST', 'admin/retrain', body, key, other.body.key);
  assert.notEqual(ofOther.body.id, first.body.id, 'the keys of another caller are its own');
  assert.notEqual((await send('POST', 'admin/retrain', body)).body.id, first.body.id, 'no key, no memory');
});

test('trainings that are asked for at the same time with one key are one', async () => {
  const dataset = await newDataset(4);
  const key = randomUUID();
  const ask = () => send('POST', 'admin/retrain', { dataset, model: 'once' }, key);
  const answers = await Promise.all(Array.from({ length: 6 }, ask));
  for (const { status, body, headers } of answers)
    if (status !== 202) {
      assert.deepEqual([status, body.code], [409, 'request_in_progress']);
      assert.equal(headers.get('retry-after'), '1');
    }
  assert.equal((await ask()).status, 202);
  assert.equal((await send('GET', 'admin/trainings?model=once')).body.trainings.length, 1);
});

test('a refusal is not remembered: the same request may succeed later', async () => {
  const key = randomUUID();
  const body = { dataset: 'later', model: 'mine' };
  assert.equal((await send('POST', 'admin/retrain', body, key)).body.code, 'unknown_dataset');
  const dataset = await newDataset(4);
  assert.equal((await send('POST', 'admin/retrain', { ...body, dataset }, key)).status, 202);
});

test('a key that is none is refused', async () => {
  for (const key of ['two words', 'x'.repeat(256), 'é']) {
    const { status, body } = await send('POST', 'admin/retrain', { dataset: 'd', model: 'm' }, key);
    assert.deepEqual([status, body.code], [400, 'invalid_request']);
  }
});

test('a correction that is sent again, as a form, a file or JSON, is one correction', async () => {
  const image = new Uint8Array(await colourImage('red', 1));
  const form = (label: string, bytes = image) => {
    const fields = formOf('image', [['a.png', bytes]]);
    fields.append('label', label);
    return fields;
  };
  const base64 = Buffer.from(image).toString('base64');
  const before = (await send('GET', 'admin/feedback')).body.feedback.length;
  const ways: ReadonlyArray<readonly [string, () => Sent | object, string, () => Sent | object]> = [
    ['feedback', () => form('red'), 'feedback', () => form('blue')],
    ['feedback', () => form('red'), 'feedback', () => form('red', new Uint8Array([...image, 0]))],
    ['feedback?label=red', () => image, 'feedback?label=blue', () => image],
    ['feedback?label=red', () => image, 'feedback?label=red', () => image.slice(0, -1)],
    ['feedback', () => ({ image: base64, label: 'red' }), 'feedback', () => ({ image: base64, label: 'blue' })],
  ];
  for (const [path, body, otherPath, otherBody] of ways) {
    const key = randomUUID();
    const first = await send('POST', path, body(), key);
    assert.equal(first.status, 201);
    assertRepeated(first, await send('POST', path, body(), key));
    assertReused(await send('POST', otherPath, otherBody(), key));
  }
  assert.equal((await send('GET', 'admin/feedback')).body.feedback.length, before + ways.length);
});

test('an upload that is sent again is answered as the first time; another one under its key adds nothing', async () => {
  const name = await newDataset(0);
  const path = `admin/datasets/${name}/images?label=red`;
  const files = async (...seeds: number[]) =>
    formOf(
      'image',
      await Promise.all(seeds.map(async (seed) => [`${seed}.png`, await colourImage('red', seed)] as const)),
    );
  const key = randomUUID();
  const first = await send('POST', path, await files(1, 2, 3), key);
  assert.deepEqual([first.status, first.body.totals.added], [201, 3]);
  assertRepeated(first, await send('POST', path, await files(1, 2, 3), key));
  for (const other of [await files(1, 2), await files(1, 2, 4), await files(3, 2, 1), await files(1, 2, 3, 5)])
    assertReused(await send('POST', path, other, key));
  assertReused(await send('POST', path.replace('red', 'blue'), await files(1, 2, 3), key));
  assert.equal((await send('GET', `admin/datasets/${name}`)).body.images, 3);
});

test('an archive that is sent again is answered as the first time; another one under its key adds nothing', async () => {
  const name = await newDataset(0);
  const zip = async (...seeds: number[]) =>
    zipOf(
      Object.fromEntries(
        await Promise.all(seeds.map(async (n) => [`red/${n}.png`, await colourImage('red', n)] as const)),
      ),
    );
  const [one, other] = [await zip(1, 2), await zip(3)];
  const key = randomUUID();
  const first = await send('POST', `admin/datasets/${name}/archive`, one, key);
  assert.deepEqual([first.status, first.body.totals.added], [201, 2]);
  assertRepeated(first, await send('POST', `admin/datasets/${name}/archive`, one, key));
  assertReused(await send('POST', `admin/datasets/${name}/archive`, other, key));
  assert.equal((await send('GET', `admin/datasets/${name}`)).body.images, 2);
});

/** Begins to send an archive, of which `start` comes first; resolves when it is being carried out. */
async function beginUpload(name: string, key: string, start: Buffer): Promise<ClientRequest> {
  const headers = { authorization: `Bearer ${adminKey}`, 'idempotency-key': key, 'content-type': 'application/zip' };
  const upload = open(`${url}/v1/admin/datasets/${name}/archive`, { method: 'POST', headers });
  upload.on('error', () => undefined).write(start);
  while ((await readdir(join(dataDir, 'uploads'))).length === 0) await delay(5);
  return upload;
}

/** Sends it while another one with the key is running; gives the first answer that is not 409. */
async function sendOnceFree(path: string, body: Sent, key: string): Promise<Answer<Body>> {
  for (;;) {
    const answer = await send('POST', path, body, key);
    if (answer.status !== 409) return answer;
    await delay(20);
  }
}

test('while a request is being carried out, another one with its key is told to wait', async () => {
  const name = await newDataset(0);
  const zip = await zipOf({ 'red/1.png': await colourImage('red', 1) });
  const key = randomUUID();
  const upload = await beginUpload(name, key, zip.subarray(0, 100));
  const { status, body } = await send('POST', `admin/datasets/${name}/archive`, zip, key);
  assert.deepEqual([status, body.code], [409, 'request_in_progress']);
  upload.end(zip.subarray(100));
  const [response] = (await once(upload, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 201);
  const first = await text(response);
  const second = await send('POST', `admin/datasets/${name}/archive`, zip, key);
  assert.ok(isReplay(second));
  assert.equal(JSON.stringify(second.body), first);
});

test('an upload that broke off is carried out when it is sent again', async () => {
  const name = await newDataset(0);
  const zip = await zipOf({ 'red/1.png': await colourImage('red', 1) });
  const key = randomUUID();
  const upload = await beginUpload(name, key, zip.subarray(0, 100));
  upload.destroy();
  const answer = await sendOnceFree(`admin/datasets/${name}/archive`, zip, key);
  assert.deepEqual([answer.status, isReplay(answer), answer.body.totals.added], [201, false, 1]);
});
