import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { AppError } from '../../src/errors.js';
import type { Geometry } from '../../src/image/decoder.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { coverSize } from '../../src/image/resize.js';
import { colourAt, readImage } from '../support/fixtureImages.js';

const square: Geometry = { width: 64, height: 64, resize: 'centre-crop', cropFraction: 1, kernel: 'nearest' };
const decoder = createImageDecoder({ limits: { maxBytes: 1e6, maxPixels: 1e6, timeoutMs: 20_000 }, concurrency: 1 });
after(() => decoder.close());

const decodeScene = async (geometry: Geometry): Promise<Uint8Array> =>
  (await decoder.decode(await readImage('scene.png'), geometry)).pixels;

describe('resizing', () => {
  it('by centre-crop keeps the scale and cuts the sides evenly', async () => {
    const [whole, cropped] = [
      await decodeScene({ ...square, width: 96, resize: 'stretch' }),
      await decodeScene(square),
    ];
    for (const [x, y] of [
      [0, 0],
      [31, 10],
      [32, 10],
      [63, 63],
    ] as const)
      assert.deepEqual(colourAt(cropped, 64, x, y), colourAt(whole, 96, x + 16, y), `${x},${y}`);
  });

  it('by centre-crop with a fraction cuts all four sides', async () => {
    const pixels = await decodeScene({ ...square, width: 32, height: 32, cropFraction: 0.5 });
    const whole = await decodeScene({ ...square, width: 96, resize: 'stretch' });
    assert.deepEqual(colourAt(pixels, 32, 0, 0), colourAt(whole, 96, 32, 16));
    assert.deepEqual(colourAt(pixels, 32, 31, 31), colourAt(whole, 96, 63, 47));
  });

  it('by letterbox shows all of the image between black bars', async () => {
    const pixels = await decodeScene({ ...square, width: 96, height: 96, resize: 'letterbox' });
    assert.deepEqual(colourAt(pixels, 96, 50, 15), [0, 0, 0]);
    assert.deepEqual(colourAt(pixels, 96, 50, 80), [0, 0, 0]);
    assert.deepEqual(colourAt(pixels, 96, 0, 16), [0xd0, 0x20, 0x20]);
    assert.deepEqual(colourAt(pixels, 96, 95, 79), [0xe8, 0xe0, 0xc0]);
  });

  it('covers the target however the sides round', () => {
    const geometry = { ...square, width: 299, height: 299, cropFraction: 0.875 };
    assert.deepEqual(coverSize({ width: 4032, height: 3024 }, geometry), { width: 456, height: 342 });
    assert.deepEqual(coverSize({ width: 1, height: 1 }, geometry), { width: 342, height: 342 });
  });

  it('refuses to crop a hair to a square', () => {
    const narrow = (): unknown => coverSize({ width: 1, height: 100_000 }, square);
    assert.throws(narrow, (error) => error instanceof AppError && error.code === 'undecodable_image');
  });
});
