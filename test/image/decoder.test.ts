import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { AppError, type ErrorCode } from '../../src/errors.js';
import type { DecodedImage, Geometry, ImageDecoder } from '../../src/image/decoder.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { createHeldDecoder } from '../support/heldDecoder.js';
import { colourAt, gifBomb, pngBomb, readImage, scene, type Colour } from '../support/fixtureImages.js';

const limits = { maxBytes: 2 ** 20, maxPixels: 64e6, timeoutMs: 20_000 };
const asDrawn: Geometry = { ...scene.size, resize: 'stretch', cropFraction: 1, kernel: 'cubic' };

const decoder = createImageDecoder({ limits, concurrency: 2 });
after(() => decoder.close());

const assertNear = (came: Colour, wanted: Colour, tolerance: number, where: string): void => {
  const off = Math.max(...came.map((value, channel) => Math.abs(value - wanted[channel]!)));
  assert.ok(off <= tolerance, `${where}: ${came.join()} instead of ${wanted.join()}`);
};

const assertScene = async (name: string, tolerance: number): Promise<void> => {
  const { width, height, pixels } = await decoder.decode(await readImage(name), asDrawn);
  assert.deepEqual({ width, height }, scene.size);
  assert.equal(pixels.length, width * height * 3);
  for (const { at, colour } of scene.points)
    assertNear(colourAt(pixels, width, ...at), colour, tolerance, `${name} at ${at.join()}`);
};

const assertRefused = (bytes: Uint8Array, code: ErrorCode, detail: RegExp, by: ImageDecoder = decoder): Promise<void> =>
  assert.rejects(by.decode(bytes, asDrawn), (error) => {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, code, error.detail);
    assert.match(error.detail, detail);
    return true;
  });

describe('a decoder reads every accepted format', () => {
  for (const name of ['scene.png', 'scene.webp', 'scene.gif', 'scene.tiff', 'palette.png', 'sixteen-bit.png'])
    it(`${name} exactly`, () => assertScene(name, 0));
  for (const name of ['scene.jpg', 'progressive.jpg', 'scene.avif', 'display-p3.jpg', 'display-p3.heic'])
    it(`${name} closely`, () => assertScene(name, 3));
  // Without a profile a CMYK file's colours are a convention: the printing press cannot show these greens and blues.
  it('cmyk.tiff with the colours of a printing press', () => assertScene('cmyk.tiff', 70));
  for (const name of ['animated.gif', 'animated.webp']) it(`the first frame of ${name}`, () => assertScene(name, 0));
});

describe('a decoder turns images upright', () => {
  for (let value = 1; value <= 8; value += 1)
    it(`EXIF orientation ${value}`, () => assertScene(`orientation-${value}.jpg`, 3));
  it('a HEIC file once, though it says so twice', () => assertScene('orientation-6.heic', 3));
});

describe('a decoder gives three channels', () => {
  for (const name of ['grey.png', 'grey.jpg', 'grey-sixteen-bit.png'])
    it(`to ${name}`, async () => {
      const { pixels } = await decoder.decode(await readImage(name), asDrawn);
      assertNear(colourAt(pixels, 96, 4, 60), [82, 82, 82], 2, 'the blue corner');
      assertNear(colourAt(pixels, 96, 90, 60), [223, 223, 223], 2, 'the light corner');
    });
  for (const name of ['alpha.png', 'alpha.webp', 'grey-alpha.png', 'alpha.heic'])
    it(`to ${name}, white where it is transparent`, async () => {
      const { pixels } = await decoder.decode(await readImage(name), asDrawn);
      assertNear(colourAt(pixels, 96, 4, 4), [0x40, 0x40, 0x40], 2, 'the dark corner');
      assertNear(colourAt(pixels, 96, 90, 32), [255, 255, 255], 1, 'the transparent half');
    });
});

describe('a decoder refuses', () => {
  for (const [what, head, name] of [
    ['text', 'these are words in a file named .jpg', /unknown type/],
    ['SVG', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', /xml/],
    ['PDF', '%PDF-1.7\n', /pdf/],
    ['BMP', 'BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0', /bmp/],
    ['ICO', '\0\0\x01\0\x01\0\x10\x10\0\0\x01\0\x20\0', /icon/],
    ['PSD', '8BPS\0\x01\0\0\0\0\0\0\0\x03', /photoshop/],
    ['MP4', '\0\0\0\x18ftypisom\0\0\x02\0isommp42', /mp4/],
    // A TIFF whose first directory has the tag DNGVersion (50706): a camera's raw file, of which a TIFF reader sees the thumbnail.
    ['DNG', 'II*\0\x08\0\0\0\x01\0\x12\xc6\x01\0\x04\0\0\0\x01\x04\0\0\0\0\0\0', /dng/],
    ['an empty file', '', /empty/],
  ] as const)
    it(`${what}, naming what it accepts and what came`, async () => {
      await assertRefused(
        Buffer.from(head, 'latin1'),
        'unsupported_image',
        /JPEG, PNG, WebP, AVIF, GIF, TIFF and HEIC/,
      );
      await assertRefused(Buffer.from(head, 'latin1'), 'unsupported_image', name);
    });
  for (const name of ['truncated.jpg', 'truncated.png', 'truncated.webp'])
    it(name, async () => assertRefused(await readImage(name), 'undecodable_image', /damaged or incomplete/));
  it('a truncated HEIC file', async () => {
    const whole = await readImage('display-p3.heic');
    await assertRefused(whole.subarray(0, whole.length - 200), 'undecodable_image', /damaged or incomplete/);
  });
  it('a file over the limit of bytes', async () => {
    await assertRefused(new Uint8Array(limits.maxBytes + 1), 'image_too_large', /1048576 bytes; this file has 1048577/);
  });
  it('a PNG of 65536 × 65536 pixels', () => assertRefused(pngBomb(65_536), 'image_too_large', /64000000 pixels/));
  it('an animation with a canvas over the limit', () =>
    assertRefused(gifBomb(40_000, 3, 40_000), 'image_too_large', /64000000 pixels/));
  it('a HEIC file over the limit of pixels', async () => {
    const strict = createImageDecoder({ limits: { ...limits, maxPixels: 6_143 }, concurrency: 1 });
    await assertRefused(await readImage('display-p3.heic'), 'image_too_large', /6143 pixels/, strict);
    await strict.close();
  });
});

describe('a decoder accepts', () => {
  it('the pngBomb builder’s file when it is within the limits, so that only its size is hostile', async () => {
    const { width, pixels } = await decoder.decode(pngBomb(2_000), asDrawn);
    assert.equal(width, 2_000);
    assert.ok(pixels.every((value) => value === 0));
  });
  it('an animation of 20,000 frames, of which it reads one', async () => {
    const { width, height } = await decoder.decode(gifBomb(1_000, 20_000), asDrawn);
    assert.deepEqual([width, height], [1_000, 1_000]);
  });
  it('a JPEG with bytes after its end', async () => {
    const bytes = Buffer.concat([await readImage('scene.jpg'), Buffer.alloc(1_000, 7)]);
    assert.equal((await decoder.decode(bytes, asDrawn)).width, 96);
  });
  it('an image of one pixel', async () => {
    assert.equal((await decoder.decode(pngBomb(1), asDrawn)).pixels.length, 96 * 64 * 3);
  });
});

describe('a decoder under way', () => {
  it('rejects with the reason of an abort, before and after it began', async () => {
    const bytes = await readImage('scene.jpg');
    const reason = new Error('the client left');
    await assert.rejects(decoder.decode(bytes, asDrawn, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const under = decoder.decode(bytes, asDrawn, controller.signal);
    controller.abort(reason);
    await assert.rejects(under, reason);
  });
  it('ends a HEIC decode that is aborted and decodes the next', async () => {
    const controller = new AbortController();
    const under = decoder.decode(await readImage('display-p3.heic'), asDrawn, controller.signal);
    setImmediate(() => controller.abort(new Error('the client left')));
    await assert.rejects(under, /the client left/);
    await assertScene('display-p3.heic', 3);
  });
  it('says so when an image takes too long', async () => {
    const hasty = createImageDecoder({ limits: { ...limits, timeoutMs: 1 }, concurrency: 1 });
    await assertRefused(await readImage('display-p3.heic'), 'image_timeout', /longer than 1 ms/, hasty);
    await hasty.close();
  });
  it('closes twice without complaint', async () => {
    const short = createImageDecoder({ limits, concurrency: 1 });
    await short.decode(await readImage('display-p3.heic'), asDrawn);
    await short.close();
    await short.close();
  });
});

describe('a decoder with more to do than it can', () => {
  const tiny: Geometry = { width: 1, height: 1, resize: 'stretch', cropFraction: 1, kernel: 'linear' };

  it('decodes background images only when no request waits, refuses none of them and no request because of them', async () => {
    const held = createHeldDecoder({ concurrency: 1, maxWaiting: 2 });
    const decode = (name: string, priority: 'request' | 'background'): Promise<unknown> =>
      held.decode(Buffer.from(name), tiny, undefined, priority);
    const background = ['b1', 'b2', 'b3', 'b4', 'b5'].map((name) => decode(name, 'background'));
    const requests = ['r1', 'r2'].map((name) => decode(name, 'request'));
    await assert.rejects(decode('r3', 'request'), { code: 'overloaded' });
    const order: string[] = [];
    for (let i = 0; i < 7; i++) {
      await held.begun(1);
      order.push(...held.running);
      held.finish();
    }
    await Promise.all([...background, ...requests]);
    assert.deepEqual(order, ['b1', 'r1', 'r2', 'b2', 'b3', 'b4', 'b5']);
    await held.close();
  });

  it("counts the decoding of an image alone against its time limit, and ends a request's wait as overloaded", async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const held = createHeldDecoder({ concurrency: 1, maxWaiting: 2, timeoutMs: 100 });
    const codeOf = (decoding: Promise<unknown>): Promise<unknown> =>
      decoding.catch((error: unknown) => (error as AppError).code);
    const first = codeOf(held.decode(Buffer.from('first'), tiny));
    const waiting = codeOf(held.decode(Buffer.from('waiting'), tiny));
    const background = codeOf(held.decode(Buffer.from('background'), tiny, undefined, 'background'));
    await held.begun(1);
    t.mock.timers.tick(100);
    assert.deepEqual([await first, await waiting], ['image_timeout', 'overloaded']);
    held.finish();
    await held.begun(1);
    assert.deepEqual(held.running, ['background']);
    t.mock.timers.tick(99);
    const next = codeOf(held.decode(Buffer.from('next'), tiny, undefined, 'background'));
    t.mock.timers.tick(1);
    assert.equal(await background, 'image_timeout');
    held.finish();
    await held.begun(1);
    t.mock.timers.tick(99);
    held.finish();
    const { width, height } = (await next) as DecodedImage;
    assert.deepEqual([width, height], [1, 1]);
    await held.close();
  });
});
