import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { classifierNameOf } from '../../src/models/classifierNames.js';
import { drawJpeg } from '../support/drawnImages.js';
import { adminKey, call, formOf, post, startApp, type Answer } from './runningApp.js';

interface Predicted {
  readonly id: string;
  readonly project: string;
  readonly iteration: string;
  readonly created: string;
  readonly predictions: ReadonlyArray<{
    readonly probability: number;
    readonly tagId: string;
    readonly tagName: string;
  }>;
  readonly code?: string;
  readonly message?: string;
}
interface Classified {
  readonly results: ReadonlyArray<{
    readonly predictions: ReadonlyArray<{ readonly label: string; readonly probability: number }>;
  }>;
}

const image = await drawJpeg(90);
const store = createServer((_request, answer) => answer.end(image)).listen(0, '127.0.0.1');
await once(store, 'listening');
after(() => store.close());
const imageUrl = `http://localhost:${(store.address() as AddressInfo).port}/a.jpg`;
const { url } = await startApp({
  AUTH: 'required',
  IMAGE_URL_HOSTS: new URL(imageUrl).host,
  IMAGE_URL_NETWORKS: '127.0.0.0/8,::1/128',
});
const project = randomUUID();

const at = (end: string, publishedName = 'clothing', version = 'v3.1'): string =>
  `${url}/customvision/${version}/prediction/${project}/classify/iterations/${publishedName}/${end}`;
const send = (
  address: string,
  body: NonNullable<RequestInit['body']>,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/octet-stream' },
): Promise<Answer<Predicted>> =>
  call<Predicted>(address, { method: 'POST', body, headers: { 'Prediction-Key': adminKey, ...headers } });
const json = { 'content-type': 'application/json; charset=utf-8' };

test('an image is classified in the form of Custom Vision, every tag with its probability', async () => {
  const { status, body } = await send(at('image'), new Uint8Array(image));
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), ['id', 'project', 'iteration', 'created', 'predictions']);
  assert.equal(body.project, project);
  assert.ok(Math.abs(Date.parse(body.created) - Date.now()) < 60_000);
  for (const id of [body.id, body.iteration, ...body.predictions.map(({ tagId }) => tagId)])
    assert.match(id, /^[\da-f]{8}-[\da-f]{4}-[48][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  const { body: own } = await call<Classified>(`${url}/v1/classify?topK=10`, {
    method: 'POST',
    body: new Uint8Array(image),
    headers: { 'x-api-key': adminKey, 'content-type': 'image/jpeg' },
  });
  assert.deepEqual(
    body.predictions.map(({ tagName, probability }) => ({ label: tagName, probability })),
    own.results[0]!.predictions,
  );
});

test('both versions, with and without nostore, as bytes, as a form and by a URL, give the same tags with the same ids', async () => {
  const first = await send(at('image'), new Uint8Array(image));
  const answers: Array<Answer<Predicted>> = [];
  for (const version of ['v3.0', 'v3.1'])
    for (const end of ['', '/nostore'])
      answers.push(
        await send(at(`image${end}?application=tests`, 'clothing', version), new Uint8Array(image)),
        await send(at(`image${end}`, 'Clothing', version), formOf('imageData', [['a.jpg', image]]), {}),
        await send(at(`url${end}`, 'clothing', version), JSON.stringify({ url: imageUrl }), json),
        await send(at(`url${end}`, 'clothing', version), JSON.stringify({ Url: imageUrl }), json),
      );
  assert.equal(answers.length, 16);
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    assert.notEqual(body.id, first.body.id);
    assert.deepEqual(
      [body.iteration, body.predictions.map(({ tagId }) => tagId)],
      [first.body.iteration, first.body.predictions.map(({ tagId }) => tagId)],
    );
  }
});

test('errors come in the form of Custom Vision, with its codes', async () => {
  const text = Buffer.from('text');
  const answers = [
    await send(at('image', 'nothing'), new Uint8Array(image)),
    await send(at('image').replace(project, 'project'), new Uint8Array(image)),
    await send(at('image'), text),
    await send(at('image'), new Uint8Array()),
    await send(at('image'), formOf('imageData', []), {}),
    await send(
      at('image'),
      formOf('imageData', [
        ['a.jpg', image],
        ['b.jpg', image],
      ]),
      {},
    ),
    await send(at('image'), Buffer.alloc(11 * 2 ** 20)),
    await send(at('image'), 'text', { 'content-type': 'text/plain' }),
    await send(at('url'), JSON.stringify({ url: 'https://example.com/a.jpg' }), json),
    await send(at('url'), JSON.stringify({ uri: imageUrl }), json),
    await send(at('image'), new Uint8Array(image), { 'Prediction-Key': 'wrong' }),
  ];
  assert.deepEqual(
    answers.map(({ status, body }) => [status, body.code]),
    [
      [404, 'NotFoundIteration'],
      [400, 'BadRequest'],
      [400, 'BadRequestImageFormat'],
      [400, 'BadRequestImageStream'],
      [400, 'BadRequestImageStream'],
      [400, 'BadRequestImageBatch'],
      [400, 'BadRequestImageSizeBytes'],
      [415, 'UnsupportedMediaType'],
      [400, 'BadRequestImageUrl'],
      [400, 'BadRequest'],
      [401, 'ForbiddenUser'],
    ],
  );
  for (const { headers, body } of answers) {
    assert.match(headers.get('content-type')!, /^application\/json/);
    assert.deepEqual(Object.keys(body), ['code', 'message']);
    assert.ok(body.message!.length > 0);
  }
});

test("a key may come in any of the headers that Azure's and Taxon's clients send", async () => {
  for (const header of ['Prediction-Key', 'Ocp-Apim-Subscription-Key', 'X-API-Key']) {
    const headers = { [header]: adminKey, 'content-type': 'application/octet-stream' };
    const { status } = await call(at('image'), { method: 'POST', body: new Uint8Array(image), headers });
    assert.equal(status, 200, header);
  }
  const { status } = await post(at('image'), image, 'application/octet-stream');
  assert.equal(status, 401);
});

test('a published name stands for the classifier whose name is nearest', () => {
  const names = ['Iteration1', 'My Model (final)', 'Blüten', '.hidden', '花', 'x'.repeat(80), 'a'.repeat(63) + ' b'];
  assert.deepEqual(names.map(classifierNameOf), [
    'iteration1',
    'my-model-final',
    'bluten',
    'hidden',
    '',
    'x'.repeat(64),
    'a'.repeat(63),
  ]);
});
