import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededImage } from '../support/seededImages.js';
import { adminKey, call, startApp } from './runningApp.js';

interface Feedback {
  readonly id: number;
  readonly classifier: string;
  readonly label: string;
  readonly state: string;
  readonly code: string;
}

const { url } = await startApp();
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
