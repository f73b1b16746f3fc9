// A server whose backbones run elsewhere: what its clients and its probes see while the endpoints are there and while they are not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { call, formOf, post, startApp } from '../http/runningApp.js';
import { freshFolder } from '../support/folder.js';
import { startInferenceServer } from '../support/inferenceServer.js';
import { colourImage, publishTinyModel } from '../support/tinyModel.js';

async function statusIs(url: string, status: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if ((await fetch(url)).status === status) return;
    await setTimeout(50);
  }
  assert.fail(`${url} was not answered ${status} in 30 s`);
}

test('images are classified by an endpoint; without one there is 503 with Retry-After, and no readiness until it is back', async (t) => {
  const folder = await freshFolder(t);
  const { directory, manifest } = await publishTinyModel(folder, 'colours', ['x', 'y']);
  const { backbone, preprocessing } = manifest;
  const artifact = { id: backbone.id, directory, embeddingSize: backbone.embeddingSize, preprocessing };
  const mapped = { ...artifact, output: 'featureMap' } as const;
  const endpoint = await startInferenceServer('http', [artifact, mapped], join(folder, 'cache'));
  t.after(() => endpoint.close());
  const local = await startApp({ MODELS_DIR: folder });
  const remote = await startApp({ MODELS_DIR: folder, ENGINE: 'remote', REMOTE_ENDPOINTS: endpoint.url });
  const image = await colourImage('red', 1);
  const classify = ({ url }: { readonly url: string }, query = '') =>
    post<{ results: { predictions: { label: string; probability: number }[] }[] }>(
      `${url}/v1/classify${query}`,
      formOf('image', [['a.png', image]]),
    );

  const here = await classify(local);
  const there = await classify(remote);
  assert.equal(there.status, 200);
  for (const [i, { label, probability }] of there.body.results[0]!.predictions.entries()) {
    const same = here.body.results[0]!.predictions[i]!;
    assert.equal(label, same.label);
    assert.ok(Math.abs(probability - same.probability) < 1e-5);
  }
  assert.equal((await classify(remote, '?explain=heatmap')).status, 200);
  const { body } = await call<{ engine: { engine: string; deviceName: string } }>(`${remote.url}/health/ready`);
  assert.deepEqual([body.engine.engine, body.engine.deviceName], ['remote', '1 endpoint (tests 1.0)']);

  await endpoint.stop();
  const without = await classify(remote);
  assert.deepEqual([without.status, without.headers.get('retry-after')], [503, '1']);
  assert.equal((without.body as unknown as { code: string }).code, 'engine_unavailable');
  assert.doesNotMatch(JSON.stringify(without.body), /127\.0\.0\.1/);
  await statusIs(`${remote.url}/health/ready`, 503);

  await endpoint.start();
  await statusIs(`${remote.url}/health/ready`, 200);
  assert.equal((await classify(remote)).status, 200);
});
