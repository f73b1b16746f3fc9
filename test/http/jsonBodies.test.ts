// JSON bodies over HTTP: images in base64 and data URLs, one or many, and those that are refused before they cost anything.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { drawJpeg } from '../support/drawnImages.js';
import { adminKey, call, post, startApp } from './runningApp.js';

interface Problem {
  readonly code: string;
  readonly detail: string;
}
interface Results {
  readonly results: ReadonlyArray<{
    readonly predictions?: readonly unknown[];
    readonly embedding?: readonly number[];
    readonly error?: Problem;
  }>;
}

const mib = 2 ** 20;
const { url } = await startApp({ MAX_IMAGES_PER_REQUEST: '4', REQUEST_TIMEOUT_MS: '120000' });
const images = [await drawJpeg(10), await drawJpeg(130), await drawJpeg(250)];
const texts = images.map((image) => image.toString('base64'));
const dataUrls = texts.map((text) => `data:image/jpeg;base64,${text}`);

const send = <T>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  call<T>(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const assertRefused = async (path: string, body: unknown, status: number, code: string, detail: RegExp) => {
  const answer = await send<Problem>(path, body);
  assert.deepEqual([answer.status, answer.body.code], [status, code], answer.body.detail);
  assert.match(answer.body.detail, detail);
};

describe('images in JSON', () => {
  it('are answered in their order, as those of a raw body are', async () => {
    const { status, body } = await send<Results>('/v1/classify?topK=2', { images: texts });
    assert.equal(status, 200);
    for (const [index, image] of images.entries()) {
      const alone = await post<Results>(`${url}/v1/classify?topK=2`, image, 'image/jpeg');
      assert.deepEqual(body.results[index], alone.body.results[0]);
    }
  });

  it('may be data URLs, one or many, wherever images are read', async () => {
    const one = await send<Results>('/v1/classify', { image: dataUrls[0] });
    const many = await send<Results>('/v1/embed', { images: [dataUrls[1], texts[1]] });
    const flask = await send<{ success: boolean }>('/classify', { image: dataUrls[0]!.replace('data:', 'DATA:') });
    const input = { name: 'image', datatype: 'BYTES', shape: [1], data: [dataUrls[0]] };
    const infer = await send('/v2/models/clothing/infer', { inputs: [input] });
    const feedback = await send('/v1/feedback', { image: dataUrls[0], label: 'hat' });

    assert.deepEqual(
      [one, many, flask, infer, feedback].map(({ status }) => status),
      [200, 200, 200, 200, 201],
    );
    assert.equal(one.body.results[0]!.predictions!.length, 5);
    assert.deepEqual(many.body.results[0]!.embedding, many.body.results[1]!.embedding);
  });

  it('have addresses of their own, which answer as those without it', async () => {
    for (const [path, body] of [
      ['/v1/classify', { images: texts }],
      ['/v1/embed', { images: texts }],
    ] as const) {
      const [own, other] = await Promise.all([send<Results>(`${path}/base64`, body), send<Results>(path, body)]);
      assert.deepEqual([own.status, own.body.results], [200, other.body.results], path);
    }
    const feedback = await send<{ label: string }>('/v1/feedback/base64', { image: texts[0], label: 'hat' });
    assert.deepEqual([feedback.status, feedback.body.label], [201, 'hat']);
    const unlabelled = await send<Problem>('/v1/feedback/base64', { image: texts[0] });
    assert.deepEqual([unlabelled.status, unlabelled.body.code], [400, 'invalid_request']);
  });

  it('that are bad files get an error in their place', async () => {
    const { status, body } = await send<Results>('/v1/classify', { images: [texts[0], btoa('words')] });
    assert.equal(status, 200);
    assert.deepEqual(
      body.results.map(({ error }) => error?.code),
      [undefined, 'unsupported_image'],
    );
  });

  it('are refused when there are too many, none, or both of one and many', async () => {
    await assertRefused('/v1/classify', { images: Array(5).fill(texts[0]) }, 413, 'too_many_images', /at most 4.* 5 /);
    await assertRefused('/v1/classify', { images: [] }, 400, 'invalid_request', /"images"/);
    await assertRefused('/v1/classify', { image: texts[0], images: texts }, 400, 'invalid_request', /or/);
    await assertRefused('/v1/feedback', { images: texts, label: 'hat' }, 413, 'too_many_images', /one image/);
  });

  it('that are no base64 are named by their place, whatever their length', async () => {
    for (const bad of ['?', 'abc', 'ab=c', 'data:image/jpeg,abcd', `${'A'.repeat(9 * mib)}*AAA`, '?*'.repeat(4 * mib)])
      await assertRefused('/v1/classify', { images: [texts[0], bad] }, 400, 'invalid_request', /^images\.1: .*base64/);
    const input = { name: 'image', datatype: 'BYTES', shape: [1], data: ['?'] };
    await assertRefused(
      '/v2/models/clothing/infer',
      { inputs: [input] },
      400,
      'invalid_request',
      /^inputs\.0\.data\.0:/,
    );
  });

  it('of 10 MB are read like any other', async () => {
    const padded = Buffer.concat([images[0]!, Buffer.alloc(10 * mib - images[0]!.length)]);
    const { status, body } = await send<Results>('/v1/classify', { image: padded.toString('base64') });
    assert.equal(status, 200);
    assert.equal(body.results[0]!.predictions!.length, 5);
  });
});

/** Sends the head of a request and the beginning of its body, never the rest, and reads what comes back. */
const answerTo = (path: string, beginning: string, headers = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: taxon\r\nContent-Type: application/json\r\nContent-Length: ${13 * mib}\r\n${headers}\r\n${beginning}`,
      );
    });
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.endsWith('}')) socket.destroy();
    });
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });

describe('a JSON body of 13 MB', () => {
  const admin = `Authorization: Bearer ${adminKey}\r\n`;
  for (const element of ['null', '"A*"', '{}', '1'])
    it(`of nothing but ${element} is refused from its first kilobytes`, async () => {
      const many = `[${`${element},`.repeat(4_000)}`;
      // The protocol's tensors may be numbers, as many as the pixels of an image.
      const pixels = `[${`${element},`.repeat(401_000)}`;
      const answers = await Promise.all([
        answerTo(
          '/v2/models/clothing/infer',
          `{"inputs":[{"name":"image","datatype":"BYTES","shape":[1],"data":${pixels}`,
        ),
        answerTo('/v1/classify', `{"images":${many}`),
        answerTo('/v1/admin/keys', `{"name":"k","scopes":${many}`, admin),
      ]);
      for (const answer of answers)
        assert.match(answer, /^HTTP\/1\.1 400 [^]*"detail":"the JSON body has more than \d+ values"/);
    });

  it('is answered on a connection that goes on: a client that is still sending reads why', async () => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    const body = Buffer.from(`{"images":[${'1,'.repeat(2_000_000)}1]}`);
    const answers: string[] = [];
    socket.on('data', (chunk) => answers.push(String(chunk)));
    const head = `POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: application/json\r\n`;
    socket.write(`${head}Content-Length: ${body.length}\r\n\r\n`);
    socket.write(body.subarray(0, 10_000));
    while (!answers.join('').includes('values')) await once(socket, 'data');
    socket.write(body.subarray(10_000));
    // Longer than a client that does not send the rest is given.
    await sleep(5_500);
    socket.end('GET /health/live HTTP/1.1\r\nHost: taxon\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    assert.match(answers.join(''), /^HTTP\/1\.1 400 [^]*HTTP\/1\.1 200 /);
  });

  it('of nothing but brackets too', async () => {
    const answer = await answerTo('/v1/admin/retrain', '['.repeat(100), admin);
    assert.match(answer, /^HTTP\/1\.1 400 [^]*"detail":"the JSON body is nested more than 32 deep"/);
  });
});

describe('a JSON body', () => {
  it('whose keys reach for the prototype is refused', async () => {
    const headers = { authorization: `Bearer ${adminKey}` };
    const bodies = ['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'];
    const paths = ['/v1/classify', '/v2/models/clothing/infer', '/v1/admin/retrain', '/v1/admin/keys'];
    for (const path of paths)
      for (const body of [...bodies, bodies[0]!.replace('__', '\\u005f_'), `{"a":[${bodies[0]}]}`])
        assert.equal((await send(path, body, headers)).status, 400, `${path} ${body}`);
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  });

  it('that is a form in disguise is refused', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, body } = await send<Problem>('/v1/classify', 'image=abc&__proto__[admin]=1', headers);
    assert.deepEqual([status, body.code], [415, 'unsupported_media_type']);
  });

  it('with a thousand faults names the first few', async () => {
    const headers = { authorization: `Bearer ${adminKey}` };
    const body = { name: 'k', scopes: Array(500).fill('root') };
    const answer = await send<Problem>('/v1/admin/keys', body, headers);
    assert.equal(answer.status, 400);
    assert.match(answer.body.detail, /^scopes\.0: .*; and 495 more$/);
  });
});
