// Who made an image: sent with it, shown with it, exported and imported with its dataset.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';
import { seededImage } from '../support/seededImages.js';
import { adminKey, call, startApp, type Answer } from './runningApp.js';

const { url } = await startApp();
const datasets = `${url}/v1/admin/datasets`;
const headers = { authorization: `Bearer ${adminKey}` };

const anna = {
  title: '=Rose, "wild"',
  author: 'Anna 😀',
  license: 'CC BY 4.0',
  licenseUrl: 'https://creativecommons.org/licenses/by/4.0/',
  sourceUrl: 'https://example.org/rose?a=1,2',
  provider: 'openverse',
};
const nobody = { title: null, author: null, license: null, licenseUrl: null, sourceUrl: null, provider: null };

interface Stored {
  readonly id: number;
  readonly fileNames: readonly string[];
  readonly attribution: object | null;
}
interface Uploaded {
  readonly totals: { readonly added: number; readonly failed: number };
  readonly results: ReadonlyArray<{ readonly filename: string; readonly error?: { readonly code: string } }>;
  readonly code?: string;
  readonly detail?: string;
}

async function newDataset(name: string): Promise<string> {
  await call(`${datasets}/${name}`, { method: 'PUT', headers });
  return `${datasets}/${name}`;
}

type Part = readonly ['attribution', string] | readonly ['image', number];

async function upload(dataset: string, label: string, parts: readonly Part[]): Promise<Answer<Uploaded>> {
  const form = new FormData();
  for (const [name, value] of parts)
    if (name === 'attribution') form.append(name, value);
    else form.append(name, new Blob([new Uint8Array(await seededImage(value))]), `${value}.jpg`);
  return call<Uploaded>(`${dataset}/images?label=${label}`, { method: 'POST', headers, body: form });
}

/** By the first names of the images. */
async function attributionsOf(dataset: string): Promise<Record<string, object | null>> {
  const { body } = await call<{ images: Stored[] }>(`${dataset}/images`, { headers });
  return Object.fromEntries(body.images.map(({ fileNames, attribution }) => [fileNames[0]!, attribution]));
}

const importZip = (dataset: string, zip: Buffer): Promise<Answer<Uploaded>> =>
  call<Uploaded>(`${dataset}/archive`, { method: 'POST', headers, body: new Uint8Array(zip) });

async function zipOf(entries: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  for (const [path, bytes] of Object.entries(entries)) zip.addBuffer(Buffer.from(bytes), path);
  zip.end();
  return buffer(zip.outputStream);
}

test('each attribution of an upload belongs to the image of its number; an empty one says nothing', async () => {
  const dataset = await newDataset('sent');
  const { status } = await upload(dataset, 'rose', [
    ['attribution', JSON.stringify(anna)],
    ['attribution', ''],
    ['image', 1],
    ['image', 2],
    ['attribution', '{"author":"Ben"}'],
    ['image', 3],
    ['image', 4],
  ]);
  assert.equal(status, 201);
  assert.deepEqual(await attributionsOf(dataset), {
    '1.jpg': anna,
    '2.jpg': null,
    '3.jpg': { ...nobody, author: 'Ben' },
    '4.jpg': null,
  });
  const { body } = await call<{ images: Stored[] }>(`${dataset}/images`, { headers });
  const first = body.images.find(({ fileNames }) => fileNames.includes('1.jpg'))!;
  const one = await call<Stored>(`${dataset}/images/${first.id}`, { headers });
  assert.deepEqual(one.body.attribution, anna);
});

test('the same image sent again without an attribution keeps it, and with another has that one', async () => {
  const dataset = await newDataset('again');
  await upload(dataset, 'rose', [
    ['attribution', '{"author":"Ben"}'],
    ['image', 11],
  ]);
  await upload(dataset, 'rose', [['image', 11]]);
  assert.deepEqual(await attributionsOf(dataset), { '11.jpg': { ...nobody, author: 'Ben' } });
  await upload(dataset, 'rose', [
    ['attribution', '{"author":"Cleo"}'],
    ['image', 11],
  ]);
  assert.deepEqual(await attributionsOf(dataset), { '11.jpg': { ...nobody, author: 'Cleo' } });
});

test('an attribution that makes no sense, or comes after its image, is refused', async () => {
  const dataset = await newDataset('refused');
  for (const text of [
    'Anna',
    '[]',
    'null',
    '{"author":7}',
    '{"author":"a\\u0000b"}',
    '{"author":"\\ud800"}',
    '{"writer":"Anna"}',
    '{"sourceUrl":"javascript:alert(1)"}',
    '{"licenseUrl":"CC BY"}',
    JSON.stringify({ title: 'x'.repeat(501) }),
    JSON.stringify({ title: 'x'.repeat(70_000) }),
  ]) {
    const { status, body } = await upload(dataset, 'rose', [
      ['attribution', text],
      ['image', 21],
    ]);
    assert.deepEqual([status, body.code], [400, 'invalid_request'], text.slice(0, 40));
    assert.match(body.detail!, /attribution/);
  }
  const late = await upload(dataset, 'rose', [
    ['image', 22],
    ['attribution', JSON.stringify(anna)],
  ]);
  assert.deepEqual([late.status, late.body.code], [400, 'invalid_request']);
});

test('an export says who made the images, and an import of it knows them again', async () => {
  const dataset = await newDataset('exported');
  await upload(dataset, 'rose', [
    ['attribution', JSON.stringify(anna)],
    ['image', 31],
    ['image', 32],
  ]);
  const zip = Buffer.from(await (await fetch(`${dataset}/export`, { headers })).arrayBuffer());
  // The file belongs to no dataset then, so what was known of it goes with it.
  await fetch(dataset, { method: 'DELETE', headers });
  const back = await newDataset('back');
  const { status, body } = await importZip(back, zip);
  assert.deepEqual([status, body.totals.added], [201, 2]);
  const kept = Object.entries(await attributionsOf(back)).map(([name, attribution]) => [
    name.replace(/-\d+\.jpeg$/, '').replace(/^\w+\//, ''),
    attribution,
  ]);
  assert.deepEqual(Object.fromEntries(kept), { 'rose/31': anna, 'rose/32': null });
  const plain = await newDataset('plain');
  await upload(plain, 'rose', [['image', 33]]);
  const without = Buffer.from(await (await fetch(`${plain}/export`, { headers })).arrayBuffer());
  assert.ok(!without.includes('attribution.csv'));
});

test("a person's attribution.csv names images by their paths, and what it cannot say is left out", async () => {
  const dataset = await newDataset('by-hand');
  const zip = await zipOf({
    'photos/rose/a.jpg': await seededImage(41),
    'photos/attribution.csv':
      '\ufeffAuthor,file,source_url,remark\n"Dora\nDee",rose/a.jpg,javascript:alert(1),x\nEve,tulip/b.jpg,https://example.org/b,y,z\n',
    'photos/tulip/b.jpg': await seededImage(42),
  });
  const { status } = await importZip(dataset, zip);
  assert.equal(status, 201);
  assert.deepEqual(await attributionsOf(dataset), {
    'photos/rose/a.jpg': { ...nobody, author: 'Dora Dee' },
    'photos/tulip/b.jpg': { ...nobody, author: 'Eve', sourceUrl: 'https://example.org/b' },
  });
});

test('an attribution.csv that is no CSV is a file that failed, and the images are there', async () => {
  const dataset = await newDataset('broken');
  const zip = await zipOf({ 'rose/a.jpg': await seededImage(51), 'attribution.csv': 'file,author\nrose/a.jpg,"Anna' });
  const { status, body } = await importZip(dataset, zip);
  assert.deepEqual([status, body.totals.added, body.totals.failed], [207, 1, 1]);
  assert.deepEqual([body.results[1]!.filename, body.results[1]!.error!.code], ['attribution.csv', 'invalid_archive']);
});
