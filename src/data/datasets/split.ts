// Which part of a dataset an image belongs to: drawn from its content when it arrives, settled by class when a training first uses it.
import { createHash } from 'node:crypto';
import { groupBy } from '../../groupBy.js';
import type { Split, SplitOptions } from './schemas.js';

/** A number in [0, 1) that depends on `seed` and `groupKey` alone. */
export function drawOf(seed: number, groupKey: string): number {
  const digest = createHash('sha256').update(`${seed}:${groupKey}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** The split of a group of duplicates until a training settles it. */
export function drawSplit(options: SplitOptions, groupKey: string): Split {
  const draw = drawOf(options.splitSeed, groupKey);
  if (draw < options.testShare) return 'test';
  return draw < options.testShare + options.validationShare ? 'validation' : 'train';
}

/** An image as the settling of splits sees it. */
export interface SplitMember {
  readonly sha256: string;
  readonly groupKey: string;
  readonly label: string;
  readonly split: Split;
  /** Asked for, not drawn. */
  readonly splitGiven: boolean;
  /** A training has used it: it stays where it is. */
  readonly splitSettled: boolean;
}

/**
 * The split of each group of near duplicates that is to change, by its groupKey, so that each class has its share of validation and
 * test images. Of each class, the groups that are neither given nor settled are taken in the order of their draws: the first to
 * validation where it has none, then to test until its share of the images is there, then to validation until its share is, the
 * rest to train; given images neither count nor move. A group is put only where it fits as a whole, and the last one is left to
 * train where that has none. The content alone decides, in whatever order the images came: a group is drawn by the least of its hashes.
 *
 * A class that is still without a validation image (from 2 groups on) or a test image (from 3 on) then gets its drawn training
 * group with the lowest draw, settled or not.
 */
export function settleSplits(options: SplitOptions, members: readonly SplitMember[]): Map<string, Split> {
  const groups = [...groupBy(members, ({ groupKey }) => groupKey).values()].map((own) => describeGroup(options, own));
  groups.sort((a, b) => a.draw - b.draw);
  for (const own of groupBy(groups, ({ label }) => label).values()) {
    fillShares(options, own);
    for (const split of heldOutSplits(options)) spareGroup(own, split);
  }
  const moved = groups.filter((group) => group.isDrawn && group.split !== group.before);
  return new Map(moved.map(({ groupKey, split }) => [groupKey, split]));
}

interface Group {
  readonly groupKey: string;
  readonly label: string;
  readonly size: number;
  readonly draw: number;
  /** None of it was given. */
  readonly isDrawn: boolean;
  readonly isSettled: boolean;
  readonly before: Split;
  split: Split;
}

function describeGroup({ splitSeed }: SplitOptions, members: readonly SplitMember[]): Group {
  const [first] = [...members].sort((a, b) => (a.sha256 + a.label < b.sha256 + b.label ? -1 : 1));
  const settled = members.find((member) => member.splitSettled);
  const { split } = settled ?? first!;
  return {
    groupKey: first!.groupKey,
    label: first!.label,
    size: members.length,
    draw: drawOf(splitSeed, first!.sha256),
    isDrawn: members.every((member) => !member.splitGiven),
    isSettled: settled !== undefined,
    before: split,
    split,
  };
}

/** Validation first: without it, nothing says when to stop. */
const heldOutSplits = ({ validationShare, testShare }: SplitOptions): Split[] => [
  ...(validationShare > 0 ? ['validation' as const] : []),
  ...(testShare > 0 ? ['test' as const] : []),
];

const countImages = (groups: readonly Group[]): number => groups.reduce((sum, { size }) => sum + size, 0);

const heldOut = ['test', 'validation'] as const;

/** `own`: the groups of one class, by their draws. */
function fillShares({ validationShare, testShare }: SplitOptions, own: readonly Group[]): void {
  const drawn = own.filter(({ isDrawn }) => isDrawn);
  const count = countImages(drawn);
  const settledIn = (split: Split): number =>
    countImages(drawn.filter((group) => group.isSettled && group.split === split));
  const room = {
    test: Math.round(count * testShare) - settledIn('test'),
    validation: Math.round(count * validationShare) - settledIn('validation'),
  };
  const open = drawn.filter(({ isSettled }) => !isSettled);
  const filled = new Set(own.filter(({ isDrawn, isSettled }) => !isDrawn || isSettled).map(({ split }) => split));
  for (const [i, group] of open.entries()) {
    const order = filled.has('validation') ? heldOut : [...heldOut].reverse();
    const isNeeded = i === open.length - 1 && !filled.has('train');
    group.split = (isNeeded ? undefined : order.find((split) => group.size <= room[split])) ?? 'train';
    if (group.split !== 'train') room[group.split] -= group.size;
    filled.add(group.split);
  }
}

/** One training group always stays. */
function spareGroup(own: readonly Group[], split: Split): void {
  if (own.some((group) => group.split === split)) return;
  const training = own.filter((group) => group.split === 'train');
  if (training.length < 2) return;
  const lowest = training.find(({ isDrawn }) => isDrawn);
  if (lowest) lowest.split = split;
}
