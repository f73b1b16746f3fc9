import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SnapshotItem } from '../../src/data/datasets/schemas.js';
import { foldsOf } from '../../src/training/search/folds.js';

const itemsOf = (count: number, group = (i: number): string => String(i)): SnapshotItem[] =>
  Array.from({ length: count }, (_, i) => ({
    sha256: `${i}`,
    imageId: i,
    groupKey: group(i),
    label: i % 2 === 0 ? 'even' : 'odd',
    split: 'train' as const,
  }));

describe('the folds of a search', () => {
  it('are the validation images where they are many', () => {
    const items = itemsOf(500);
    const folds = foldsOf({ train: items.slice(0, 300), validation: items.slice(300) }, 1);
    assert.equal(folds.length, 1);
    assert.deepEqual([folds[0]!.train.length, folds[0]!.validation.length], [300, 200]);
  });

  it('are repeated where images are few: each is held out once in each repetition, near duplicates together', () => {
    const items = itemsOf(60, (i) => (i < 6 ? `twins-${i % 2}` : String(i)));
    const folds = foldsOf({ train: items.slice(0, 50), validation: items.slice(50) }, 1);
    assert.equal(folds.length, 6);
    const heldOut = folds.flatMap(({ validation }) => validation);
    assert.deepEqual(heldOut.length, 120);
    for (const { train, validation } of folds) {
      assert.deepEqual(
        [...train, ...validation].sort((a, b) => a - b),
        [...items.keys()],
      );
      const groups = new Set(validation.map((number) => items[number]!.groupKey));
      assert.ok(train.every((number) => !groups.has(items[number]!.groupKey)));
      const even = validation.filter((number) => number % 2 === 0).length;
      assert.ok(even >= 6 && even <= 13, `${even} of ${validation.length}`);
    }
    assert.notDeepEqual(folds.slice(0, 3), folds.slice(3));
  });

  it('always learn from the only group of a class', () => {
    const items = [...itemsOf(20), { ...itemsOf(1)[0]!, sha256: 'x', groupKey: 'x', label: 'rare' }];
    for (const { train } of foldsOf({ train: items, validation: [] }, 1)) assert.ok(train.includes(20));
  });
});
