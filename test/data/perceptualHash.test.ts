import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { inspectImage } from '../../src/data/images/inspectImage.js';
import { nearDuplicateBits } from '../../src/data/images/perceptualHash.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { seededImage } from '../support/seededImages.js';

const decoder = createImageDecoder({
  limits: { maxBytes: 1_000_000, maxPixels: 1_000_000, timeoutMs: 60_000 },
  concurrency: 2,
});
after(() => decoder.close());

const hashOf = async (bytes: Uint8Array): Promise<string> => (await inspectImage(decoder, bytes)).dhash;

async function distance(a: Uint8Array, b: Uint8Array): Promise<number> {
  const [first, second] = [await hashOf(a), await hashOf(b)];
  return Array.from(first).filter((bit, index) => bit !== second[index]).length;
}

test('copies in another quality, size, format or brightness are near duplicates', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const original = await seededImage(seed);
    const copies = [
      sharp(original).jpeg({ quality: 50 }),
      sharp(original).resize(48),
      sharp(original).png(),
      sharp(original).modulate({ brightness: 1.1 }),
    ];
    for (const copy of copies) assert.ok((await distance(original, await copy.toBuffer())) <= nearDuplicateBits);
  }
});

test('different images are not, nor an image and its mirror image', async () => {
  for (let seed = 0; seed < 10; seed++) {
    assert.ok((await distance(await seededImage(seed), await seededImage(seed + 1))) > nearDuplicateBits);
    assert.ok(
      (await distance(
        await seededImage(seed),
        await sharp(await seededImage(seed))
          .flop()
          .toBuffer(),
      )) > nearDuplicateBits,
    );
  }
});

test('the hash has 512 bits, all zero for a plain surface', async () => {
  const plain = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#8899aa' } })
    .png()
    .toBuffer();
  assert.equal(await hashOf(plain), '0'.repeat(512));
});
