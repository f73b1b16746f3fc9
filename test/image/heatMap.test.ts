import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import type { Geometry } from '../../src/image/decoder.js';
import { drawOnImage, toPng, type Grid } from '../../src/image/heatMap.js';
import { render } from '../../src/image/render.js';

const geometry = (resize: Geometry['resize'], cropFraction = 1): Geometry => ({
  width: 96,
  height: 96,
  resize,
  cropFraction,
  kernel: 'cubic',
});
const limits = { maxBytes: 1e7, maxPixels: 1e7, timeoutMs: 10_000 };

/** The place of the largest value, in shares of the map's width and height. */
function peakOf({ rows, columns, values }: Grid): [x: number, y: number] {
  const cell = values.indexOf(Math.max(...values));
  return [((cell % columns) + 0.5) / columns, (Math.floor(cell / columns) + 0.5) / rows];
}

/** How red each of 24 × 24 parts of the input is that the decoder makes of the image. */
async function rednessOf(image: Uint8Array, how: Geometry): Promise<Grid> {
  const { pixels } = await render(image, how, limits);
  const small = await sharp(pixels, { raw: { width: how.width, height: how.height, channels: 3 } })
    .resize(24, 24, { fit: 'fill' })
    .raw()
    .toBuffer();
  const values = Float64Array.from({ length: 24 * 24 }, (_, i) => small[3 * i]! - small[3 * i + 1]!);
  return { rows: 24, columns: 24, values };
}

/** A grey image with a red square of `side` around a place. */
const withRed = (width: number, height: number, x: number, y: number, side: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .composite([
      {
        input: { create: { width: side, height: side, channels: 3, background: 'red' } },
        left: Math.round(x * width - side / 2),
        top: Math.round(y * height - side / 2),
      },
    ])
    .png()
    .toBuffer();

describe('a heat map over the image', () => {
  const ways = [geometry('stretch'), geometry('letterbox'), geometry('centre-crop'), geometry('centre-crop', 0.8)];
  for (const how of ways)
    it(`finds the place again that the decoder was given (${how.resize} ${how.cropFraction})`, async () => {
      for (const [width, height] of [
        [300, 200],
        [200, 300],
        [160, 160],
      ] as const) {
        const image = await withRed(width, height, 0.4, 0.62, 24);
        const [x, y] = peakOf(drawOnImage(await rednessOf(image, how), how, { width, height }, 32));
        assert.ok(Math.hypot(x - 0.4, y - 0.62) < 0.05, `${width} × ${height}: ${x}, ${y}`);
      }
    });

  it('has square cells, as many on the longer side as asked for, and values from 0 to 1', () => {
    const map = { rows: 2, columns: 2, values: Float64Array.of(-5, 3, 1, 0) };
    const drawn = drawOnImage(map, geometry('stretch'), { width: 640, height: 480 }, 32);
    assert.deepEqual([drawn.columns, drawn.rows, drawn.values.length], [32, 24, 768]);
    assert.deepEqual([Math.min(...drawn.values), Math.max(...drawn.values)], [0, 1]);
    assert.equal(drawn.values[31], 1, 'the right upper corner');
    const thin = drawOnImage(map, geometry('stretch'), { width: 5000, height: 2 }, 32);
    assert.deepEqual([thin.columns, thin.rows], [32, 1]);
  });

  it('is 0 where nothing speaks for the class, and where a crop does not look', () => {
    const nothing = { rows: 1, columns: 2, values: Float64Array.of(-1, -2) };
    const square = { width: 100, height: 100 };
    assert.ok(drawOnImage(nothing, geometry('stretch'), square, 8).values.every((value) => value === 0));
    const everything = { rows: 1, columns: 1, values: Float64Array.of(2) };
    const wide = drawOnImage(everything, geometry('centre-crop'), { width: 200, height: 100 }, 8);
    assert.deepEqual([...wide.values.subarray(0, 8)], [0, 0, 1, 1, 1, 1, 0, 0]);
  });

  it('is a white PNG that is as opaque as its values', async () => {
    const png = await toPng({ rows: 1, columns: 3, values: Float64Array.of(0, 0.5, 1) });
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [3, 1]);
    const alphas = [0, 1, 2].map((i) => data[(i + 1) * info.channels - 1]);
    assert.deepEqual([alphas, data[0]], [[0, 128, 255], 255]);
  });
});
