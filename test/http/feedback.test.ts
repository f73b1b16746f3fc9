import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededImage } from '../support/seededImages.js';
import { adminKey, call, formOf, post, startApp } from './runningApp.js';

interface Feedback {
  readonly id: number;
  readonly classifier: string;
  readonly label: string;
  readonly state: string;
  readonly code: string;
}

const { url } = await startApp({ MAX_FEEDBACK: '5' });
const key = { 'x-api-key': adminKey };
const submit = async (query: string, seed: number) =>
  call<Feedback>(`${url}/v1/feedback?${query}`, {
    method: 'POST',
    body: new Uint8Array(await seededImage(seed)),
    headers: { 'content-type': 'image/jpeg' },
  });
const decide = (id: number, verdict: string, body?: object) =>
  call<Feedback>(`${url}/v1/admin/feedback/${id}/${verdict}`, {
    method: 'POST',
    headers: body ? { ...key, 'content-type': 'application/json' } : key,
    ...(body && { body: JSON.stringify(body) }),
  });
const listed = async (state: string): Promise<number[]> =>
  (await call<{ feedback: Feedback[] }>(`${url}/v1/admin/feedback?state=${state}`, { headers: key })).body.feedback.map(
    ({ id }) => id,
  );

test('a correction waits for review, and enters a dataset when it is accepted', async () => {
  await call(`${url}/v1/admin/datasets/d`, { method: 'PUT', headers: key });
  const { status, body } = await submit('label=scarf', 1);
  assert.deepEqual([status, body.classifier, body.label, body.state], [201, 'clothing', 'scarf', 'new']);
  const other = (await submit('label=hat&model=clothing&version=1', 2)).body;
  assert.deepEqual(await listed('new'), [body.id, other.id]);
  assert.equal((await decide(body.id, 'accept', { dataset: 'd' })).body.state, 'accepted');
  assert.equal((await decide(other.id, 'reject')).body.state, 'rejected');
  assert.deepEqual(
    [await listed('new'), await listed('accepted'), await listed('rejected')],
    [[], [body.id], [other.id]],
  );
  const dataset = await call<{ classes: { label: string }[] }>(`${url}/v1/admin/datasets/d`, { headers: key });
  assert.deepEqual(
    dataset.body.classes.map(({ label }) => label),
    ['scarf'],
  );
});

test('a correction without an image, a label or a known classifier is refused', async () => {
  assert.equal((await submit('', 3)).body.code, 'invalid_request');
  assert.equal((await submit('label=hat&model=nobody', 3)).body.code, 'unknown_model');
  assert.equal(
    (
      await call(`${url}/v1/feedback?label=hat`, {
        method: 'POST',
        body: 'text',
        headers: { 'content-type': 'image/jpeg' },
      })
    ).body.code,
    'unsupported_image',
  );
  assert.equal((await decide(999, 'reject')).body.code, 'not_found');
  assert.equal((await call(`${url}/v1/admin/feedback`)).body.code, 'unauthorized');
});

test('the label goes beside the image, in a form or in JSON, and is preferred to the one in the address', async () => {
  const form = formOf('image', [['photo.jpg', await seededImage(4)]]);
  form.append('label', ' wool hat ');
  const sent = await post<Feedback>(`${url}/v1/feedback?label=scarf`, form);
  assert.deepEqual([sent.status, sent.body.label], [201, 'wool hat']);
  const json = { image: (await seededImage(5)).toString('base64'), label: 'glove' };
  const asJson = await post<Feedback>(`${url}/v1/feedback`, JSON.stringify(json), 'application/json');
  assert.deepEqual([asJson.status, asJson.body.label], [201, 'glove']);
  const wrong = { ...json, label: 'a/b' };
  const refused = await post<Feedback>(`${url}/v1/feedback`, JSON.stringify(wrong), 'application/json');
  assert.equal(refused.body.code, 'invalid_request');
  for (const { id } of [sent.body, asJson.body]) await decide(id, 'reject');
});

test('a reviewer sees the image and a preview of it, until it is rejected; nobody else does', async () => {
  const { id } = (await submit('label=scarf', 6)).body;
  const address = `${url}/v1/admin/feedback/${id}`;
  const image = await fetch(`${address}/image`, { headers: key });
  assert.deepEqual([image.status, image.headers.get('content-type')], [200, 'image/jpeg']);
  assert.deepEqual(Buffer.from(await image.arrayBuffer()), await seededImage(6));
  const preview = await fetch(`${address}/thumbnail`, { headers: key });
  assert.deepEqual([preview.status, preview.headers.get('content-type')], [200, 'image/webp']);
  assert.ok((await preview.arrayBuffer()).byteLength > 100);
  assert.equal((await call(`${address}/image`)).body.code, 'unauthorized');
  await decide(id, 'reject');
  for (const path of ['image', 'thumbnail'])
    assert.equal((await call(`${address}/${path}`, { headers: key })).body.code, 'not_found');
});

test('corrections past MAX_FEEDBACK are refused with 429 feedback_full until some are reviewed', async () => {
  const ids: number[] = [];
  for (let seed = 10; seed < 15; seed++) ids.push((await submit('label=scarf', seed)).body.id);
  const refused = await submit('label=scarf', 15);
  assert.deepEqual([refused.status, refused.body.code], [429, 'feedback_full']);
  await decide(ids[0]!, 'reject');
  assert.equal((await submit('label=scarf', 15)).status, 201);
});

test('one address may send so many corrections a minute; the others are refused before they are read', async () => {
  const limited = await startApp({ FEEDBACK_RATE_LIMIT: '2', TRUST_PROXY: 'loopback' });
  const send = async (seed: number, address: string) =>
    call<Feedback>(`${limited.url}/v1/feedback?label=hat`, {
      method: 'POST',
      body: new Uint8Array(await seededImage(seed)),
      headers: { 'content-type': 'image/jpeg', 'x-forwarded-for': address },
    });
  const answers = [];
  for (let seed = 20; seed < 24; seed++) answers.push(await send(seed, '192.0.2.1'));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201, 429, 429],
  );
  assert.equal(answers[3]!.body.code, 'rate_limited');
  assert.ok(Number(answers[3]!.headers.get('retry-after')) > 0);
  assert.equal((await send(24, '192.0.2.2')).status, 201, 'another address');
  const { status } = await post(`${limited.url}/v1/classify`, new Uint8Array(await seededImage(25)), 'image/jpeg');
  assert.equal(status, 200, 'classifications are not limited');
  const waiting = await call<{ feedback: Feedback[] }>(`${limited.url}/v1/admin/feedback`, { headers: key });
  assert.equal(waiting.body.feedback.length, 3);
});

test('by default an address has thirty corrections a minute', async () => {
  const { headers } = await submit('label=hat', 30);
  assert.equal(headers.get('ratelimit-limit'), '30');
});

test('what is most worth a look comes first when it is asked for, with what the classifier says of it', async () => {
  const waiting = await listed('new');
  for (const id of waiting) await decide(id, 'reject');
  const ids: number[] = [];
  for (const seed of [21, 22, 23]) ids.push((await submit('label=hat', seed)).body.id);
  const ordered = async (limit: number) =>
    (
      await call<{ feedback: (Feedback & { prediction: { label: string; probability: number } })[] }>(
        `${url}/v1/admin/feedback?order=informative&limit=${limit}`,
        { headers: key },
      )
    ).body.feedback;
  const all = await ordered(10);
  assert.deepEqual(all.map(({ id }) => id).sort(), ids.sort());
  const least = Math.min(...all.map(({ prediction }) => prediction.probability));
  assert.equal(all[0]!.prediction.probability, least);
  const two = await ordered(2);
  assert.deepEqual(two, all.slice(0, 2));
});
