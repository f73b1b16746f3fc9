import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import yazl from 'yazl';
import type { UploadTotals } from '../../src/data/datasets/uploadTotals.js';
import { seededImage } from '../support/seededImages.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

interface Result {
  readonly filename: string;
  readonly outcome: string;
  readonly id: number;
  readonly label: string;
  readonly split: string;
  readonly error?: { readonly code: string };
}
interface Uploaded {
  readonly totals: UploadTotals;
  readonly results: Result[];
}
interface Image {
  readonly id: number;
  readonly label: string;
  readonly split: string;
  readonly thumbnail: string;
}

const { url, dataDir } = await startApp({ UPLOAD_TIMEOUT_MS: '1500' });
const datasets = `${url}/v1/admin/datasets`;
const key = { authorization: `Bearer ${adminKey}` };
const admin = <T = Record<string, unknown>>(
  method: string,
  address: string,
  body?: NonNullable<RequestInit['body']>,
  contentType?: string,
): Promise<Answer<T>> =>
  call<T>(address, {
    method,
    headers: contentType === undefined ? key : { ...key, 'content-type': contentType },
    ...(body !== undefined && { body }),
  });
const remove = async (address: string): Promise<number> =>
  (await fetch(address, { method: 'DELETE', headers: key })).status;

async function newDataset(name: string): Promise<string> {
  assert.equal((await admin('PUT', `${datasets}/${name}`)).status, 201);
  return `${datasets}/${name}`;
}

async function upload(
  dataset: string,
  query: string,
  ...files: (readonly [string, Buffer])[]
): Promise<Answer<Uploaded>> {
  return admin<Uploaded>('POST', `${dataset}/images?${query}`, formOf('image', files));
}

test('a dataset is created with its options, listed, described and deleted', async () => {
  const options = JSON.stringify({ splitSeed: 5, validationShare: 0.3, testShare: 0 });
  const created = await admin('PUT', `${datasets}/first`, options, 'application/json');
  assert.deepEqual([created.status, created.body.splitSeed, created.body.images], [201, 5, 0]);
  assert.equal((await admin('PUT', `${datasets}/first`, options, 'application/json')).status, 200);
  const { body } = await admin<{ datasets: { name: string; createdAt: string }[] }>('GET', datasets);
  assert.ok(Date.parse(body.datasets.find(({ name }) => name === 'first')!.createdAt) > 0);
  assert.deepEqual((await admin('GET', `${datasets}/first`)).body.classes, []);
  assert.equal(await remove(`${datasets}/first`), 204);
  assert.deepEqual((await admin('GET', `${datasets}/first`)).body.code, 'unknown_dataset');
});

test('options and names that make no sense are refused', async () => {
  for (const body of [{ validationShare: 0.5, testShare: 0.5 }, { splitSeed: 1.5 }, { validationShare: -1 }]) {
    assert.equal(
      (await admin('PUT', `${datasets}/odd`, JSON.stringify(body), 'application/json')).body.code,
      'invalid_request',
    );
  }
  assert.equal((await admin('PUT', `${datasets}/${encodeURIComponent('../odd')}`)).status, 400);
});

test('uploads answer 201 with a result for each image, 207 when some fail', async () => {
  const dataset = await newDataset('uploads');
  const good = await upload(
    dataset,
    'label=hat&split=test',
    ['a.jpg', await seededImage(1)],
    ['b.jpg', await seededImage(2)],
  );
  assert.equal(good.status, 201);
  assert.deepEqual(
    good.body.results.map(({ filename, outcome, label, split }) => [filename, outcome, label, split]),
    [
      ['a.jpg', 'added', 'hat', 'test'],
      ['b.jpg', 'added', 'hat', 'test'],
    ],
  );
  const mixed = await upload(
    dataset,
    'label=hat',
    ['c.jpg', await seededImage(3)],
    ['bad.jpg', Buffer.from('text')],
    ['a.jpg', await seededImage(1)],
  );
  assert.equal(mixed.status, 207);
  assert.deepEqual(
    mixed.body.results.map(({ outcome, error }) => error?.code ?? outcome),
    ['added', 'unsupported_image', 'duplicate'],
  );
});

test('uploads without an image, a label or a dataset are refused', async () => {
  const dataset = await newDataset('refusals');
  assert.equal((await upload(dataset, 'label=hat')).body.results, undefined);
  const codes = [
    await admin('POST', `${dataset}/images?label=hat`, formOf('wrong', [['a.jpg', await seededImage(1)]])),
    await admin('POST', `${dataset}/images`, formOf('image', [['a.jpg', await seededImage(1)]])),
    await admin('POST', `${dataset}/images?label=a%2Fb`, formOf('image', [['a.jpg', await seededImage(1)]])),
    await admin(
      'POST',
      `${dataset}/images?label=hat&split=holdout`,
      formOf('image', [['a.jpg', await seededImage(1)]]),
    ),
    await admin('POST', `${datasets}/nowhere/images?label=hat`, formOf('image', [['a.jpg', await seededImage(1)]])),
    await admin('POST', `${dataset}/images?label=hat`, await seededImage(1), 'image/jpeg'),
  ].map(({ body }) => body.code);
  assert.deepEqual(codes, [
    'missing_image',
    'invalid_request',
    'invalid_request',
    'invalid_request',
    'unknown_dataset',
    'unsupported_media_type',
  ]);
});

test('images are paged through, shown, relabelled, moved and deleted', async () => {
  const dataset = await newDataset('images');
  await upload(
    dataset,
    'label=hat&split=train',
    ['a.jpg', await seededImage(1)],
    ['b.jpg', await seededImage(2)],
    ['c.jpg', await seededImage(3)],
  );
  const first = await admin<{ images: Image[]; next: number }>('GET', `${dataset}/images?limit=2`);
  const second = await admin<{ images: Image[]; next: null }>(
    'GET',
    `${dataset}/images?limit=2&after=${first.body.next}`,
  );
  assert.deepEqual([first.body.images.length, second.body.images.length, second.body.next], [2, 1, null]);
  const { id, thumbnail } = first.body.images[0]!;
  for (const [address, type] of [
    [`${url}${thumbnail}`, 'image/webp'],
    [`${dataset}/images/${id}/file`, 'image/jpeg'],
  ] as const) {
    const image = await fetch(address, { headers: key });
    assert.deepEqual([image.status, image.headers.get('content-type')], [200, type]);
    assert.ok((await image.arrayBuffer()).byteLength > 100);
  }
  const changed = await admin(
    'PATCH',
    `${dataset}/images/${id}`,
    JSON.stringify({ label: 'shoe', split: 'test' }),
    'application/json',
  );
  assert.deepEqual([changed.status, changed.body.label, changed.body.split], [200, 'shoe', 'test']);
  assert.equal((await admin('PATCH', `${dataset}/images/${id}`, '{}', 'application/json')).status, 400);
  assert.equal(await remove(`${dataset}/images/${id}`), 204);
  assert.equal((await admin('GET', `${dataset}/images/${id}`)).body.code, 'unknown_image');
  assert.equal((await admin('GET', `${dataset}/images?limit=0`)).body.code, 'invalid_request');
});

test('an archive goes in as the body, whatever its content type, and comes out as a zip', async () => {
  const zip = new yazl.ZipFile();
  zip.addBuffer(await seededImage(1), 'train/hat/1.jpg');
  zip.addBuffer(await seededImage(2), 'val/shoe/2.jpg');
  zip.end();
  const bytes = await buffer(zip.outputStream);
  const dataset = await newDataset('archives');
  for (const type of ['application/zip', 'application/x-www-form-urlencoded', 'application/octet-stream']) {
    const { status, body } = await admin<Uploaded>('POST', `${dataset}/archive`, bytes, type);
    assert.equal(status, 201);
    assert.deepEqual(
      body.results.map(({ label, split }) => `${split}/${label}`),
      ['train/hat', 'validation/shoe'],
    );
  }
  const exported = await fetch(`${dataset}/export`, { headers: key });
  assert.equal(exported.headers.get('content-type'), 'application/zip');
  const copy = await newDataset('copy');
  assert.equal((await admin('POST', `${copy}/archive`, await exported.arrayBuffer(), 'application/zip')).status, 201);
  assert.equal((await admin('GET', copy)).body.images, 2);
  assert.deepEqual((await admin('POST', `${dataset}/archive`)).body.code, 'empty_body');
  assert.deepEqual(
    (await admin('POST', `${dataset}/archive`, 'no archive', 'application/zip')).body.code,
    'invalid_archive',
  );
});

test('an archive is answered with its totals: by class and split, and what was refused by reason', async () => {
  const dataset = await newDataset('totals');
  const zip = new yazl.ZipFile();
  for (const seed of [1, 2]) zip.addBuffer(await seededImage(seed), `train/hat/${seed}.jpg`);
  zip.addBuffer(await seededImage(3), 'test/hat/3.jpg');
  zip.addBuffer(await seededImage(4), 'validation/shoe/4.jpg');
  zip.addBuffer(await seededImage(1), 'train/hat/again.jpg');
  for (let i = 1; i <= 12; i++) zip.addBuffer(Buffer.from(`no image ${i}`), `train/shoe/${i}.jpg`);
  zip.addBuffer(await seededImage(5), 'alone.jpg');
  zip.end();
  const { status, body } = await admin<Uploaded>(
    'POST',
    `${dataset}/archive`,
    await buffer(zip.outputStream),
    'application/zip',
  );
  assert.deepEqual([status, Object.keys(body)], [207, ['totals', 'results']]);
  const { failures, ...counts } = body.totals;
  assert.deepEqual(counts, {
    files: 18,
    added: 4,
    duplicates: 1,
    nearDuplicates: 0,
    failed: 13,
    classes: [
      { label: 'hat', train: 2, validation: 0, test: 1 },
      { label: 'shoe', train: 0, validation: 1, test: 0 },
    ],
  });
  assert.deepEqual(
    failures.map(({ code, count, files }) => [code, count, files.length]),
    [
      ['unsupported_image', 12, 10],
      ['invalid_archive', 1, 1],
    ],
  );
  assert.equal(failures[0]!.files[0]!.filename, 'train/shoe/1.jpg');
  assert.match(failures[1]!.files[0]!.detail, /outside any class folder/);
});

/** Files under `directory` that this process has open; only Linux lists them. */
async function openFilesUnder(directory: string): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((path) => path.startsWith(directory));
}

/** Begins to read an export and hangs up; resolves when the connection is closed. */
async function abortExport(dataset: string): Promise<void> {
  const { hostname, port, pathname } = new URL(dataset);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${pathname}/export HTTP/1.1\r\nhost: x\r\nauthorization: ${key.authorization}\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  await once(socket, 'close');
}

const noProc = existsSync('/proc/self/fd') ? false : 'only Linux lists the open files of a process';

test('exports that clients abort leave no file open', { skip: noProc }, async () => {
  const dataset = await newDataset('aborted');
  // Larger than what sockets and streams hold, so that the export is in the middle of a file when the client goes.
  const noise = randomBytes(1_200 * 1_200 * 3);
  const large = await sharp(noise, { raw: { width: 1_200, height: 1_200, channels: 3 } })
    .png()
    .toBuffer();
  await upload(dataset, 'label=noise', ...Array.from({ length: 3 }, (_, i) => [`${i}.png`, large] as const));
  await upload(dataset, 'label=other', ['0.png', large]);
  const images = join(dataDir, 'images');
  assert.deepEqual(await openFilesUnder(images), []);
  for (let i = 0; i < 20; i++) await abortExport(dataset);
  // The server notices the last closed connections a moment later.
  for (let i = 0; i < 100 && (await openFilesUnder(images)).length > 0; i++) await delay(50);
  assert.deepEqual(await openFilesUnder(images), []);
});

test('admin calls need a known key with the scope for them, in either header', async () => {
  assert.deepEqual((await call(datasets)).body.code, 'unauthorized');
  assert.deepEqual((await call(datasets, { headers: { authorization: 'Bearer wrong' } })).body.code, 'unauthorized');
  const keys = `${url}/v1/admin/keys`;
  const made = await admin<{ id: string; key: string }>(
    'POST',
    keys,
    JSON.stringify({ name: 'trainer', scopes: ['train'] }),
    'application/json',
  );
  assert.equal(made.status, 201);
  const trainer = { headers: { 'x-api-key': made.body.key } };
  assert.equal((await call(datasets, trainer)).status, 200);
  assert.deepEqual((await call(keys, trainer)).body.code, 'forbidden');
  assert.ok(!JSON.stringify((await admin('GET', keys)).body).includes(made.body.key));
  assert.equal(await remove(`${keys}/${made.body.id}`), 204);
  assert.deepEqual((await call(datasets, trainer)).body.code, 'unauthorized');
  assert.deepEqual((await admin('DELETE', `${keys}/${made.body.id}`)).body.code, 'unknown_key');
});

test('classification is open by default and closed by AUTH=required', async () => {
  assert.notEqual(
    (
      await call(`${url}/v1/classify`, {
        method: 'POST',
        body: await seededImage(1),
        headers: { 'content-type': 'image/jpeg' },
      })
    ).status,
    401,
  );
  const { url: guarded } = await startApp({ AUTH: 'required' });
  for (const path of ['/v1/classify', '/v1/embed', '/classify', '/v2/models/clothing/infer']) {
    assert.deepEqual(
      (
        await call(`${guarded}${path}`, {
          method: 'POST',
          body: await seededImage(1),
          headers: { 'content-type': 'image/jpeg' },
        })
      ).body.code,
      'unauthorized',
    );
  }
  const answer = await call(`${guarded}/v1/classify`, {
    method: 'POST',
    body: await seededImage(1),
    headers: { ...key, 'content-type': 'image/jpeg' },
  });
  assert.notEqual(answer.status, 401);
  assert.equal((await call(`${guarded}/health/live`)).status, 200);
});

test('a body that stops coming is answered 408 and cut off', async () => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write('POST /v1/classify HTTP/1.1\r\nhost: x\r\ncontent-type: image/jpeg\r\ncontent-length: 1000\r\n\r\nabc');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
});
