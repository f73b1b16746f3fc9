import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawJpeg } from '../support/drawnImages.js';
import { call, formOf, post, startApp } from './runningApp.js';

interface Prediction {
  readonly label: string;
  readonly probability: number;
}
interface Result {
  readonly filename?: string;
  readonly width: number;
  readonly height: number;
  readonly predictions: Prediction[];
  readonly embedding: number[];
  readonly error?: { readonly code: string };
}
interface Classified {
  readonly model: { readonly name: string; readonly version: number };
  readonly results: Result[];
  readonly timing: Record<string, number>;
  readonly models?: Classified[];
}

const { url } = await startApp();
const classify = `${url}/v1/classify`;
const image = await drawJpeg(20);
const other = await drawJpeg(200, 240, 320);

/** A form with a file that has no name, as some clients send what they have in memory. */
function namelessFile(bytes: Uint8Array): [body: Buffer<ArrayBuffer>, contentType: string] {
  const head = '--x\r\nContent-Disposition: form-data; name="image"\r\n\r\n';
  return [Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--x--\r\n')]), 'multipart/form-data; boundary=x'];
}

test('the three ways to send an image give the same probabilities', async () => {
  const answers = [
    await post<Classified>(classify, formOf('image', [['a.jpg', image]])),
    await post<Classified>(classify, formOf('file', [['a.jpg', image]])),
    await post<Classified>(classify, ...namelessFile(image)),
    await post<Classified>(classify, image, 'image/jpeg'),
    await post<Classified>(classify, JSON.stringify({ image: image.toString('base64') }), 'application/json'),
    await post<Classified>(classify, image, 'application/octet-stream'),
  ];
  for (const { status, body } of answers) {
    assert.equal(status, 200);
    assert.deepEqual(body.results[0]!.predictions, answers[0]!.body.results[0]!.predictions);
  }
});

test('a single classification answers with model, size, sorted predictions and timing', async () => {
  const { body, headers } = await post<Classified>(classify, formOf('image', [['shirt.jpg', image]]));
  assert.deepEqual(body.model, { name: 'clothing', version: 1 });
  const [result] = body.results;
  assert.deepEqual(
    [result!.filename, result!.width, result!.height, result!.predictions.length],
    ['shirt.jpg', 320, 240, 5],
  );
  const probabilities = result!.predictions.map(({ probability }) => probability);
  assert.deepEqual(
    probabilities,
    [...probabilities].sort((a, b) => b - a),
  );
  assert.deepEqual(Object.keys(body.timing), ['decodeMs', 'queueMs', 'inferenceMs']);
  assert.match(headers.get('x-request-id')!, /^[\w-]+$/);
});

test('the probabilities of all classes sum to one', async () => {
  const { body } = await post<Classified>(`${classify}?topK=10`, image, 'image/jpeg');
  const sum = body.results[0]!.predictions.reduce((total, { probability }) => total + probability, 0);
  assert.ok(Math.abs(sum - 1) < 1e-9, `sum ${sum}`);
});

test('topK and minProbability cut the list', async () => {
  const { body } = await post<Classified>(`${classify}?topK=2`, image, 'image/jpeg');
  assert.equal(body.results[0]!.predictions.length, 2);
  const least = body.results[0]!.predictions[0]!.probability;
  const cut = await post<Classified>(`${classify}?minProbability=${least}`, image, 'image/jpeg');
  assert.deepEqual(
    cut.body.results[0]!.predictions.map(({ label }) => label),
    [body.results[0]!.predictions[0]!.label],
  );
});

test('a batch answers in the order of its files, with a bad file in its place', async () => {
  const files = [
    ['a.jpg', image],
    ['bad.jpg', Buffer.from('this is text')],
    ['b.jpg', other],
  ] as const;
  const { status, body } = await post<Classified>(classify, formOf('image', files));
  assert.equal(status, 200);
  assert.deepEqual(
    body.results.map(({ filename }) => filename),
    ['a.jpg', 'bad.jpg', 'b.jpg'],
  );
  assert.equal(body.results[1]!.error?.code, 'unsupported_image');
  const alone = await post<Classified>(classify, other, 'image/jpeg');
  const [inBatch, single] = [body.results[2]!, alone.body.results[0]!].map(({ predictions }) => predictions[0]!);
  assert.equal(inBatch!.label, single!.label);
  assert.ok(Math.abs(inBatch!.probability - single!.probability) < 1e-5);
});

test('a model named with its version is the same as the active one', async () => {
  const named = await post<Classified>(`${classify}?model=clothing&version=1`, image, 'image/jpeg');
  const active = await post<Classified>(classify, image, 'image/jpeg');
  assert.deepEqual(named.body.results, active.body.results);
});

test('an embedding has 2048 values, and different images differ', async () => {
  const { body } = await post<Classified>(
    `${url}/v1/embed`,
    formOf('image', [
      ['a.jpg', image],
      ['b.jpg', other],
    ]),
  );
  const [a, b] = body.results.map(({ embedding }) => embedding);
  assert.equal(a!.length, 2048);
  assert.ok(a!.some((value, index) => Math.abs(value - b![index]!) > 1e-3));
});

test('the contract of the Flask tutorials: field img, every class in label order', async () => {
  const { status, body } = await post<{ success: boolean; predictions: Prediction[] }>(
    `${url}/classify`,
    formOf('img', [['a.jpg', image]]),
  );
  assert.equal(status, 200);
  assert.equal(body.success, true);
  const { body: model } = await call<{ labels: string[] }>(`${url}/v1/models/clothing`);
  assert.deepEqual(
    body.predictions.map(({ label }) => label),
    model.labels,
  );
  const { body: sorted } = await post<Classified>(`${classify}?topK=10`, image, 'image/jpeg');
  for (const { label, probability } of sorted.results[0]!.predictions) {
    assert.equal(body.predictions.find((one) => one.label === label)!.probability, probability);
  }
});

test('many clients at once all get their own answer', async () => {
  const images = await Promise.all(Array.from({ length: 12 }, (_, index) => drawJpeg(index * 30)));
  const alone: Prediction[] = [];
  for (const one of images)
    alone.push((await post<Classified>(classify, one, 'image/jpeg')).body.results[0]!.predictions[0]!);
  const together = await Promise.all(images.map((one) => post<Classified>(classify, one, 'image/jpeg')));
  together.forEach(({ body }, index) => {
    const best = body.results[0]!.predictions[0]!;
    assert.equal(best.label, alone[index]!.label);
    assert.ok(Math.abs(best.probability - alone[index]!.probability) < 1e-5);
  });
});

test('equal images of a request are computed once, and each has its place among the answers', async () => {
  const shared = async (): Promise<number> =>
    Number(/^taxon_shared_images_total (\d+)/m.exec(await (await fetch(`${url}/metrics`)).text())![1]);
  const before = await shared();
  const alone = await post<Classified>(classify, image, 'image/jpeg');
  const files = [image, other, image, image].map((bytes, index): [string, Buffer] => [`${index}.jpg`, bytes]);
  const { status, body } = await post<Classified>(classify, formOf('image', files));
  assert.equal(status, 200);
  assert.deepEqual(
    body.results.map(({ filename, width }) => [filename, width]),
    [
      ['0.jpg', 320],
      ['1.jpg', 240],
      ['2.jpg', 320],
      ['3.jpg', 320],
    ],
  );
  const [first, , third, fourth] = body.results;
  assert.deepEqual([third!.predictions, fourth!.predictions], [first!.predictions, first!.predictions]);
  assert.deepEqual(
    first!.predictions.map(({ label }) => label),
    alone.body.results[0]!.predictions.map(({ label }) => label),
  );
  assert.equal((await shared()) - before, 2);
});
