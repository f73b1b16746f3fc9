// Divides the images of a fit into parts for cross-validation: by their content, each class in each part. Pure functions.
import type { SnapshotItem } from '../data/datasets/schemas.js';
import { groupBy } from '../groupBy.js';

/**
 * Parts of cross-validation. Heads that are fitted on four fifths of training and validation images learn from about as many as the
 * head itself does, which has training images alone (70 %). Those of three parts learn from fewer, are less often right, and ask
 * for too much doubt. Ten parts gave no better temperatures than five.
 */
const partCount = 5;

/** Number of the part that is never held out: the only images of their class, without which a head knows nothing of it. */
export const alwaysTaught = 255;

/**
 * The part of each item, from 0 to 4, or alwaysTaught. Near duplicates are in one part, and the same items get the same parts in
 * whatever order they come.
 */
export function divideIntoParts(items: readonly SnapshotItem[]): Map<SnapshotItem, number> {
  const groups = [...groupBy(items, ({ groupKey }) => groupKey).values()].map(describeGroup);
  const groupsOf = groupBy(
    groups.flatMap((group) => group.labels),
    (label) => label,
  );
  groups.sort((a, b) => (a.order < b.order ? -1 : 1));
  const parts = new Map<SnapshotItem, number>();
  let next = 0;
  for (const { labels, members } of groups) {
    const isNeeded = labels.some((label) => groupsOf.get(label)!.length === 1);
    const part = isNeeded ? alwaysTaught : next++ % partCount;
    for (const member of members) parts.set(member, part);
  }
  for (const own of groupBy(groups.flatMap(labelled), ({ label }) => label).values()) teachInOnePart(own, parts);
  return parts;
}

const labelled = ({ labels, members }: Group) => labels.map((label) => ({ label, members }));

/** Where groups of several labels brought all of a class into one part, its first group is always taught: no head is measured on what it never met. */
function teachInOnePart(own: readonly Pick<Group, 'members'>[], parts: Map<SnapshotItem, number>): void {
  if (new Set(own.map(({ members }) => parts.get(members[0]!))).size > 1) return;
  for (const member of own[0]!.members) parts.set(member, alwaysTaught);
}

interface Group {
  /** Groups in this order follow one another class by class. */
  readonly order: string;
  readonly labels: readonly string[];
  readonly members: readonly SnapshotItem[];
}

function describeGroup(members: readonly SnapshotItem[]): Group {
  const labels = [...new Set(members.map(({ label }) => label))].sort();
  const [first] = members.map(({ sha256 }) => sha256).sort();
  return { order: `${labels[0]!}/${first!}`, labels, members };
}
