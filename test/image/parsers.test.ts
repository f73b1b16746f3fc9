import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import sharp from 'sharp';
import { AppError } from '../../src/errors.js';
import { detectFormat } from '../../src/image/format.js';
import { createTiff } from '../../src/image/tiff.js';

test('the TIFF of any pixels decodes to the same pixels', async () => {
  const image = fc.record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 140 }),
    channels: fc.constantFrom(3 as const, 4 as const),
    seed: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(image, async ({ width, height, channels, seed }) => {
      const { file, pixels } = createTiff({ width, height, channels, profile: new Uint8Array() });
      pixels.forEach((_, i) => (pixels[i] = (i * 31 + seed) & 255));
      const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
      assert.deepEqual([info.width, info.height, info.channels], [width, height, channels]);
      assert.deepEqual(new Uint8Array(data), new Uint8Array(pixels));
    }),
    { numRuns: 60 },
  );
});

test('any bytes have a format that is accepted, or are refused as unsupported', async () => {
  const beginnings = [
    '',
    '\xff\xd8\xff',
    '\x89PNG\r\n',
    'GIF89a',
    'RIFF....WEBP',
    'II*\0',
    '\0\0\0\x20ftypheic',
    '\0\0\0\x14ftypmif3',
    'PK\x03\x04',
    '%PDF',
    'ID3',
  ];
  const bytes = fc
    .tuple(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 200 }))
    .map(([beginning, rest]) => Buffer.concat([Buffer.from(beginning, 'latin1'), rest]));
  await fc.assert(
    fc.asyncProperty(bytes, async (given) => {
      try {
        assert.match(await detectFormat(given), /^(jpeg|png|webp|avif|gif|tiff|heic)$/);
      } catch (error) {
        assert.ok(error instanceof AppError && error.code === 'unsupported_image', String(error));
      }
    }),
    { numRuns: 2_000 },
  );
});
