import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import type { Geometry } from '../../src/image/decoder.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { shrinkRows } from '../../src/image/shrink.js';
import { readImage } from '../support/fixtureImages.js';

const decoder = createImageDecoder({ limits: { maxBytes: 1e6, maxPixels: 1e6, timeoutMs: 20_000 }, concurrency: 1 });
after(() => decoder.close());

it('a block becomes its average, rounded, and the padding of a row is left out', () => {
  const rows = Uint8Array.from(
    [
      [10, 0, 20, 0, 200, 1, 200, 1, 99],
      [30, 0, 41, 1, 200, 1, 200, 1, 99],
    ].flat(),
  );
  const pixels = new Uint8Array(4);
  shrinkRows({ rows, stride: 9, factor: 2 }, { width: 2, height: 1, channels: 2 }, pixels);
  assert.deepEqual([...pixels], [25, 0, 200, 1]);
});

it('a factor of one copies', () => {
  const pixels = new Uint8Array(6);
  shrinkRows(
    { rows: Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 0), stride: 4, factor: 1 },
    { width: 1, height: 2, channels: 3 },
    pixels,
  );
  assert.deepEqual([...pixels], [1, 2, 3, 4, 5, 6]);
});

it('a HEIC image that is shrunk on the way looks like the PNG that is not, and keeps its own size', async () => {
  const geometry: Geometry = { width: 12, height: 8, resize: 'stretch', cropFraction: 1, kernel: 'cubic' };
  const heic = await decoder.decode(await readImage('display-p3.heic'), geometry);
  const png = await decoder.decode(await readImage('scene.png'), geometry);
  assert.deepEqual([heic.width, heic.height], [96, 64]);
  const differences = heic.pixels.map((value, index) => Math.abs(value - png.pixels[index]!));
  assert.ok(Math.max(...differences) <= 16, `${Math.max(...differences)} of 255 at most`);
  assert.ok(differences.reduce((sum, value) => sum + value, 0) / differences.length <= 2);
});
