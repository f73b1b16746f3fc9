import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutOpenvino } from '../engines/addon.js';
import { drawJpeg } from '../support/drawnImages.js';
import { call, post, startApp } from './runningApp.js';

/** What ENGINE=auto chooses here. */
const [engine, library] = withoutOpenvino ? (['onnx', 'onnxruntime'] as const) : (['openvino', 'openvino'] as const);
const { url } = await startApp({ CORS_ORIGINS: 'https://app.example' });

test('live and ready answer, ready with the engine', async () => {
  assert.deepEqual((await call(`${url}/health/live`)).body, { status: 'live' });
  const { status, body } = await call<{ engine: { engine: string; libraries: Record<string, string> } }>(
    `${url}/health/ready`,
  );
  assert.equal(status, 200);

  assert.equal(body.engine.engine, engine);
  assert.match(body.engine.libraries[library]!, /^\d+\.\d+/);
});

test("the names that Kubernetes' own servers have for their probes answer alike", async () => {
  for (const path of ['/livez', '/healthz'])
    assert.deepEqual((await call(url + path)).body, (await call(`${url}/health/live`)).body, path);
  assert.deepEqual((await call(`${url}/readyz`)).body, (await call(`${url}/health/ready`)).body);
  for (const method of ['HEAD', 'OPTIONS']) {
    const answer = await fetch(`${url}/readyz`, { method });
    assert.deepEqual([answer.status, await answer.text()], [method === 'HEAD' ? 200 : 204, '']);
  }
});

test('the models show labels, metrics, provenance, engine and device', async () => {
  const { body } = await call<{ models: Array<{ name: string; activeVersion: number; engine: { device: string } }> }>(
    `${url}/v1/models`,
  );
  assert.deepEqual(
    body.models.map(({ name, activeVersion, engine }) => [name, activeVersion, engine.device]),
    [['clothing', 1, 'cpu']],
  );
  const { body: version } = await call<{ active: boolean; license: string; backbone: { embeddingSize: number } }>(
    `${url}/v1/models/clothing/versions/1`,
  );
  assert.deepEqual([version.active, version.backbone.embeddingSize], [true, 2048]);
  assert.ok(version.license.length > 0);
});

test('metrics show the stages, batches and the event loop after a classification', async () => {
  await post(`${url}/v1/classify`, await drawJpeg(1), 'image/jpeg');
  const text = await (await fetch(`${url}/metrics`)).text();
  for (const stage of ['decode', 'queue', 'inference'])
    assert.match(text, new RegExp(`taxon_stage_duration_seconds_count\\{stage="${stage}"\\} [1-9]`));
  assert.match(text, /taxon_request_duration_seconds_count\{route="\/v1\/classify",method="POST",status="200"\} 1/);
  assert.match(text, /taxon_batch_size_count [1-9]/);
  assert.match(text, /taxon_queue_depth 0/);
  assert.match(text, new RegExp(`taxon_engine_info\\{engine="${engine}",device="cpu"`));
  assert.match(text, /nodejs_eventloop_lag_p99_seconds/);
});

test('a request id of the client comes back, an unsafe one is replaced', async () => {
  const kept = await fetch(`${url}/health/live`, { headers: { 'x-request-id': 'abc-123' } });
  assert.equal(kept.headers.get('x-request-id'), 'abc-123');
  const replaced = await fetch(`${url}/health/live`, { headers: { 'x-request-id': 'a b\tc' } });
  assert.notEqual(replaced.headers.get('x-request-id'), 'a b\tc');
});

test('an unknown address is a problem with its request id', async () => {
  const { status, headers, body } = await call<{ code: string; requestId: string }>(`${url}/v1/nothing`);
  assert.equal(status, 404);
  assert.equal(headers.get('content-type'), 'application/problem+json');
  assert.equal(body.code, 'not_found');
  assert.equal(body.requestId, headers.get('x-request-id'));
});

test('browsers of the configured origin may call, others may not', async () => {
  const allowed = await fetch(`${url}/v1/models`, { headers: { origin: 'https://app.example' } });
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example');
  const refused = await fetch(`${url}/v1/models`, { headers: { origin: 'https://evil.example' } });
  assert.notEqual(refused.headers.get('access-control-allow-origin'), 'https://evil.example');
});

test('the API describes itself and the documentation page loads without the internet', async () => {
  const { body } = await call<{ paths: Record<string, Record<string, { requestBody?: { content: object } }>> }>(
    `${url}/openapi.json`,
  );
  const upload = body.paths['/v1/classify']!.post!;
  assert.deepEqual(Object.keys(upload.requestBody!.content), ['multipart/form-data', 'image/*']);
  const page = await (await fetch(`${url}/docs/`)).text();
  assert.match(page, /swagger-ui/);
  assert.doesNotMatch(page, /https?:\/\/(?!localhost)[\w.]*cdn/);
  const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => new URL(path!, `${url}/docs/`));
  assert.ok(assets.length > 4);
  for (const asset of assets) {
    const answer = await fetch(asset);
    assert.deepEqual([asset.origin, answer.status], [url, 200], asset.href);
    assert.ok((await answer.arrayBuffer()).byteLength > 0, asset.href);
  }
});
