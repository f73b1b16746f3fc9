// Which part of a dataset an image belongs to: drawn from its group's hash, so that nothing moves when others are added.
import { createHash } from 'node:crypto';
import { groupBy } from '../../groupBy.js';
import type { Split, SplitOptions } from './schemas.js';

/** A number in [0, 1) that depends on `seed` and `groupKey` alone. */
export function drawOf(seed: number, groupKey: string): number {
  const digest = createHash('sha256').update(`${seed}:${groupKey}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** The split of a group of duplicates. Whatever the order of arrival, the same image gets the same answer. */
export function drawSplit(options: SplitOptions, groupKey: string): Split {
  const draw = drawOf(options.splitSeed, groupKey);
  if (draw < options.testShare) return 'test';
  return draw < options.testShare + options.validationShare ? 'validation' : 'train';
}

/** An image as the balance of splits sees it. */
export interface SplitMember {
  readonly groupKey: string;
  readonly label: string;
  readonly split: Split;
  readonly splitGiven: boolean;
}

/**
 * Chance may leave a small class without an image to validate or to test on. For each class that has a group to spare,
 * names the group of duplicates to move there: the drawn training group with the lowest draw, so that the choice is the
 * same every time. A class needs 2 groups for a validation image and 3 for a test image besides.
 */
export function missingHoldouts(options: SplitOptions, members: readonly SplitMember[]): Map<string, Split> {
  const moves = new Map<string, Split>();
  const wanted: Split[] = [];
  if (options.validationShare > 0) wanted.push('validation');
  if (options.testShare > 0) wanted.push('test');
  for (const own of groupBy(members, ({ label }) => label).values())
    for (const split of wanted) spareGroup(options, own, split, moves);
  return moves;
}

function spareGroup(options: SplitOptions, own: readonly SplitMember[], split: Split, moves: Map<string, Split>): void {
  const splitOf = (member: SplitMember): Split => moves.get(member.groupKey) ?? member.split;
  if (own.some((member) => splitOf(member) === split)) return;
  const training = new Set(own.filter((member) => splitOf(member) === 'train').map((member) => member.groupKey));
  if (training.size < 2) return;
  const given = new Set(own.filter((member) => member.splitGiven).map((member) => member.groupKey));
  const free = [...training].filter((groupKey) => !given.has(groupKey));
  const draws = free.map((groupKey) => ({ groupKey, draw: drawOf(options.splitSeed, groupKey) }));
  const lowest = draws.sort((a, b) => a.draw - b.draw)[0];
  if (lowest) moves.set(lowest.groupKey, split);
}
