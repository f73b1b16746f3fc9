// What strangers send by mistake or on purpose: each gets its documented status and code, and the next good request is answered.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ErrorCode } from '../../src/errors.js';
import { gifBomb, pngBomb, readImage } from '../support/fixtureImages.js';
import { call, formOf, post, startApp, type Answer } from './runningApp.js';

interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
}
interface Results {
  readonly results: ReadonlyArray<{
    readonly width?: number;
    readonly predictions?: readonly unknown[];
    readonly error?: { readonly code: ErrorCode };
  }>;
}

const mib = 2 ** 20;
// A slow machine needs its time for 32 images; no test here is of the deadline.
const { url } = await startApp({
  REQUEST_TIMEOUT_MS: '120000',
  DECODE_TIMEOUT_MS: '100000',
  MAX_IMAGE_BYTES: String(10 * mib),
  MAX_BODY_BYTES: String(40 * mib),
  MAX_IMAGES_PER_REQUEST: '32',
});
const classify = `${url}/v1/classify`;
const image = await readImage('scene.jpg');

const assertProblem = (
  { status, headers, body }: Answer<Problem>,
  wantedStatus: number,
  code: ErrorCode,
  detail: RegExp,
): void => {
  assert.deepEqual([status, body.code], [wantedStatus, code], body.detail);
  assert.equal(headers.get('content-type'), 'application/problem+json');
  assert.equal(headers.get('x-request-id'), body.requestId);
  assert.match(body.detail, detail);
};

const sendFile = (bytes: Uint8Array, name = 'photo.jpg'): Promise<Answer<Problem>> =>
  post<Problem>(classify, formOf('image', [[name, bytes]]));

const assertServes = async (): Promise<void> => {
  const { status, body } = await post<Results>(classify, image, 'image/jpeg');
  assert.equal(status, 200);
  assert.equal(body.results[0]!.predictions!.length, 5);
};

describe('a body that carries no image', () => {
  afterEach(assertServes);
  it('empty, as a raw image', async () =>
    assertProblem(await post(classify, '', 'image/jpeg'), 400, 'empty_body', /send the image/));
  it('absent, without a content type', async () =>
    assertProblem(await call(classify, { method: 'POST' }), 400, 'empty_body', /send the image/));
  it('empty, as JSON', async () => assertProblem(await post(classify, '', 'application/json'), 400, 'empty_body', /./));
  it('empty, as a form', async () =>
    assertProblem(await post(classify, '', 'multipart/form-data; boundary=x'), 400, 'missing_image', /no fields/));
  it('a form without the field', async () =>
    assertProblem(
      await post(classify, formOf('snapshot', [['a.jpg', image]])),
      400,
      'missing_image',
      /"image" or "file".*"snapshot"/,
    ));
  it('a form whose file is empty', async () =>
    assertProblem(await sendFile(new Uint8Array()), 415, 'unsupported_image', /an empty file/));
  it('JSON that is none', async () =>
    assertProblem(await post(classify, '{"image":', 'application/json'), 400, 'invalid_request', /./));
  it('JSON whose image is no base64', async () =>
    assertProblem(await post(classify, '{"image":"?!"}', 'application/json'), 400, 'invalid_request', /base64/));
  it('a form that is text', async () =>
    assertProblem(
      await post(classify, 'hello', 'multipart/form-data; boundary=x'),
      400,
      'malformed_multipart',
      /boundary/,
    ));
  it('plain text', async () =>
    assertProblem(await post(classify, 'hello', 'text/plain'), 415, 'unsupported_media_type', /./));
});

describe('a file that cannot be classified', () => {
  afterEach(assertServes);
  it('text named .jpg', async () =>
    assertProblem(await sendFile(Buffer.from('these are words')), 415, 'unsupported_image', /JPEG, PNG/));
  it('SVG sent as image/jpeg', async () =>
    assertProblem(
      await post(classify, '<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/jpeg'),
      415,
      'unsupported_image',
      /JPEG, PNG/,
    ));
  for (const name of ['truncated.jpg', 'truncated.png', 'truncated.webp'])
    it(name, async () =>
      assertProblem(await sendFile(await readImage(name)), 422, 'undecodable_image', /damaged or incomplete/),
    );
  it('a PNG of 65536 × 65536 pixels in half a megabyte', async () => {
    const bomb = pngBomb(65_536);
    assert.ok(bomb.length < 600_000);
    assertProblem(await sendFile(bomb), 413, 'image_too_large', /pixels/);
  });
  it('an animation with an enormous canvas', async () =>
    assertProblem(await sendFile(gifBomb(40_000, 100, 40_000)), 413, 'image_too_large', /pixels/));
  it('20 MB against a limit of 10, in a form', async () =>
    assertProblem(await sendFile(Buffer.alloc(20 * mib, 1)), 413, 'image_too_large', /10485760 bytes/));
  it('20 MB against a limit of 10, raw', async () =>
    assertProblem(
      await post(classify, Buffer.alloc(20 * mib, 1), 'image/jpeg'),
      413,
      'image_too_large',
      /10485760 bytes/,
    ));
  it('20 MB as JSON, which would hold up every other request', async () => {
    const body = JSON.stringify({ image: Buffer.alloc(20 * mib, 1).toString('base64') });
    assertProblem(await post(classify, body, 'application/json'), 413, 'body_too_large', /./);
  });
  it('a body over the limit of bodies', async () =>
    assertProblem(await post(classify, Buffer.alloc(41 * mib, 1), 'image/jpeg'), 413, 'body_too_large', /41943040/));
});

describe('an image that is odd but whole is classified', () => {
  for (const name of [
    'cmyk.tiff',
    'sixteen-bit.png',
    'grey-alpha.png',
    'animated.webp',
    'display-p3.heic',
    'scene.avif',
  ])
    it(name, async () => {
      const { status, body } = await post<Results>(classify, formOf('image', [[name, await readImage(name)]]));
      assert.equal(status, 200);
      assert.equal(body.results[0]!.width, 96);
    });
  it('an animation of 20,000 frames', async () => {
    assert.equal((await post(classify, formOf('image', [['a.gif', gifBomb(500, 20_000)]]))).status, 200);
  });
});

describe('a form', () => {
  afterEach(assertServes);
  const named = (count: number): ReadonlyArray<readonly [string, Uint8Array]> =>
    Array.from({ length: count }, (_, i) => [`${i}.jpg`, image] as const);

  it('of 32 files is answered in order, one of 33 is refused', async () => {
    const { status, body } = await post<Results>(classify, formOf('image', named(32)));
    assert.deepEqual([status, body.results.length], [200, 32]);
    assertProblem(await post<Problem>(classify, formOf('image', named(33))), 413, 'too_many_images', /32/);
  });
  it('with bad files among good ones answers each in its place', async () => {
    const files = [
      ['a.jpg', image],
      ['b.jpg', Buffer.from('words')],
      ['c.png', pngBomb(65_536)],
      ['d.jpg', await readImage('truncated.jpg')],
      ['e.jpg', image],
    ] as const;
    const { status, body } = await post<Results>(classify, formOf('image', files));
    assert.equal(status, 200);
    const codes = body.results.map(({ error }) => error?.code ?? 'answered');
    assert.deepEqual(codes, ['answered', 'unsupported_image', 'image_too_large', 'undecodable_image', 'answered']);
  });
  it('that does not follow its boundary', async () => {
    const body =
      '--right\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nbytes\r\n--right--\r\n';
    assertProblem(
      await post(classify, body, 'multipart/form-data; boundary=wrong'),
      400,
      'malformed_multipart',
      /boundary/,
    );
  });
  it('that names no boundary', async () =>
    assertProblem(await post(classify, 'bytes', 'multipart/form-data'), 400, 'malformed_multipart', /boundary/));
  it('that ends in the middle of a file', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nhalf of a';
    assertProblem(
      await post(classify, body, 'multipart/form-data; boundary=b'),
      400,
      'malformed_multipart',
      /boundary/,
    );
  });
  it('that ends between two files', async () => {
    const body =
      '--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\nwhole\r\n--b\r\nContent-';
    assertProblem(
      await post(classify, body, 'multipart/form-data; boundary=b'),
      400,
      'malformed_multipart',
      /boundary/,
    );
  });
  it('with a thousand fields', async () => {
    const form = formOf('image', [['a.jpg', image]]);
    for (let i = 0; i < 1_000; i += 1) form.append(`field${i}`, 'x');
    const { status } = await post<Problem>(classify, form);
    assert.ok(status >= 400 && status < 500, `${status}`);
  });
  it('with a field that reaches for the prototype', async () => {
    const { status } = await post<Problem>(classify, formOf('__proto__', [['a.jpg', image]]));
    assert.equal(status, 400);
  });
});

describe('a query', () => {
  afterEach(assertServes);
  for (const topK of ['0', '-1', 'a', '1e9', '1000000000', '2.5', ''])
    it(`with topK=${topK}`, async () =>
      assertProblem(await post(`${classify}?topK=${topK}`, image, 'image/jpeg'), 400, 'invalid_request', /topK/));
  it('with a classifier that is not there', async () =>
    assertProblem(await post(`${classify}?model=nothing`, image, 'image/jpeg'), 404, 'unknown_model', /nothing/));
  it('with a path for a classifier', async () =>
    assertProblem(await post(`${classify}?model=..%2F..%2Fetc`, image, 'image/jpeg'), 404, 'unknown_model', /./));
  it('with a version that is not there', async () =>
    assertProblem(await post(`${classify}?version=999`, image, 'image/jpeg'), 404, 'unknown_version', /999/));
});

/** Sends the first half of an upload over a bare socket and hangs up. */
const hangUp = (half: Uint8Array, headers: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname, () => {
      socket.write(`POST /v1/classify HTTP/1.1\r\nHost: taxon\r\n${headers}\r\n\r\n`);
      socket.write(half, () => socket.destroy());
    });
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });

describe('a client that hangs up half-way', () => {
  afterEach(assertServes);
  const half = Buffer.alloc(mib, 1);
  it('in a raw body', () => hangUp(half, `Content-Type: image/jpeg\r\nContent-Length: ${2 * mib}`));
  it('in a form', async () => {
    const head = Buffer.from('--b\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n');
    await hangUp(
      Buffer.concat([head, half]),
      `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${2 * mib}`,
    );
  });
  it('in a chunked body', () =>
    hangUp(Buffer.from('100000\r\nabc'), 'Content-Type: image/jpeg\r\nTransfer-Encoding: chunked'));
  it('while its image is being worked on', async () => {
    await Promise.all(
      Array.from({ length: 20 }, () => hangUp(image, `Content-Type: image/jpeg\r\nContent-Length: ${image.length}`)),
    );
  });
  it('a hundred times leaves room for the next upload', async () => {
    for (let i = 0; i < 100; i += 1) await hangUp(half, `Content-Type: image/jpeg\r\nContent-Length: ${30 * mib}`);
  });
});

describe('memory', () => {
  it('is given back after big uploads, good or bad', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    /** Blobs and sockets of the client's side let go a turn of the event loop later. */
    const heldMib = async (): Promise<number> => {
      for (let i = 0; i < 5; i += 1) {
        collect();
        await setImmediate();
      }
      return process.memoryUsage().arrayBuffers / mib;
    };
    await assertServes();
    const before = await heldMib();
    for (let i = 0; i < 10; i += 1) {
      await sendFile(Buffer.alloc(20 * mib, 1));
      await sendFile(Buffer.alloc(9 * mib, 1));
    }
    await assertServes();
    const growth = (await heldMib()) - before;

    assert.ok(growth < 40, `${growth.toFixed(0)} MiB more are held`);
  });
});
