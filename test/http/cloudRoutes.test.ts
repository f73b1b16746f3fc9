import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawJpeg } from '../support/drawnImages.js';
import { call, post, startApp } from './runningApp.js';

interface Classified {
  readonly results: ReadonlyArray<{
    readonly predictions: ReadonlyArray<{ readonly label: string; readonly probability: number }>;
  }>;
}
interface Predicted {
  readonly predictions: ReadonlyArray<{ readonly displayNames: string[]; readonly confidences: number[] }>;
  readonly code?: string;
}

const image = await drawJpeg(60);

test("SageMaker's container contract: /ping without a body, /invocations as /v1/classify", async () => {
  const { url } = await startApp({ CLOUD_ROUTES: 'sagemaker' });
  const ping = await fetch(`${url}/ping`);
  assert.deepEqual([ping.status, await ping.text()], [200, '']);
  const { body: same } = await post<Classified>(`${url}/v1/classify`, image, 'image/jpeg');
  for (const type of ['application/x-image', 'image/jpeg', 'application/octet-stream']) {
    const { status, body } = await post<Classified>(`${url}/invocations`, image, type);
    assert.deepEqual([status, body.results], [200, same.results], type);
  }
});

test('Vertex AI calls the routes that it names: instances in, predictions out', async () => {
  const predict = '/v1/endpoints/1/deployedModels/2:predict';
  const { url } = await startApp({
    CLOUD_ROUTES: 'vertex',
    AIP_PREDICT_ROUTE: predict,
    AIP_HEALTH_ROUTE: '/v1/endpoints/1/deployedModels/2',
  });
  assert.equal((await fetch(`${url}/v1/endpoints/1/deployedModels/2`)).status, 200);
  const send = (body: object): ReturnType<typeof post<Predicted>> =>
    post<Predicted>(url + predict, JSON.stringify(body), 'application/json');
  const other = await drawJpeg(200);
  const instances = [image, other].map((bytes) => ({ b64: bytes.toString('base64') }));
  const { status, body } = await send({ instances, parameters: { maxPredictions: 3, confidenceThreshold: 0 } });
  assert.equal(status, 200);
  for (const [index, bytes] of [image, other].entries()) {
    const { body: v1 } = await post<Classified>(`${url}/v1/classify?topK=3`, bytes, 'image/jpeg');
    const { displayNames, confidences } = body.predictions[index]!;
    assert.deepEqual(
      displayNames,
      v1.results[0]!.predictions.map(({ label }) => label),
    );
    confidences.forEach((confidence, place) =>
      assert.ok(Math.abs(confidence - v1.results[0]!.predictions[place]!.probability) < 1e-5),
    );
  }
  assert.equal((await send({ instances })).body.predictions[0]!.displayNames.length, 10);
  const bad = await send({ instances: [{ b64: Buffer.from('text').toString('base64') }] });
  assert.deepEqual([bad.status, bad.body.code], [415, 'unsupported_image']);
  assert.equal((await send({ instances: [] })).status, 400);
  assert.equal(
    (await send({ instances: Array.from({ length: 33 }, () => instances[0]) })).body.code,
    'too_many_images',
  );
});

test("Vertex AI's routes may be Taxon's own, and keys are asked for as elsewhere", async () => {
  const { url } = await startApp({ CLOUD_ROUTES: 'vertex', AUTH: 'required' });
  assert.equal((await call<{ status: string }>(`${url}/health/ready`)).body.status, 'ready');
  const { body } = await post<Predicted>(`${url}/predict`, JSON.stringify({ instances: [] }), 'application/json');
  assert.equal(body.code, 'unauthorized');
});

test('none of these routes is there by default', async () => {
  const { url } = await startApp();
  for (const path of ['/ping', '/invocations', '/predict']) assert.equal((await fetch(url + path)).status, 404, path);
});
