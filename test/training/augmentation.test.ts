import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { augmentationSchema } from '../../src/training/fit/hyperparameters.js';
import { augment, viewKey, type RawImage } from '../../src/training/embedding/augmentation.js';

const size = 64;
const none = { flip: false, crop: false, colour: false, rotation: false, erasing: false };
const image: RawImage = {
  width: size,
  height: size,
  pixels: Uint8Array.from({ length: size * size * 3 }, (_, i) => (i * 7 + Math.floor(i / (size * 3)) * 5) % 251),
};
const hash = 'ab'.repeat(32);
const everything = augmentationSchema.parse({ erasing: true });

describe('augmenting an image', () => {
  it('leaves view 0 as it is', async () => {
    assert.deepEqual(await augment(image, hash, { index: 0, augmentation: everything, seed: 1 }), image);
  });

  it('makes the same view of the same image, index and seed, and another when one of them differs', async () => {
    const view = { index: 1, augmentation: everything, seed: 1 };
    const first = await augment(image, hash, view);
    assert.deepEqual(await augment(image, hash, view), first);
    const others = [
      await augment(image, hash, { ...view, index: 2 }),
      await augment(image, hash, { ...view, seed: 2 }),
      await augment(image, 'cd'.repeat(32), view),
    ];
    for (const other of others) assert.notDeepEqual(other.pixels, first.pixels);
  });

  it('changes pixels and keeps the size with each change alone', async () => {
    for (const change of ['flip', 'crop', 'colour', 'rotation', 'erasing'] as const) {
      const augmentation = { ...none, [change]: true };
      const views = await Promise.all(
        [1, 2, 3, 4, 5, 6].map((index) => augment(image, hash, { index, augmentation, seed: 1 })),
      );
      assert.ok(
        views.every(
          ({ width, height, pixels }) => width === size && height === size && pixels.length === image.pixels.length,
        ),
      );
      const differ = views.filter(({ pixels }) => Buffer.compare(pixels, image.pixels) !== 0);
      assert.ok(differ.length > 0, `${change} changed nothing`);
    }
  });

  it('mirrors exactly when only flipping', async () => {
    const augmentation = { ...none, flip: true };
    const views = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((index) => augment(image, hash, { index, augmentation, seed: 1 })),
    );
    const mirrored = Uint8Array.from(image.pixels, (_, i) => {
      const x = Math.floor(i / 3) % size;
      return image.pixels[i + (size - 1 - 2 * x) * 3]!;
    });
    assert.ok(views.some(({ pixels }) => Buffer.compare(pixels, mirrored) === 0));
    assert.ok(views.some(({ pixels }) => Buffer.compare(pixels, image.pixels) === 0));
  });

  it('has one key for the plain view whatever the settings, and a key of its own for each other view', () => {
    const key = (index: number, seed: number, augmentation = everything): string =>
      viewKey({ index, seed, augmentation });
    assert.equal(key(0, 1), key(0, 2, none));
    assert.equal(new Set([key(0, 1), key(1, 1), key(2, 1), key(1, 2), key(1, 1, none)]).size, 5);
  });
});
