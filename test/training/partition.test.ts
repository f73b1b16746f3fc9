import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SnapshotItem } from '../../src/data/datasets/schemas.js';
import { partitionSnapshot } from '../../src/training/partition.js';

const items = (label: string, split: SnapshotItem['split'], count: number): SnapshotItem[] =>
  Array.from({ length: count }, (_, i) => {
    const sha256 = `${label}-${split}-${i}`;
    return { imageId: i, sha256, label, split, groupKey: sha256 };
  });
const labelsOf = (part: readonly SnapshotItem[]): string[] => [...new Set(part.map(({ label }) => label))].sort();

/** How many array elements `work` iterates over, copies by spreading included. */
function countIterated(work: () => void): number {
  const original = Array.prototype[Symbol.iterator];
  let count = 0;
  Array.prototype[Symbol.iterator] = function* (this: unknown[]) {
    for (let i = 0; i < this.length; i++) {
      count += 1;
      yield this[i];
    }
    return undefined;
  } as typeof original;
  try {
    work();
  } finally {
    Array.prototype[Symbol.iterator] = original;
  }
  return count;
}

describe('partitioning a snapshot', () => {
  it('keeps given splits and is measured on the test images', () => {
    const all = ['a', 'b'].flatMap((label) => [
      ...items(label, 'train', 4),
      ...items(label, 'validation', 2),
      ...items(label, 'test', 1),
    ]);
    const { labels, train, validation, heldOut, heldOutSplit } = partitionSnapshot(all);
    assert.deepEqual(
      [labels, train.length, validation.length, heldOut.length, heldOutSplit],
      [['a', 'b'], 8, 4, 2, 'test'],
    );
  });

  it('is measured on validation when there is no test image', () => {
    const all = ['a', 'b'].flatMap((label) => [...items(label, 'train', 4), ...items(label, 'validation', 2)]);
    assert.deepEqual([partitionSnapshot(all).heldOutSplit, partitionSnapshot(all).heldOut.length], ['validation', 4]);
  });

  it('sets the same training images of each class aside when no validation image is given', () => {
    const all = [...items('a', 'train', 20), ...items('b', 'train', 2), ...items('a', 'test', 1)];
    const { train, validation } = partitionSnapshot(all);
    assert.deepEqual(
      [train.length, validation.length, labelsOf(train), labelsOf(validation)],
      [18, 4, ['a', 'b'], ['a', 'b']],
    );
    assert.deepEqual(
      partitionSnapshot([...all].reverse())
        .validation.map(({ sha256 }) => sha256)
        .sort(),
      validation.map(({ sha256 }) => sha256).sort(),
    );
  });

  it('sets near duplicates aside together under whatever labels, and leaves something of each class to learn from', () => {
    const all = Array.from({ length: 40 }, (_, i) =>
      ['a', 'b'].map((label, l) => ({
        ...items(label, 'train', 1)[0]!,
        sha256: `${label}${(i * 7 + l * i * 4) % 40}`,
        groupKey: `${i}`,
      })),
    ).flat();
    const { train, validation } = partitionSnapshot(all);
    const taught = new Set(train.map(({ groupKey }) => groupKey));
    assert.deepEqual(
      validation.filter(({ groupKey }) => taught.has(groupKey)),
      [],
    );
    assert.deepEqual([validation.length, labelsOf(train), labelsOf(validation)], [12, ['a', 'b'], ['a', 'b']]);
  });

  it('teaches a class whose images chance put into validation', () => {
    const { train, validation } = partitionSnapshot([
      ...items('a', 'train', 3),
      ...items('a', 'validation', 1),
      ...items('b', 'validation', 2),
    ]);
    assert.deepEqual([labelsOf(train), labelsOf(validation)], [['a', 'b'], ['a']]);
  });

  it('iterates over a few elements per image, however many images a class has', () => {
    const all = [...items('a', 'train', 2_000), ...items('b', 'train', 2_000)];
    const iterated = countIterated(() => partitionSnapshot(all));
    assert.ok(iterated < 20 * all.length, `${iterated} elements for ${all.length} images`);
  });

  it('names the class that is alone, has one image, or is only in the test split', () => {
    assert.throws(() => partitionSnapshot(items('a', 'train', 9)), {
      code: 'invalid_dataset',
      message: /one class, "a"/,
    });
    assert.throws(() => partitionSnapshot([...items('a', 'train', 9), ...items('b', 'train', 1)]), {
      code: 'invalid_dataset',
      message: /Only one: "b"/,
    });
    assert.throws(() => partitionSnapshot([...items('a', 'train', 9), ...items('b', 'test', 2)]), {
      code: 'invalid_dataset',
      message: /No image of "b"/,
    });
    assert.throws(() => partitionSnapshot([]), { code: 'invalid_dataset', message: /no usable image/ });
  });
});
