import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SnapshotItem } from '../../src/data/datasets/schemas.js';
import { alwaysTaught, divideIntoParts } from '../../src/training/calibrationParts.js';
import { createRandom, shuffledIndices } from '../../src/training/random.js';

const itemOf = (label: string, name: string, groupKey = name): SnapshotItem => ({
  imageId: 1,
  sha256: name,
  label,
  split: 'train',
  groupKey,
});

const partsByName = (items: readonly SnapshotItem[]): Map<string, number> =>
  new Map([...divideIntoParts(items)].map(([{ sha256 }, part]) => [sha256, part]));

describe('parts for cross-validation', () => {
  const items = ['a', 'b'].flatMap((label) => Array.from({ length: 15 }, (_, i) => itemOf(label, `${label}${i}`)));

  it('have each class in equal numbers, and are the same in whatever order the images come', () => {
    const parts = partsByName(items);
    for (const label of ['a', 'b'])
      for (const part of [0, 1, 2, 3, 4])
        assert.equal([...parts].filter(([name, own]) => name.startsWith(label) && own === part).length, 3);
    const order = shuffledIndices(items.length, createRandom(3));
    const shuffled = partsByName(Array.from(order, (i) => items[i]!));
    for (const [name, part] of parts) assert.equal(shuffled.get(name), part);
  });

  it('keep near duplicates together, and always teach the only group of a class', () => {
    const alike = ['x', 'y', 'z'].map((name) => itemOf('a', name, 'x'));
    const lonely = [itemOf('c', 'c1'), itemOf('c', 'c2', 'c1')];
    const parts = partsByName([...items, ...alike, ...lonely]);
    assert.equal(new Set(['x', 'y', 'z'].map((name) => parts.get(name))).size, 1);
    assert.deepEqual([parts.get('c1'), parts.get('c2')], [alwaysTaught, alwaysTaught]);
  });

  it('teach every class to each head, also one that shares its groups with others', () => {
    // In the order of their first labels, the groups of z come third and eighth: into the same part.
    const mixed = [3, 8].flatMap((place) => [itemOf('z', `z${place}`, `a${place - 1}`)]);
    const groups = Array.from({ length: 9 }, (_, i) => itemOf('a', `a${i}`));
    const parts = partsByName([...groups, ...mixed]);
    const ofClass = new Set(mixed.map(({ sha256 }) => parts.get(sha256)));
    assert.ok(ofClass.size > 1 || ofClass.has(alwaysTaught), `only in part ${[...ofClass].join()}`);
    assert.equal(parts.get('a2'), parts.get('z3'));
  });
});
