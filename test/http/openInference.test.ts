import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawJpeg } from '../support/drawnImages.js';
import { call, post, startApp } from './runningApp.js';

interface Inferred {
  readonly id: string;
  readonly model_name: string;
  readonly outputs: Array<{
    readonly name: string;
    readonly datatype: string;
    readonly shape: number[];
    readonly data: Array<number | string>;
  }>;
}

const { url } = await startApp();
const images = [await drawJpeg(10), await drawJpeg(130)];
const infer = (body: object): ReturnType<typeof post<Inferred>> =>
  post<Inferred>(`${url}/v2/models/clothing/infer`, JSON.stringify(body), 'application/json');
const input = { name: 'image', datatype: 'BYTES', shape: [2], data: images.map((image) => image.toString('base64')) };

test('server and model say that they are live and ready', async () => {
  assert.deepEqual((await call(`${url}/v2/health/live`)).body, { live: true });
  assert.deepEqual((await call(`${url}/v2/health/ready`)).body, { ready: true });
  assert.deepEqual((await call(`${url}/v2/models/clothing/versions/1/ready`)).body, { name: 'clothing', ready: true });
});

test('model metadata names the tensors and the labels', async () => {
  const { body } = await call<{ inputs: unknown[]; labels: string[]; versions: string[] }>(`${url}/v2/models/clothing`);
  assert.deepEqual(body.inputs, [{ name: 'image', datatype: 'BYTES', shape: [-1] }]);
  assert.deepEqual(body.versions, ['1']);
  assert.equal(body.labels.length, 10);
});

test('inference gives the same probabilities as /v1/classify', async () => {
  const { status, body } = await infer({ id: 'abc', inputs: [input] });
  assert.equal(status, 200);
  assert.deepEqual([body.id, body.model_name], ['abc', 'clothing']);
  const [probabilities, label] = body.outputs;
  assert.deepEqual(probabilities!.shape, [2, 10]);
  const { body: v1 } = await post<{ results: Array<{ predictions: Array<{ label: string; probability: number }> }> }>(
    `${url}/v1/classify`,
    images[1]!,
    'image/jpeg',
  );
  const best = v1.results[0]!.predictions[0]!;
  assert.equal(label!.data[1], best.label);
  assert.ok(Math.abs(Math.max(...(probabilities!.data.slice(10) as number[])) - best.probability) < 1e-5);
});

test('only the outputs asked for are sent', async () => {
  const { body } = await infer({ inputs: [input], outputs: [{ name: 'label' }] });
  assert.deepEqual(
    body.outputs.map(({ name }) => name),
    ['label'],
  );
});

test("an error carries the protocol's member beside the problem", async () => {
  const wrongShape = await infer({ inputs: [{ ...input, shape: [3] }] });
  assert.equal(wrongShape.status, 400);
  assert.match((wrongShape.body as unknown as { error: string }).error, /shape \[3\]/);
  const unknown = await post<{ error: string; code: string }>(
    `${url}/v2/models/none/infer`,
    JSON.stringify({ inputs: [input] }),
    'application/json',
  );
  assert.deepEqual([unknown.status, unknown.body.code], [404, 'unknown_model']);
});
