// Which part of a multi-label dataset an image belongs to, so that each label has its share of each part: iterative stratification
// (Sechidis, Tsoumakas and Vlahavas 2011, "On the Stratification of Multi-label Data"), the rarest label first.
import { groupBy } from '../../groupBy.js';
import { labelsOfText } from '../../labelText.js';
import type { Split, SplitOptions } from './schemas.js';
import { drawOf, type SplitMember } from './split.js';

/** Of equals the first gets the image: a class without a training image is never learnt. */
const splits = ['train', 'validation', 'test'] as const satisfies readonly Split[];

interface Group {
  readonly groupKey: string;
  readonly size: number;
  /** Images of the group by label. */
  readonly labels: ReadonlyMap<string, number>;
  readonly draw: number;
  readonly isDrawn: boolean;
  readonly settledIn: Split | undefined;
  readonly before: Split;
}

/** How many images a part still lacks: of each label, and of any. */
interface Wanted {
  readonly split: Split;
  readonly labels: Map<string, number>;
  images: number;
}

/**
 * As settleSplits: the split of each group of near duplicates that is to change, by its groupKey. Groups that were given or settled
 * stay; given ones do not count. The content alone decides, in whatever order the images came.
 */
export function settleLabelSets(options: SplitOptions, members: readonly SplitMember[]): Map<string, Split> {
  const groups = [...groupBy(members, ({ groupKey }) => groupKey).values()]
    .map((own) => describeGroup(options, own))
    .filter(({ isDrawn }) => isDrawn)
    .sort((a, b) => a.draw - b.draw);
  const wanted = splits.map((split) => wantedBy(split, options, groups));
  for (const { settledIn, ...group } of groups)
    if (settledIn !== undefined)
      take(
        wanted.find(({ split }) => split === settledIn)!,
        group,
      );
  const moves = new Map<string, Split>();
  const open = new Set(groups.filter(({ settledIn }) => settledIn === undefined));
  for (let label = rarest(open); open.size > 0; label = rarest(open)) {
    for (const group of [...open].filter(({ labels }) => label === undefined || labels.has(label))) {
      const chosen = mostWanting(wanted, label);
      take(chosen, group);
      open.delete(group);
      if (chosen.split !== group.before) moves.set(group.groupKey, chosen.split);
    }
  }
  return moves;
}

function describeGroup({ splitSeed }: SplitOptions, members: readonly SplitMember[]): Group {
  const [first] = members.map(({ sha256 }) => sha256).sort();
  const settled = members.find(({ splitSettled }) => splitSettled);
  const labels = groupBy(
    members.flatMap(({ label }) => labelsOfText(label)),
    (label) => label,
  );
  return {
    groupKey: members[0]!.groupKey,
    size: members.length,
    labels: new Map([...labels].map(([label, own]) => [label, own.length])),
    draw: drawOf(splitSeed, first!),
    isDrawn: members.every(({ splitGiven }) => !splitGiven),
    settledIn: settled?.split,
    before: (settled ?? members[0]!).split,
  };
}

function wantedBy(split: Split, { validationShare, testShare }: SplitOptions, groups: readonly Group[]): Wanted {
  const shares = { train: 1 - validationShare - testShare, validation: validationShare, test: testShare };
  const labels = new Map<string, number>();
  for (const group of groups)
    for (const [label, count] of group.labels) labels.set(label, (labels.get(label) ?? 0) + shares[split] * count);
  return { split, labels, images: shares[split] * groups.reduce((sum, { size }) => sum + size, 0) };
}

function take(wanted: Wanted, { labels, size }: Pick<Group, 'labels' | 'size'>): void {
  for (const [label, count] of labels) wanted.labels.set(label, wanted.labels.get(label)! - count);
  wanted.images -= size;
}

/** The label that the fewest of the groups have, the first by name of equals; undefined where none has any. */
function rarest(groups: Iterable<Group>): string | undefined {
  const counts = new Map<string, number>();
  for (const { labels } of groups) for (const label of labels.keys()) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [first] = [...counts].sort(([a, few], [b, many]) => few - many || (a < b ? -1 : 1));
  return first?.[0];
}

/** Sums of shares differ in their last digits where they ought to be equal. */
const rounding = 1e-9;

/** The part that lacks most images of the label, of equals the one that lacks most of any. */
function mostWanting(wanted: readonly Wanted[], label: string | undefined): Wanted {
  const ofLabel = ({ labels }: Wanted): number => (label === undefined ? 0 : labels.get(label)!);
  return wanted.reduce((best, one) => {
    const more = ofLabel(one) - ofLabel(best);
    if (Math.abs(more) > rounding) return more > 0 ? one : best;
    return one.images > best.images + rounding ? one : best;
  });
}
