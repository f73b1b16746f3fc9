// A running server's traces, as a collector gets them: every stage of a classification and of a training under the caller's span.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { OtlpCollector, type CollectedSpan } from '../support/otlpCollector.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp } from './runningApp.js';

// Sent at once, where production gathers for seconds.
process.env['OTEL_BSP_SCHEDULE_DELAY'] = '20';
process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=test';

type Line = Readonly<Record<string, unknown>>;
const lines: Line[] = [];
const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line) as Line) });

const folder = await mkdtemp(join(tmpdir(), 'taxon-traces-'));
const collector = await OtlpCollector.start();
after(async () => {
  collector.close();
  await rm(folder, { recursive: true, force: true });
});
const modelsDir = join(folder, 'models');
const colours: readonly ColourName[] = ['red', 'green'];
await publishTinyModel(modelsDir, 'colours', colours);
const environment = {
  MODELS_DIR: modelsDir,
  DATA_DIR: join(folder, 'data'),
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
};
const key = { authorization: `Bearer ${adminKey}` };

/** A caller's span, sampled unless `flags` says otherwise. */
function caller(flags = '01') {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-${flags}` } };
}

const asksForTraining = caller();
const training = await askAndClose();
const { url } = await startApp(environment, logger);

/** Has a server ask for a training that it leaves to others: what the training belongs to is then in the database alone. */
async function askAndClose(): Promise<{ readonly id: string }> {
  const asked = await startApp({ ...environment, TRAINERS: '0' }, logger);
  await call(`${asked.url}/v1/admin/datasets/d`, { method: 'PUT', headers: key });
  for (const colour of colours) {
    const files = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => [`${i}.png`, await colourImage(colour, i)] as const),
    );
    await call(`${asked.url}/v1/admin/datasets/d/images?label=${colour}`, {
      method: 'POST',
      headers: key,
      body: formOf('image', files),
    });
  }
  const { body } = await retrain(asked.url, asksForTraining.headers);
  await asked.app.close();
  return body;
}

function retrain(at: string, headers: Record<string, string>) {
  const body = JSON.stringify({ dataset: 'd', model: 'colours', activate: 'manual' });
  const json = { 'content-type': 'application/json' };
  return call<{ id: string }>(`${at}/v1/admin/retrain`, {
    method: 'POST',
    headers: { ...key, ...json, ...headers },
    body,
  });
}

async function classify(headers: Record<string, string>, files = 1): Promise<Response> {
  const images = await Promise.all(
    Array.from({ length: files }, async (_, i) => [`${i}.png`, await colourImage('red', i)] as const),
  );
  return fetch(`${url}/v1/classify`, { method: 'POST', headers, body: formOf('image', images) });
}

const childrenOf = (spans: readonly CollectedSpan[], { spanId }: { readonly spanId: string }): CollectedSpan[] =>
  spans.filter(({ parentSpanId }) => parentSpanId === spanId).sort((a, b) => Number(a.start - b.start));
const namesOf = (spans: readonly CollectedSpan[]): string[] => spans.map(({ name }) => name);

test('a classification is a span of the server under that of its caller, with a span for each stage of each image', async () => {
  const from = caller();
  await (await classify(from.headers, 2)).text();
  const spans = await collector.trace(from.traceId, ['POST /v1/classify']);
  const [server, ...others] = childrenOf(spans, from);
  assert.deepEqual([server!.name, server!.kind, server!.status, others.length], ['POST /v1/classify', 2, 0, 0]);
  assert.equal(server!.attributes['http.request.method'], 'POST');
  assert.equal(server!.attributes['http.route'], '/v1/classify');
  assert.equal(server!.attributes['http.response.status_code'], 200);
  assert.deepEqual(server!.attributes['taxon.models'], ['colours/1']);
  const images = childrenOf(spans, server!);
  assert.deepEqual(namesOf(images), ['image', 'image']);
  assert.deepEqual(images.map(({ attributes }) => attributes['taxon.image.index']).sort(), [0, 1]);
  for (const image of images) {
    const stages = childrenOf(spans, image);
    assert.deepEqual(namesOf(stages).sort(), ['decode', 'head', 'inference', 'queue', 'queue']);
    const [decode, inference, head] = ['decode', 'inference', 'head'].map((name) =>
      stages.find((s) => s.name === name)!,
    );
    assert.ok(decode!.end <= inference!.start && inference!.end <= head!.start);
    assert.ok(inference!.end > inference!.start && decode!.end > decode!.start);
    for (const stage of stages)
      assert.ok(stage.start >= server!.start && stage.end <= server!.end + 1_000_000n, `${stage.name} is outside`);
  }
  assert.equal(spans.length, 1 + 2 + 2 * 5);
  assert.deepEqual(
    ['service.name', 'deployment.environment.name'].map((name) => collector.resource[name]),
    ['taxon', 'test'],
  );
});

test('the log line of a request names its span', async () => {
  const from = caller();
  await (await classify(from.headers)).text();
  const [server] = childrenOf(await collector.trace(from.traceId, ['POST /v1/classify']), from);
  const line = lines.find(({ msg, trace_id }) => msg === 'request' && trace_id === from.traceId);
  assert.equal(line?.['span_id'], server!.spanId);
});

test('a mistake of the client is told by its code and is no error of the span; what an image fails with is the error of its own', async () => {
  const from = caller();
  const body = formOf('image', [
    ['a.png', await colourImage('red', 1)],
    ['b.png', Buffer.from('no image')],
  ]);
  await (await fetch(`${url}/v1/classify`, { method: 'POST', headers: from.headers, body })).text();
  await (await fetch(`${url}/v1/models/none?a=secret`, { headers: from.headers })).text();
  const spans = await collector.trace(from.traceId, ['POST /v1/classify', 'GET /v1/models/:name']);
  const failed = spans.filter(({ name, status }) => name === 'image' && status === 2);
  assert.deepEqual(
    failed.map(({ attributes }) => attributes['error.type']),
    ['unsupported_image'],
  );
  const models = spans.find(({ name }) => name === 'GET /v1/models/:name')!;
  assert.deepEqual([models.status, models.attributes['taxon.code']], [0, 'invalid_request']);
  assert.doesNotMatch(JSON.stringify(models.attributes), /secret/);
});

test('a caller that does not sample is not recorded, one whose header is not well formed begins a trace here; probes are not traced', async () => {
  const [unsampled, from] = [caller('00'), caller()];
  await (await classify(unsampled.headers)).text();
  await (await fetch(`${url}/health/ready`, { headers: from.headers })).text();
  const before = collector.spans.length;
  await (await classify({ traceparent: 'nonsense' })).text();
  while (!collector.spans.slice(before).some(({ name }) => name === 'POST /v1/classify'))
    await new Promise(setImmediate);
  const own = collector.spans.slice(before).find(({ name }) => name === 'POST /v1/classify')!;
  assert.equal(own.parentSpanId, '');
  for (const { traceId } of [unsampled, from]) assert.ok(collector.spans.every((span) => span.traceId !== traceId));
  assert.ok(lines.some(({ trace_id }) => trace_id === unsampled.traceId));
});

test('a training is under the span of the request that asked for it, after a restart too, with a span for each stage', async () => {
  const from = asksForTraining;
  const spans = await collector.trace(from.traceId, ['training']);
  const [request] = childrenOf(spans, from);
  assert.equal(request!.name, 'POST /v1/admin/retrain');
  const [run] = childrenOf(spans, request!);
  assert.deepEqual([run!.name, run!.kind, run!.status], ['training', 5, 0]);
  assert.equal(run!.attributes['taxon.training.id'], training.id);
  assert.equal(run!.attributes['taxon.version'], 2);
  const stages = childrenOf(spans, run!);
  assert.deepEqual(namesOf(stages), [
    'queue',
    'snapshot',
    'embeddings',
    'fit',
    'evaluate',
    'compare',
    'publish',
    'activate',
  ]);
  for (const [index, { start, end }] of stages.entries()) {
    assert.ok(start <= end && start >= run!.start && end <= run!.end);
    if (index > 0) assert.ok(start >= stages[index - 1]!.end);
  }
  const own = lines.filter(({ training: id }) => id === training.id);
  assert.ok(own.length > 5);
  assert.ok(own.every(({ trace_id, span_id }) => trace_id === from.traceId && span_id === run!.spanId));
});

test('a collector that refuses costs a line when it begins to and one when it takes traces again; no request waits for it', async () => {
  collector.status = 400;
  const exports = collector.exports;
  while (collector.exports < exports + 3) assert.equal((await classify({})).status, 200);
  collector.status = 200;
  const from = caller();
  await (await classify(from.headers)).text();
  await collector.trace(from.traceId, ['POST /v1/classify']);
  const told = (): unknown[] =>
    lines.filter(({ msg }) => /collector/.test(String(msg))).map(({ level, msg }) => [level, msg]);
  while (told().length < 2) await new Promise(setImmediate);
  assert.deepEqual(told(), [
    [40, 'traces cannot be sent to the collector, and are lost'],
    [30, 'the collector takes traces again'],
  ]);
});

test('what has ended is sent before the server is closed, and one whose collector is away closes all the same', async () => {
  const small = await startApp({ MODELS_DIR: modelsDir, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const from = caller();
  const { status } = await fetch(`${small.url}/v1/models`, { headers: from.headers });
  await small.app.close();
  assert.equal(status, 200);
  assert.deepEqual(namesOf(collector.spans.filter(({ traceId }) => traceId === from.traceId)), ['GET /v1/models']);
  const alone = await startApp({ MODELS_DIR: modelsDir, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  await (await fetch(`${alone.url}/v1/models`)).text();
  await alone.app.close();
});
