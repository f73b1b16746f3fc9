// The TypeScript client against a real server, from its sources; snippets.test.ts has it as it is published.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import sharp from 'sharp';
import { meaningOf } from '../../clients/typescript/src/folders.js';
import { Taxon, TaxonError, TrainingError, type TrainingEvent } from '../../clients/typescript/src/node.js';
import { readPath } from '../../src/data/datasets/archivePaths.js';
import { adminKey, startApp } from '../http/runningApp.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const folder = await mkdtemp(join(tmpdir(), 'taxon-client-'));
const photos = join(folder, 'photos');
await publishTinyModel(join(folder, 'models'), 'colours', colours);
for (const colour of colours) {
  await mkdir(join(photos, colour), { recursive: true });
  for (let i = 0; i < 60; i++) await writeFile(join(photos, colour, `${i}.png`), await colourImage(colour, i));
}
await writeFile(join(photos, 'red', 'broken.png'), 'no image');
await writeFile(join(photos, 'red', 'notes.txt'), 'no image either');
const red = join(photos, 'red', '0.png');

const { url } = await startApp({ MODELS_DIR: join(folder, 'models') });
after(() => rm(folder, { recursive: true, force: true }));
const taxon = new Taxon(url, { apiKey: adminKey });

/** The client of a server that answers as `respond` says. */
async function clientOf(
  t: TestContext,
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Taxon> {
  const server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Taxon(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { apiKey: adminKey });
}

const answer = (response: ServerResponse, status: number, body: object, headers = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

/** Hands a request on to the real server, and its answer back. */
async function handOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { 'content-type': type, authorization = '', 'last-event-id': last } = request.headers;
  const upstream = await fetch(url + request.url!, {
    method: request.method!,
    headers: {
      authorization,
      ...(type !== undefined && { 'content-type': type }),
      ...(typeof last === 'string' && { 'last-event-id': last }),
    },
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  });
  response.writeHead(upstream.status, { 'content-type': upstream.headers.get('content-type') ?? 'text/plain' });
  response.end(await upstream.text());
}

test('a path, bytes and a Blob are classified alike, and a path keeps its name', async () => {
  const bytes = await colourImage('red', 0);
  const byPath = await taxon.classify(red);
  assert.equal(byPath.filename, '0.png');
  assert.equal(byPath.predictions.length, 3);
  assert.deepEqual(byPath.model, { name: 'colours', version: 1 });
  for (const image of [bytes, new Uint8Array(bytes).buffer, new Blob([new Uint8Array(bytes)])]) {
    const { predictions, width, height } = await taxon.classify(image);
    assert.deepEqual({ predictions, width, height }, { predictions: byPath.predictions, width: 40, height: 36 });
  }
});

test('classify hands its options on', async () => {
  const { predictions, model } = await taxon.classify(red, { model: 'colours', version: 1, topK: 1 });
  assert.equal(predictions.length, 1);
  assert.equal(model.version, 1);
});

test('of several images, one that is none has an error in its place', async () => {
  const { results } = await taxon.classifyAll([red, new TextEncoder().encode('no image')]);
  assert.ok('predictions' in results[0]!);
  assert.ok('error' in results[1]! && results[1].error.code === 'unsupported_image');
});

test('a refusal is a TaxonError with the code of the problem', async () => {
  await assert.rejects(
    taxon.classify(red, { model: 'nothing' }),
    (error) => error instanceof TaxonError && error.status === 404 && error.code === 'unknown_model',
  );
});

test('a file that is not there is the file system’s error', async () => {
  await assert.rejects(taxon.classify(join(folder, 'nothing.png')), { code: 'ENOENT' });
});

test('a shrunk image is upright, as large as asked for, and a small one is sent as it is', async (t) => {
  let body = Buffer.alloc(0);
  const client = await clientOf(t, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      body = Buffer.concat(chunks);
      answer(response, 200, { model: { name: 'm', version: 1 }, results: [{ predictions: [] }], timing: {} });
    });
  });
  const sent = (): Buffer => body.subarray(body.indexOf('\r\n\r\n') + 4, body.lastIndexOf('\r\n--'));
  // Lies on its side: the red half is on the left of the file and above when it is upright.
  const half = await sharp({ create: { width: 600, height: 800, channels: 3, background: '#d01010' } })
    .png()
    .toBuffer();
  const lying = await sharp({ create: { width: 1200, height: 800, channels: 3, background: '#1010d0' } })
    .composite([{ input: half, left: 0, top: 0 }])
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  await client.classify(lying, { shrink: 200 });
  const { data, info } = await sharp(sent()).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height], [200, 300]);
  assert.ok(data[(10 * 200 + 100) * 3]! > 150, 'red above');
  assert.ok(data[(290 * 200 + 100) * 3 + 2]! > 150, 'blue below');
  assert.ok(sent().length < lying.length);

  const small = await colourImage('red', 1);
  await client.classify(small, { shrink: true });
  assert.deepEqual(sent(), small);
});

test('a busy server is asked again after the time that it names', async (t) => {
  const times: number[] = [];
  const client = await clientOf(t, (request, response) => {
    times.push(performance.now());
    if (times.length > 2) return void handOn(request, response);
    request
      .resume()
      .on('end', () =>
        answer(
          response,
          times.length === 1 ? 429 : 503,
          { code: 'overloaded', detail: 'busy' },
          { 'retry-after': '1' },
        ),
      );
  });
  assert.equal((await client.classify(red)).predictions.length, 3);
  assert.equal(times.length, 3);
  assert.ok(times[1]! - times[0]! >= 990 && times[2]! - times[1]! >= 990, 'each time after a second');
});

test('who is told to come back tomorrow learns it at once', async (t) => {
  const client = await clientOf(t, (request, response) => {
    request.resume();
    answer(response, 429, { code: 'rate_limited', detail: 'enough for today' }, { 'retry-after': '40000' });
  });
  await assert.rejects(client.classify(red), { name: 'TaxonError', status: 429 });
});

test('a lost connection is no loss to a classification, nor to a training, which has a key that stays', async (t) => {
  const keys: unknown[] = [];
  const client = await clientOf(t, (request, response) => {
    keys.push(request.headers['idempotency-key']);
    if (keys.length % 2 === 1) request.socket.destroy();
    else if (request.url === '/v1/admin/retrain') answer(response, 202, { id: 'one' });
    else void handOn(request, response);
  });
  assert.equal((await client.classify(red)).predictions.length, 3);
  assert.equal((await client.train({ dataset: 'd', model: 'm' })).id, 'one');
  const [, , first, second] = keys;
  assert.equal(keys.length, 4);
  assert.match(String(first), /^[0-9a-f-]{36}$/);
  assert.equal(second, first);
});

test('a deadline ends all attempts, a signal too', async (t) => {
  const client = await clientOf(t, (request, response) => {
    request.resume();
    answer(response, 503, { code: 'not_ready', detail: 'soon' }, { 'retry-after': '30' });
  });
  await assert.rejects(client.classify(red, { timeoutMs: 200 }), { name: 'TimeoutError' });
  const gone = new AbortController();
  const classified = client.classify(red, { signal: gone.signal });
  gone.abort(new Error('the user has left'));
  await assert.rejects(classified, /the user has left/);
});

test('files of a folder mean what they mean in an archive', () => {
  const paths = [
    'cat/1.jpg',
    'train/cat/1.jpg',
    'TRAIN/cat/deep/1.jpg',
    'val/dog/1.webp',
    'photos/valid/dog/1.png',
    'photos/dog/1.png',
    'constructor/1.png',
    'test/1.png',
    '1.png',
    'cat/.hidden.png',
    '__MACOSX/cat/1.png',
  ];
  for (const path of paths) {
    const expected = readPath(path);
    const meaning = meaningOf(path);
    if (expected.kind !== 'image') assert.equal(meaning, undefined, path);
    else assert.deepEqual(meaning, { label: expected.label, split: expected.split }, path);
  }
});

test('a folder becomes a dataset, a classifier is trained of it and waited for over a connection that breaks', async (t) => {
  const progress: number[] = [];
  const uploaded = await taxon.uploadFolder(photos, { onProgress: ({ files }) => progress.push(files) });
  assert.equal(uploaded.dataset, 'photos');
  assert.equal(uploaded.added, 180);
  assert.deepEqual(
    uploaded.failures.map(({ filename, error: { code } }) => [filename, code]),
    [['red/broken.png', 'unsupported_image']],
  );
  assert.equal(progress.at(-1), 181);
  assert.ok(progress.length > 3, 'in several requests');
  assert.equal((await taxon.uploadFolder(photos, { dataset: 'photos' })).duplicates, 180);

  const { id } = await taxon.train({ dataset: 'photos', model: 'photos', activate: 'always' });
  const asked: (string | undefined)[] = [];
  const client = await clientOf(t, (request, response) => {
    if (!request.url!.endsWith('/events')) return void handOn(request, response);
    asked.push(request.headers['last-event-id'] as string | undefined);
    if (asked.length > 2) return void handOn(request, response);
    // The first events of the real stream, and then the connection is gone.
    void (async () => {
      const events = taxon.trainingEvents(id, { lastEventId: Number(asked.at(-1)) });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (let i = 0; i < 2; i++) {
        const { value } = await events.next();
        const { id, kind, data } = value as TrainingEvent;
        response.write(`id: ${id!}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
      }
      response.write('id: 99999\nevent: sta', () => response.destroy());
      await events.return();
    })();
  });
  const events: TrainingEvent[] = [];
  const training = await client.waitForTraining(id, { onEvent: (event) => events.push(event) });
  assert.equal(training.state, 'succeeded');
  assert.equal(asked.length, 3);
  const ids = events.map((event) => event.id!);
  assert.deepEqual(asked.map(Number), [0, ids[1], ids[3]], 'resumed after the last event');
  assert.deepEqual(
    ids,
    [...new Set(ids)].sort((a, b) => a - b),
    'each once, in order',
  );
  assert.equal(events[0]!.kind, 'queued');
  assert.equal(events.at(-1)!.kind, 'succeeded');
  assert.equal((await taxon.classify(red, { model: 'photos' })).predictions[0]!.label, 'red');

  for await (const event of taxon.trainingEvents(id, { lastEventId: ids.at(-1)! }))
    assert.fail(`nothing was left: ${event.kind}`);
});

test('waiting for a training that is cancelled throws it', async () => {
  const { id } = await taxon.train({ dataset: 'photos', model: 'photos' });
  await taxon.api.DELETE('/v1/admin/trainings/{id}', { params: { path: { id } } });
  await assert.rejects(
    taxon.waitForTraining(id),
    (error) => error instanceof TrainingError && error.training.state === 'cancelled',
  );
});
