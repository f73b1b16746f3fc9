import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Split, SplitOptions } from '../../src/data/datasets/schemas.js';
import { drawSplit, settleSplits, type SplitMember } from '../../src/data/datasets/split.js';

const options: SplitOptions = { splitSeed: 1, validationShare: 0.15, testShare: 0.15 };

const drawn = (label: string, name: string, groupKey = name): SplitMember => ({
  sha256: name,
  groupKey,
  label,
  split: drawSplit(options, groupKey),
  splitGiven: false,
  splitSettled: false,
});
const many = (label: string, count: number, from = 0): SplitMember[] =>
  Array.from({ length: count }, (_, i) => drawn(label, `${label}-${from + i}`));

/** What the dataset looks like after a training. */
function settled(members: readonly SplitMember[], shares = options): SplitMember[] {
  const moves = settleSplits(shares, members);
  return members.map((member) => ({
    ...member,
    split: (member.splitGiven ? undefined : moves.get(member.groupKey)) ?? member.split,
    splitSettled: true,
  }));
}

const count = (members: readonly SplitMember[], label: string, split: Split): number =>
  members.filter((member) => member.label === label && member.split === split).length;
const splitsByName = (members: readonly SplitMember[]): [string, Split][] =>
  members.map(({ sha256, split }): [string, Split] => [sha256, split]).sort();

describe('settling splits', () => {
  it('gives each class its share of validation and test images, not about its share', () => {
    const after = settled([...many('a', 60), ...many('b', 60), ...many('c', 200), ...many('d', 5)]);
    for (const [label, held, taught] of [
      ['a', 9, 42],
      ['b', 9, 42],
      ['c', 30, 140],
      ['d', 1, 3],
    ] as const)
      assert.deepEqual(
        (['validation', 'test', 'train'] as const).map((split) => count(after, label, split)),
        [held, held, taught],
      );
  });

  it('goes by content: the order of arrival and the group key make no difference', () => {
    const members = [...many('a', 40), ...['p', 'q', 'r'].map((name) => drawn('a', name, 'p'))];
    const other = [...many('a', 40), ...['q', 'r', 'p'].map((name) => drawn('a', name, 'q'))].reverse();
    assert.deepEqual(splitsByName(settled(members)), splitsByName(settled(other)));
  });

  it('moves nothing that a training has used, and fills up with what came since', () => {
    const before = settled(many('a', 60));
    const after = settled([...before, ...many('a', 40, 60)]);
    assert.deepEqual(splitsByName(after.slice(0, 60)), splitsByName(before));
    assert.deepEqual(
      [count(after, 'a', 'validation'), count(after, 'a', 'test'), count(after, 'a', 'train')],
      [15, 15, 70],
    );
  });

  it('leaves given splits alone, and gives the others their share all the same', () => {
    const given = many('a', 30).map((member): SplitMember => ({ ...member, split: 'train', splitGiven: true }));
    const after = settled([...given, ...many('a', 20, 100)]);
    assert.equal(count(after.slice(0, 30), 'a', 'train'), 30);
    assert.deepEqual([count(after, 'a', 'validation'), count(after, 'a', 'test')], [3, 3]);
  });

  it('keeps near duplicates in one split and puts no large group where it does not fit', () => {
    const film = Array.from({ length: 30 }, (_, i) => drawn('a', `frame-${i}`, 'frame-0'));
    const after = settled([...many('a', 30), ...film]);
    assert.equal(count(after.slice(30), 'a', 'train'), 30);
    assert.deepEqual([count(after, 'a', 'validation'), count(after, 'a', 'test')], [9, 9]);
  });

  it('gives the one small group of a class to validation, not to test', () => {
    for (const small of ['s1', 's2', 's3', 's4']) {
      const film = Array.from({ length: 50 }, (_, i) => drawn('a', `frame-${i}`, 'frame-0'));
      const after = settled([...film, drawn('a', small)]);
      assert.deepEqual([count(after, 'a', 'train'), count(after, 'a', 'validation')], [50, 1], small);
    }
  });

  it('always leaves a class something to learn from, however large the other shares', () => {
    for (const size of [2, 3, 4, 5]) {
      const large = { ...options, validationShare: 0.45, testShare: 0.45 };
      const after = settled(many('a', size), large);
      assert.ok(count(after, 'a', 'train') > 0 && count(after, 'a', 'validation') > 0, `${size} images`);
    }
  });

  it('gives a class of two or three something to check with, and one of one image nothing', () => {
    const after = settled([...many('one', 1), ...many('two', 2), ...many('three', 3)]);
    const of = (label: string): number[] =>
      (['train', 'validation', 'test'] as const).map((split) => count(after, label, split));
    assert.deepEqual(
      [of('two'), of('three')],
      [
        [1, 1, 0],
        [1, 1, 1],
      ],
    );
    assert.deepEqual(of('one'), [1, 0, 0]);
  });
});
