// What a running server writes down and counts of its requests and its trainings.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, post, startApp } from './runningApp.js';

type Line = Readonly<Record<string, unknown>>;

const lines: Line[] = [];
const output = new Writable({
  write(chunk: Buffer, _, done) {
    lines.push(JSON.parse(chunk.toString()) as Line);
    done();
  },
});

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
await publishTinyModel(modelsDir, 'colours', colours);
const { url, dataDir } = await startApp(
  { MODELS_DIR: modelsDir, METRICS_CLASSES: '2' },
  pino({ level: 'debug' }, output),
);
after(() => rm(modelsDir, { recursive: true, force: true }));

const key = { authorization: `Bearer ${adminKey}` };
const admin = (method: string, path: string, body?: unknown) =>
  call<{ id: string; state: string }>(`${url}/v1/admin/${path}`, {
    method,
    headers: body === undefined ? key : { ...key, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });

async function upload(dataset: string, count: number): Promise<void> {
  await admin('PUT', `datasets/${dataset}`);
  for (const colour of colours) {
    const files = await Promise.all(
      Array.from({ length: count }, async (_, i) => [`${i}.png`, await colourImage(colour, i)] as const),
    );
    await call(`${url}/v1/admin/datasets/${dataset}/images?label=${colour}`, {
      method: 'POST',
      headers: key,
      body: formOf('image', files),
    });
  }
}

/** Asks for a training and waits for its end; gives its log lines. */
async function train(dataset: string): Promise<Line[]> {
  const { body } = await admin('POST', 'retrain', { dataset, model: 'colours' });
  await (await fetch(`${url}/v1/admin/trainings/${body.id}/events`, { headers: key })).text();
  const own = (): Line[] => lines.filter(({ training }) => training === body.id);
  // The line follows the record that the event tells of.
  while (!own().some(({ msg }) => /ended|failed/.test(String(msg)))) await new Promise(setImmediate);
  return own();
}

const valueOf = (text: string, series: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length) ?? 0,
  );

const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();

test('a training is written down from its start over its stages to its end with the figures, and counted', async () => {
  await upload('d', 12);
  const own = await train('d');
  assert.ok(own.every(({ model, dataset }) => model === 'colours' && dataset === 'd'));
  assert.deepEqual(
    own.map(({ msg, stage }) => [msg, stage]),
    [
      ['a training starts', undefined],
      ...['snapshot', 'embeddings', 'fit', 'evaluate', 'compare', 'publish', 'activate'].map((stage) => [
        'a training finished a stage',
        stage,
      ]),
      ['a training ended', undefined],
    ],
  );
  assert.ok(own.slice(1, -1).every(({ seconds }) => typeof seconds === 'number' && seconds >= 0));
  const { version, figures } = own.at(-1)! as { version: number; figures: Record<string, unknown> };
  assert.equal(version, 2);
  assert.ok((figures['accuracy'] as number) > 0.9);
  assert.ok('images' in figures && 'activated' in figures && 'seconds' in figures);
  const text = await metrics();
  assert.match(text, /taxon_trainings_ended_total\{outcome="succeeded"\} 1/);
  assert.match(text, /taxon_trainings_ended_total\{outcome="failed"\} 0/);
  assert.match(text, /taxon_trainings\{state="queued"\} 0/);
  assert.match(text, /taxon_trainings\{state="running"\} 0/);
  assert.match(text, /taxon_training_stage_duration_seconds_count\{stage="fit"\} 1/);
});

test('a training that fails is written down with its reason, and counted', async () => {
  await upload('lost', 2);
  await rm(join(dataDir, 'images'), { recursive: true });
  await rm(join(dataDir, 'embeddings'), { recursive: true });
  const own = await train('lost');
  const last = own.at(-1)!;
  assert.deepEqual([last['msg'], last['level'], last['code']], ['a training failed', 40, 'invalid_dataset']);
  assert.match(String(last['reason']), /None of the 6 images can be decoded/);
  assert.match(await metrics(), /taxon_trainings_ended_total\{outcome="failed"\} 1/);
});

test('a request is written down with the address of its client, probes and scrapes at debug unless they fail', async () => {
  lines.length = 0;
  await post(`${url}/v1/classify`, await colourImage('red', 1), 'image/png');
  for (const path of ['/health/live', '/health/ready', '/v2/health/live', '/v2/health/ready', '/metrics'])
    await (await fetch(`${url}${path}`)).text();
  const requests = (): Line[] => lines.filter(({ msg }) => msg === 'request');
  while (requests().length < 6) await new Promise(setImmediate);
  assert.deepEqual(
    requests().map(({ route, level, client }) => [route, level, client]),
    [
      ['/v1/classify', 30, '127.0.0.1'],
      ['/health/live', 20, '127.0.0.1'],
      ['/health/ready', 20, '127.0.0.1'],
      ['/v2/health/live', 20, '127.0.0.1'],
      ['/v2/health/ready', 20, '127.0.0.1'],
      ['/metrics', 20, '127.0.0.1'],
    ],
  );
  assert.doesNotMatch(JSON.stringify(lines), new RegExp(adminKey));
});

test('a request with a key is written down with the id of the key', async () => {
  lines.length = 0;
  const answer = await fetch(`${url}/v1/admin/keys`, { headers: { authorization: `Bearer ${adminKey}` } });
  const [key] = ((await answer.json()) as { keys: { id: string }[] }).keys;
  while (!lines.some(({ msg }) => msg === 'request')) await new Promise(setImmediate);
  assert.equal(lines.find(({ msg }) => msg === 'request')!['key'], key!.id);
});

test('refused requests have a line together, and lines of their own at debug', async () => {
  const guarded: Line[] = [];
  const sink = { write: (line: string) => guarded.push(JSON.parse(line) as Line) };
  const small = await startApp({ RATE_LIMIT: '1' }, pino({ level: 'debug' }, sink));
  for (let i = 0; i < 4; i++) await (await fetch(`${small.url}/v1/models`)).text();
  await small.app.close();
  const requests = guarded.filter(({ msg }) => msg === 'request');
  assert.deepEqual(
    requests.map(({ level, status }) => [level, status]),
    [[30, 200], ...Array.from({ length: 3 }, () => [20, 429])],
  );
  const together = guarded.filter(({ msg }) => msg === 'requests were refused');
  assert.deepEqual(
    together.map(({ level, refused }) => [level, refused]),
    [[40, { rate_limited: 3 }]],
  );
});

test('an upload that does not come is one line, and no error of the server', async () => {
  const own: Line[] = [];
  const sink = { write: (line: string) => own.push(JSON.parse(line) as Line) };
  const { app, url: address } = await startApp({ UPLOAD_TIMEOUT_MS: '200' }, pino({ level: 'debug' }, sink));
  const { hostname, port } = new URL(address);
  const socket = connect(Number(port), hostname);
  socket.write(
    'POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n' +
      '--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\nhalf',
  );
  await once(socket.resume(), 'close');
  await app.close();
  assert.deepEqual(
    own.filter(({ msg }) => msg === 'request').map(({ status, code }) => [status, code]),
    [[408, 'request_timeout']],
  );
  assert.deepEqual(
    own.filter(({ level }) => Number(level) >= 50),
    [],
  );
});

test('images are counted by classifier and version, by class as far as classes are counted, and by their faults', async () => {
  const before = await metrics();
  for (const colour of colours) await post(`${url}/v1/classify`, await colourImage(colour, 5), 'image/png');
  await post(`${url}/v1/classify`, 'no image', 'image/png');
  await post(`${url}/v1/classify?model=none`, await colourImage('red', 5), 'image/png');
  const text = await metrics();
  const grown = (series: string): number => valueOf(text, series) - valueOf(before, series);
  const version = 'model="colours",version="2",precision="fp32"';
  assert.equal(grown(`taxon_classified_images_total{${version}}`), 3);
  assert.equal(grown(`taxon_classification_duration_seconds_count{${version}}`), 3);
  const spent = ['queue', 'decode', 'inference', 'head'].map((stage) =>
    grown(`taxon_classification_stage_seconds_total{${version},stage="${stage}"}`),
  );
  assert.ok(
    spent.every((seconds) => seconds > 0),
    spent.join(),
  );
  const total = grown(`taxon_classification_duration_seconds_sum{${version}}`);
  assert.ok(Math.abs(spent.reduce((sum, seconds) => sum + seconds, 0) - total) < total / 100);
  assert.equal(grown('taxon_image_errors_total{model="colours",code="unsupported_image"}'), 1);
  for (const code of ['unsupported_image', 'unknown_model'])
    assert.equal(grown(`taxon_errors_total{code="${code}"}`), 1);
  // Two classes have series of their own, the third shares one.
  const series = [...text.matchAll(/^taxon_predictions_total\{model="colours",label="(.*)"\} /gm)].map(
    ([, label]) => label,
  );
  assert.equal(series.length, 3);
  assert.ok(series.includes('(other)'));
  assert.equal(grown('taxon_predictions_total{model="colours",label="(other)"}'), 1);
});

test("requests are timed under OpenTelemetry's name too, with an error type for the server's own faults alone", async () => {
  const before = await metrics();
  await post(`${url}/v1/classify`, await colourImage('red', 5), 'image/png');
  await post(`${url}/v1/classify`, 'no image', 'image/png');
  await (await fetch(`${url}/nowhere`)).text();
  const text = await metrics();
  const series = (labels: string) => `http_server_request_duration_seconds_count{${labels}}`;
  const of = (status: number, route = 'http_route="/v1/classify",', method = 'POST') =>
    series(
      `http_request_method="${method}",${route}http_response_status_code="${status}",url_scheme="http",network_protocol_version="1.1"`,
    );
  assert.equal(valueOf(text, of(200)) - valueOf(before, of(200)), 1);
  assert.equal(valueOf(text, of(415)) - valueOf(before, of(415)), 1);
  assert.equal(valueOf(text, of(404, '', 'GET')), 1);
  assert.match(text, /^http_server_request_duration_seconds_bucket\{le="0.075",/m);
});

test('the server shows whether it is ready, its deadline, the room on its disks, its memory and its event loop', async () => {
  const text = await metrics();
  assert.match(text, /^taxon_ready 1$/m);
  assert.match(text, /^taxon_request_timeout_seconds 15$/m);
  for (const directory of ['data', 'models'])
    for (const name of ['available', 'size'])
      assert.match(text, new RegExp(`^taxon_disk_${name}_bytes\\{directory="${directory}"\\} [1-9]`, 'm'));
  assert.match(text, /^process_resident_memory_bytes \d+/m);
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds \d/m);
});
