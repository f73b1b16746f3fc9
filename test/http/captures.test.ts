// Images of requests are kept for review, where a classifier's owner and the caller's key allow it: over HTTP, on real servers.
import assert from 'node:assert/strict';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPrograms, PostgresCluster } from '../support/postgres.js';
import { colourImage, publishTinyModel } from '../support/tinyModel.js';
import { startReceiver, verified } from '../support/webhookReceiver.js';
import { adminKey, formOf, startApp, type Answer } from './runningApp.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-captures-'));
after(() => rm(folder, { recursive: true, force: true }));
const modelsDir = join(folder, 'models');
await publishTinyModel(modelsDir, 'colours', ['red', 'green', 'blue']);
const environment = {
  MODELS_DIR: modelsDir,
  DATA_DIR: join(folder, 'data'),
  AUTH: 'required',
  WEBHOOK_PRIVATE_NETWORKS: '127.0.0.0/8',
};
const started = await startApp(environment);
let { url } = started;

interface Capture {
  readonly id: number;
  readonly requestId: string;
  readonly position: number;
  readonly keyId: string | null;
  readonly label: string;
  readonly probability: number;
  readonly sha256: string;
  readonly state: string;
}

interface Forgotten {
  readonly captures: number;
  readonly imagesRemoved: number;
  readonly imagesInUse: number;
  readonly datasets: ReadonlyArray<{ readonly dataset: string; readonly images: number }>;
}

async function send<T>(method: string, path: string, body?: unknown, key = adminKey, at = url): Promise<Answer<T>> {
  const headers = { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const response = await fetch(`${at}/v1/${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as T };
}

const newKey = async (name: string, capture?: boolean): Promise<{ id: string; key: string; capture: boolean }> =>
  (
    await send<{ id: string; key: string; capture: boolean }>('POST', 'admin/keys', {
      name,
      scopes: ['classify'],
      ...(capture !== undefined && { capture }),
    })
  ).body;

/** Has images classified; gives what was answered. */
async function classify(
  requestId: string,
  seeds: readonly number[],
  {
    key,
    headers = {},
    at = url,
    path = 'v1/classify?model=colours',
    field = 'image',
  }: {
    readonly key?: string | undefined;
    readonly headers?: Readonly<Record<string, string>>;
    readonly at?: string;
    readonly path?: string;
    readonly field?: string;
  } = {},
): Promise<Response> {
  const files = await Promise.all(seeds.map(async (seed) => [`${seed}.png`, await colourImage('red', seed)] as const));
  return fetch(`${at}/${path}`, {
    method: 'POST',
    headers: { 'x-request-id': requestId, ...(key !== undefined && { 'x-api-key': key }), ...headers },
    body: formOf(field, files),
  });
}

const listed = async (query = '', at = url): Promise<Capture[]> =>
  (await send<{ captures: Capture[] }>('GET', `admin/captures?${query}`, undefined, adminKey, at)).body.captures;

/** What waits, once that is what is expected, or after a while. */
async function waits(expected: readonly string[], at = url): Promise<Capture[]> {
  for (let attempt = 0; ; attempt++) {
    const found = await listed('', at);
    const ids = found.map(({ requestId }) => requestId);
    if (ids.join() === expected.join()) return found;
    if (attempt > 600) assert.deepEqual(ids, expected);
    await sleep(20);
  }
}

const rule = (body: object, at = url) =>
  send<{ enabled: boolean; images: number; share: number }>('PUT', 'models/colours/capture', body, adminKey, at);

const consenting = await newKey('consents', true);
const silent = await newKey('says nothing');

test('nothing is kept until the owner turns it on, and then only of requests whose key consents and that do not refuse', async () => {
  assert.deepEqual([consenting.capture, silent.capture], [true, false]);
  assert.equal((await classify('before', [1], { key: consenting.key })).status, 200);
  const off = await send<{ enabled: boolean; share: number }>('GET', 'models/colours/capture');
  assert.deepEqual([off.body.enabled, off.body.share], [false, 0]);
  const on = await rule({ share: 1 });
  assert.deepEqual([on.status, on.body.enabled, on.body.images], [200, true, 0]);

  assert.equal((await classify('silent', [2], { key: silent.key })).status, 200);
  assert.equal((await classify('admin', [2], { key: adminKey })).status, 200);
  const refusing = { 'x-capture': 'no' };
  assert.equal((await classify('refused', [2], { key: consenting.key, headers: refusing })).status, 200);
  assert.equal((await classify('embedded', [2], { key: consenting.key, path: 'v1/embed?model=colours' })).status, 200);
  const answer = await classify('kept', [3, 4], { key: consenting.key });
  const { results } = (await answer.json()) as {
    results: { predictions: { label: string; probability: number }[] }[];
  };
  const [second, first] = (await waits(['kept', 'kept'])) as [Capture, Capture];
  assert.deepEqual([first.position, second.position], [0, 1]);
  for (const [i, capture] of [first, second].entries())
    assert.deepEqual([capture.label, capture.probability], Object.values(results[i]!.predictions[0]!));
  assert.equal(first.keyId, consenting.id);
  const image = await fetch(`${url}/v1/admin/captures/${first.id}/image`, { headers: { 'x-api-key': adminKey } });
  assert.equal(image.headers.get('content-type'), 'image/png');
  assert.deepEqual(Buffer.from(await image.arrayBuffer()), await colourImage('red', 3));
  const preview = await fetch(`${url}/v1/admin/captures/${first.id}/thumbnail`, { headers: { 'x-api-key': adminKey } });
  assert.deepEqual([preview.status, preview.headers.get('content-type')], [200, 'image/webp']);
  const { status } = await send('GET', `admin/captures/${first.id}/image`, undefined, consenting.key);
  assert.equal(status, 403, 'whoever may classify does not see the images of others');
  assert.equal((await send('PUT', 'models/nobody/capture', { share: 1 })).status, 404);
  assert.equal((await rule({ share: 1.5 })).status, 400);
});

test('every call that classifies has the same share', async () => {
  const calls = [
    classify('flask', [5], { key: consenting.key, path: 'classify', field: 'img' }),
    fetch(`${url}/v2/models/colours/infer`, {
      method: 'POST',
      headers: { 'x-request-id': 'kserve', 'x-api-key': consenting.key, 'content-type': 'application/json' },
      body: JSON.stringify({
        inputs: [
          { name: 'image', datatype: 'BYTES', shape: [1], data: [(await colourImage('blue', 6)).toString('base64')] },
        ],
      }),
    }),
  ];
  for (const answer of await Promise.all(calls)) assert.equal(answer.status, 200, await answer.text());
  const found = new Set<string>();
  for (let attempt = 0; attempt < 600 && found.size < 2; attempt++) {
    for (const { requestId } of await listed()) if (['flask', 'kserve'].includes(requestId)) found.add(requestId);
    await sleep(20);
  }
  assert.deepEqual([...found].sort(), ['flask', 'kserve']);
  for (const id of found) await send('DELETE', `admin/captures/${id}`);
});

test('a reviewer accepts an image into a dataset and rejects another; webhooks hear that something waits', async (t) => {
  const receiver = await startReceiver(t, (response) => response.end());
  const hook = await send<{ id: string; secret: string }>('POST', 'admin/webhooks', {
    url: receiver.url,
    events: ['review_queue.above'],
    reviewQueueAbove: 2,
  });
  await classify('third', [7], { key: consenting.key });
  const [third, second, first] = (await waits(['third', 'kept', 'kept'])) as [Capture, Capture, Capture];
  await receiver.until(1);
  assert.deepEqual(verified(hook.body.secret, receiver.received[0]!).data, { above: 2, waiting: 3 });
  await send('DELETE', `admin/webhooks/${hook.body.id}`);

  await send('PUT', 'admin/datasets/reviewed');
  const accepted = await send<Capture & { accepted: object }>('POST', `admin/captures/${first.id}/accept`, {
    dataset: 'reviewed',
    label: 'crimson',
  });
  assert.deepEqual(
    [accepted.body.state, accepted.body.accepted],
    ['accepted', { dataset: 'reviewed', label: 'crimson' }],
  );
  assert.equal((await send('POST', `admin/captures/${first.id}/accept`, { dataset: 'reviewed' })).status, 409);
  assert.equal((await send('POST', `admin/captures/${third.id}/reject`)).status, 204);
  assert.equal((await send('POST', `admin/captures/${third.id}/reject`)).status, 404);
  assert.equal((await send('POST', `admin/captures/${second.id}/accept`, { dataset: 'nowhere' })).status, 404);
  assert.deepEqual(
    (await listed()).map(({ id }) => id),
    [second.id],
  );
  assert.deepEqual(
    (await listed('state=accepted&model=colours&order=uncertain')).map(({ id }) => id),
    [first.id],
  );
  const dataset = await send<{ classes: ReadonlyArray<{ label: string }> }>('GET', 'admin/datasets/reviewed');
  assert.deepEqual(
    dataset.body.classes.map(({ label }) => label),
    ['crimson'],
  );
  assert.equal((await send('GET', 'admin/captures?after=1_2_3')).status, 400);
});

test('what is kept outlives a restart; a request is forgotten wherever it has gone, with its files', async () => {
  await started.app.close();
  ({ url } = await startApp(environment));
  const [waiting] = (await waits(['kept'])) as [Capture];
  const [accepted] = (await listed('state=accepted')) as [Capture];
  const fileOf = ({ sha256 }: Capture): string =>
    join(environment.DATA_DIR, 'images', sha256.slice(0, 2), sha256.slice(2, 4), sha256);
  for (const capture of [waiting, accepted]) await access(fileOf(capture));
  await send('POST', 'admin/datasets/reviewed/versions', { name: 'before' });
  const forgotten = await send<Forgotten>('DELETE', 'admin/captures/kept');
  assert.deepEqual(forgotten.body, {
    captures: 2,
    imagesRemoved: 2,
    imagesInUse: 0,
    datasets: [{ dataset: 'reviewed', images: 1 }],
  });
  for (const capture of [waiting, accepted]) await assert.rejects(access(fileOf(capture)), { code: 'ENOENT' });
  const dataset = await send<{ images: number }>('GET', 'admin/datasets/reviewed');
  assert.equal(dataset.body.images, 0);
  const { body } = await send<{ versions: ReadonlyArray<{ gone: number }> }>('GET', 'admin/datasets/reviewed/versions');
  assert.deepEqual(
    body.versions.map(({ gone }) => gone),
    [1],
  );
  assert.deepEqual(await listed(), []);
  assert.equal((await send<Forgotten>('DELETE', 'admin/captures/kept')).body.captures, 0);
  // The rule has outlived it too.
  await classify('after', [8], { key: consenting.key });
  await waits(['after']);
  const ended = await send<Forgotten>('DELETE', 'models/colours/capture');
  assert.deepEqual([ended.body.captures, ended.body.imagesRemoved], [1, 1]);
  await classify('too-late', [9], { key: consenting.key });
  assert.deepEqual(await listed(), []);
});

test('where no key is asked for, nothing is kept unless the rule says so, and nothing of a request that brings a key', async () => {
  const open = await startApp({ MODELS_DIR: modelsDir });
  await rule({ share: 1 }, open.url);
  await classify('unasked', [1], { at: open.url });
  assert.equal((await rule({ share: 1, withoutKey: true }, open.url)).status, 200);
  await classify('with-key', [2], { at: open.url, key: adminKey });
  await classify('refused', [2], { at: open.url, headers: { 'x-capture': 'no' } });
  await classify('open', [3], { at: open.url });
  const [capture] = (await waits(['open'], open.url)) as [Capture];
  assert.equal(capture.keyId, null);
  const metrics = await (await fetch(`${open.url}/metrics`)).text();
  assert.match(metrics, /^taxon_captures_total\{outcome="kept"\} 1$/m);
});

const programs = await findPrograms();
const skip = programs === undefined ? 'PostgreSQL 15 or later is not installed: apt-get install postgresql' : false;

test(
  'two servers on one database keep by the same rule, and what one forgets is gone from both',
  { skip },
  async (t) => {
    const cluster = await PostgresCluster.create(programs!);
    t.after(() => cluster.remove());
    const shared = {
      MODELS_DIR: modelsDir,
      DATA_DIR: join(folder, 'shared'),
      DATABASE_URL: await cluster.newDatabase(),
    };
    const [one, other] = [await startApp(shared), await startApp({ ...shared, TRAINERS: '0' })];
    await rule({ share: 1, withoutKey: true }, one.url);
    // The other hears of the rule in a moment.
    for (let attempt = 0; attempt < 600 && (await listed('', one.url)).length === 0; attempt++) {
      await classify('asked-of-other', [1], { at: other.url });
      await sleep(20);
    }
    await classify('asked-of-one', [2], { at: one.url });
    const both = async (): Promise<boolean> =>
      new Set((await listed('', other.url)).map(({ requestId }) => requestId)).size === 2;
    for (let attempt = 0; attempt < 600 && !(await both()); attempt++) await sleep(20);
    assert.ok(await both());
    const forgotten = await send<Forgotten>('DELETE', 'admin/captures/asked-of-other', undefined, adminKey, one.url);
    assert.ok(forgotten.body.captures >= 1);
    // What the other had still to write down of it is not kept either.
    await classify('asked-of-other', [3], { at: other.url });
    await classify('last', [4], { at: other.url });
    await waits(['last', 'asked-of-one'], one.url);
  },
);
