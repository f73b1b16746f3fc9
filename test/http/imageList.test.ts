// Looking through the images of a dataset on a running server: filters, predictions, the order of doubt, many changes at once.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { zipOf } from '../support/zips.js';
import { adminKey, call, formOf, startApp } from './runningApp.js';

interface Image {
  readonly id: number;
  readonly label: string;
  readonly split: string;
  readonly group: string;
  readonly fileNames: readonly string[];
  readonly prediction?: { readonly label: string; readonly probability: number } | null;
}
interface Page {
  readonly images: readonly Image[];
  readonly next: number | null;
  readonly total: number | null;
  readonly code?: string;
  readonly detail?: string;
}
interface Changed {
  readonly before: readonly object[];
  readonly code?: string;
}

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
await publishTinyModel(modelsDir, 'colours', colours);
const { url, app } = await startApp({ MODELS_DIR: modelsDir });
after(() => rm(modelsDir, { recursive: true, force: true }));

const key = { authorization: `Bearer ${adminKey}` };
const images = `${url}/v1/admin/datasets/d/images`;
const list = async (query = ''): Promise<Page> => (await call<Page>(`${images}?${query}`, { headers: key })).body;
const idsOf = ({ images: listed }: Page): number[] => listed.map(({ id }) => id);
const change = (changes: readonly object[], body: object = { changes }) =>
  call<Changed>(images, {
    method: 'PATCH',
    headers: { ...key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

/** All pages of 3. */
async function pages(query: string): Promise<Image[]> {
  const listed: Image[] = [];
  for (let next: number | null = 0; next !== null;) {
    const page: Page = await list(`${query}&limit=3&after=${next}`);
    listed.push(...page.images);
    next = page.next;
  }
  return listed;
}

before(async () => {
  await call(`${url}/v1/admin/datasets/d`, { method: 'PUT', headers: key });
  const red = await colourImage('red', 0);
  const entries: Record<string, Uint8Array> = { 'green/same.png': red };
  for (const colour of colours)
    for (let i = 0; i < 4; i++) entries[`${colour}/Photo ${i}.png`] = await colourImage(colour, i);
  // A relative of one: the same pixels as another file.
  entries['blue/again.png'] = await sharp(entries['blue/Photo 1.png']).png({ compressionLevel: 0 }).toBuffer();
  const response = await fetch(`${url}/v1/admin/datasets/d/archive`, {
    method: 'POST',
    headers: { ...key, 'content-type': 'application/zip' },
    body: new Uint8Array(await zipOf(entries)),
  });
  assert.equal(response.status, 201, await response.text());
});

test('images are found by label, file name, likeness and contradiction, and counted on the first page', async () => {
  const all = await list();
  assert.deepEqual([all.images.length, all.total, all.next], [14, 14, null]);
  const first = await list('label=green&limit=2');
  assert.deepEqual([first.images.length, first.total], [2, 5]);
  const second = await list(`label=green&limit=2&after=${first.next}`);
  assert.deepEqual([second.images.length, second.total], [2, null]);
  const named = await list('fileName=photo%202');
  assert.deepEqual(
    named.images.map(({ fileNames: [name] }) => name!.slice(-11)),
    ['Photo 2.png', 'Photo 2.png', 'Photo 2.png'],
  );
  assert.deepEqual(new Set((await list('conflicts=true')).images.map(({ label }) => label)), new Set(['green', 'red']));
  const { images: alike } = await list('duplicates=true');
  const groups = new Map(alike.map(({ group }) => [group, alike.filter((one) => one.group === group).length]));
  assert.deepEqual([...groups.values()], [2, 2]);
  const blue = alike.filter(({ label }) => label === 'blue').map(({ id }) => id);
  assert.deepEqual(idsOf(await list(`similarTo=${blue[1]}`)), blue);
  assert.deepEqual(idsOf(await list('similarTo=12345')), []);
});

test('with a model, images have its predictions and are found by them', async () => {
  const { images: listed, total } = await list('model=colours');
  assert.equal(total, 14);
  const { predictions } = (
    await call<{ predictions: { imageId: number; predicted: string; probability: number }[] }>(
      `${url}/v1/admin/models/colours/versions/1/predictions?dataset=d`,
      { headers: key },
    )
  ).body;
  assert.deepEqual(
    listed.map(({ id, prediction }) => [id, prediction!.label, prediction!.probability]),
    predictions.map(({ imageId, predicted, probability }) => [imageId, predicted, probability]),
  );
  const some = listed[0]!.prediction!;
  const expected = listed.filter(
    ({ prediction }) => prediction!.label === some.label && prediction!.probability >= some.probability,
  );
  const found = await list(`model=colours&version=1&predicted=${some.label}&minProbability=${some.probability}`);
  assert.deepEqual([found.images, found.total], [expected, expected.length]);
  const mistaken = await list('model=colours&mistakes=true');
  assert.deepEqual(
    idsOf(mistaken),
    listed.filter(({ label, prediction }) => prediction!.label !== label).map(({ id }) => id),
  );
});

test('the most doubted labels come first, on pages that stay in order while images are relabelled', async () => {
  const doubted = await pages('model=colours&order=doubt');
  const doubtOf = ({ label, prediction }: Image): number =>
    prediction!.label === label ? -prediction!.probability : prediction!.probability;
  assert.equal(new Set(doubted.map(({ id }) => id)).size, 14);
  const doubts = doubted.map(doubtOf);
  doubts.forEach((doubt, i) => assert.ok(i === 0 || doubt <= doubts[i - 1]! + 1e-5, doubts.join()));
  assert.ok(doubts[0]! > 0 && doubts.at(-1)! < 0, 'the head is random, and wrong about some');
  const first = await list('model=colours&order=doubt&limit=3');
  const { body } = await change(first.images.map(({ id, prediction }) => ({ id, label: prediction!.label })));
  const rest = await list(`model=colours&order=doubt&after=${first.next}`);
  const relabelled = idsOf(first);
  assert.deepEqual(
    idsOf(rest).filter((id) => !relabelled.includes(id)),
    doubted.slice(3).map(({ id }) => id),
  );
  await change(body.before);
});

test('on a page of doubted labels, those unlike those before them come first when asked', async () => {
  const doubted = await list('model=colours&order=doubt&limit=10');
  const informative = await list('model=colours&order=informative&limit=10');
  assert.deepEqual([informative.next, informative.total], [doubted.next, doubted.total]);
  assert.deepEqual(new Set(idsOf(informative)), new Set(idsOf(doubted)));
  assert.equal(informative.images[0]!.id, doubted.images[0]!.id);
  // What looks like one before it tells nothing more: of the two pairs that are there, one each comes last.
  const groups = (await list('order=informative')).images.map(({ group }) => group);
  assert.equal(new Set(groups).size, 12);
  assert.equal(new Set(groups.slice(0, 12)).size, 12, groups.join());
});

test('a label that is wrong comes to the top, with the label that the image has, though no version learnt from the dataset', async () => {
  const { images: blues } = await list('label=blue&fileName=photo%203');
  const { id } = blues[0]!;
  const { body } = await change([{ id, label: 'red' }]);
  const { images: top } = await list('model=colours&order=doubt&limit=3');
  const doubted = top.find((image) => image.id === id);
  assert.equal(doubted?.prediction?.label, 'blue', JSON.stringify(top));
  await change(body.before);
  const { images: again } = await list('model=colours&order=doubt&limit=3');
  assert.ok(!idsOf({ images: again, next: null, total: null }).includes(id), 'a first page looks anew');
});

test('predictions of images that arrive later are made too', async () => {
  const form = formOf('image', [['late.png', await colourImage('red', 99)]]);
  const added = await fetch(`${images}?label=red`, { method: 'POST', headers: key, body: form });
  const { results } = (await added.json()) as { results: { id: number }[] };
  const { images: listed } = await list('model=colours&fileName=late');
  assert.equal(listed[0]!.prediction!.label.length > 0, true);
  await fetch(`${images}/${results[0]!.id}`, { method: 'DELETE', headers: key });
});

test('who asks for predictions without a model gets those of the default one; a model that is not there is refused by name', async () => {
  for (const query of ['mistakes=true', 'order=doubt', 'order=informative', 'minProbability=0.5', 'version=1'])
    assert.deepEqual(await list(query), await list(`${query}&model=colours`), query);
  assert.equal('prediction' in (await list()).images[0]!, false);
  assert.equal((await list('model=nothing')).code, 'unknown_model');
  assert.equal((await list('model=colours&version=9')).code, 'unknown_version');
});

test('thirty relabelled and removed at once are as before when the answer is sent back', async () => {
  const original = await list();
  const changes = original.images.map(({ id }, i) => (i % 2 === 0 ? { id, label: 'new' } : { id, removed: true }));
  const { status, body } = await change(changes);
  assert.equal(status, 200);
  assert.deepEqual(
    (await list()).images.map(({ label }) => label),
    Array.from({ length: 7 }, () => 'new'),
  );
  assert.equal((await change(body.before)).status, 200);
  assert.deepEqual((await list()).images, original.images);
  await app.registry.reload();
});

test('a change of too many images, or of what is no change, is refused', async () => {
  const { id } = (await list('limit=1')).images[0]!;
  assert.equal((await change([])).status, 400);
  assert.equal((await change([{ id, colour: 'x' }])).body.code, 'invalid_request');
  const many = Array.from({ length: 1000 }, (_, i) => ({
    id: i + 1_000_000,
    label: 'x',
    split: 'test',
    splitGiven: false,
    removed: false,
  }));
  assert.equal((await change(many)).body.code, 'unknown_image', 'a thousand are read');
  assert.equal((await change([...many, { id: 1 }])).body.code, 'invalid_request');
});
