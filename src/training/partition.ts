// Which images of a snapshot a training learns from, which stop and calibrate it, which it is measured on. Pure functions on the snapshot.
import { createHash } from 'node:crypto';
import type { SnapshotItem } from '../data/datasets/schemas.js';
import { countClasses } from '../data/datasets/statistics.js';
import { groupBy } from '../groupBy.js';
import { assertTrainable } from './trainable.js';
import { cannotTrain } from './trainingErrors.js';

export interface Partition {
  /** Sorted. */
  readonly labels: readonly string[];
  readonly train: readonly SnapshotItem[];
  /** Stops the fit and sets the temperature. */
  readonly validation: readonly SnapshotItem[];
  /** What the figures are measured on: the test images, or the validation images when there are none. */
  readonly heldOut: readonly SnapshotItem[];
  readonly heldOutSplit: 'test' | 'validation';
  /** Images of none of the labels, in no other part. */
  readonly negatives: readonly SnapshotItem[];
}

/** Share of the training images that stand in for validation images when the dataset gives none. */
export const validationShare = 0.15;

const groupByLabel = (items: readonly SnapshotItem[]): Map<string, SnapshotItem[]> =>
  groupBy(items, ({ label }) => label);

/**
 * The same images are set aside each time: those whose hashes come first, near duplicates together, whatever their labels. One
 * group of a class always stays to learn from.
 */
function setAside(train: readonly SnapshotItem[]): { train: SnapshotItem[]; validation: SnapshotItem[] } {
  const sorted = [...train].sort((a, b) => (a.sha256 + a.label < b.sha256 + b.label ? -1 : 1));
  const groupsOf = groupsByLabel(sorted);
  const kept = new Set([...groupsOf.values()].map(([first]) => first!.groupKey));
  const aside = new Set<string>();
  for (const own of groupsOf.values()) setAsideShare(own, kept, aside);
  const isAside = ({ groupKey }: SnapshotItem): boolean => aside.has(groupKey);
  return { train: train.filter((item) => !isAside(item)), validation: train.filter(isAside) };
}

/** The images of a class in one group of near duplicates. */
interface ClassGroup {
  readonly groupKey: string;
  readonly size: number;
}

function groupsByLabel(items: readonly SnapshotItem[]): Map<string, ClassGroup[]> {
  const groups = [...groupBy(items, ({ groupKey }) => groupKey)].flatMap(([groupKey, members]) =>
    [...groupByLabel(members)].map(([label, { length: size }]) => ({ label, groupKey, size })),
  );
  return groupBy(groups, ({ label }) => label);
}

/** Adds groups of one class to `aside`, until they have its share; another class may have set some aside already. */
function setAsideShare(own: readonly ClassGroup[], kept: ReadonlySet<string>, aside: Set<string>): void {
  const countImages = (groups: readonly ClassGroup[]): number => groups.reduce((sum, { size }) => sum + size, 0);
  const wanted = Math.ceil(countImages(own) * validationShare);
  let count = countImages(own.filter(({ groupKey }) => aside.has(groupKey)));
  for (const { groupKey, size } of own) {
    if (count >= wanted) break;
    if (kept.has(groupKey) || aside.has(groupKey) || (count + size > wanted && count > 0)) continue;
    aside.add(groupKey);
    count += size;
  }
}

/** Where chance gave all images of a class to validation, they teach instead: a class never seen is never recognised. */
function teachEveryClass(given: { train: SnapshotItem[]; validation: SnapshotItem[] }): {
  train: SnapshotItem[];
  validation: SnapshotItem[];
} {
  const taught = new Set(given.train.map(({ label }) => label));
  const needed = given.validation.filter(({ label }) => !taught.has(label));
  return { train: [...given.train, ...needed], validation: given.validation.filter(({ label }) => taught.has(label)) };
}

/** Throws AppError invalid_dataset, naming the classes, when there is too little to learn from or to check with. */
export function partitionSnapshot(all: readonly SnapshotItem[]): Partition {
  const items = all.filter(({ negative }) => negative !== true);
  assertTrainable(countClasses(items));
  const of = (split: SnapshotItem['split']): SnapshotItem[] => items.filter((item) => item.split === split);
  const given = teachEveryClass({ train: of('train'), validation: of('validation') });
  const { train, validation } = given.validation.length > 0 ? given : setAside(given.train);
  const labels = [...groupByLabel(items).keys()].sort();
  const test = of('test');
  return {
    labels,
    train,
    validation,
    heldOut: test.length > 0 ? test : validation,
    heldOutSplit: test.length > 0 ? 'test' : 'validation',
    negatives: negativesOf(all, items),
  };
}

/** An image that looks like one of a class is no example of none of them. */
function negativesOf(all: readonly SnapshotItem[], ofClasses: readonly SnapshotItem[]): SnapshotItem[] {
  const looks = new Set(ofClasses.map(({ groupKey }) => groupKey));
  return all.filter(({ negative, groupKey }) => negative === true && !looks.has(groupKey));
}

/** The same of the images whose SHA-256 is not among `unusable`, by `partition`. Throws AppError invalid_dataset. */
export function partitionUsable(
  items: readonly SnapshotItem[],
  unusable: ReadonlySet<string>,
  partition = partitionSnapshot,
): Partition {
  const usable = items.filter(({ sha256 }) => !unusable.has(sha256));
  if (usable.length === 0)
    throw cannotTrain(
      `None of the ${items.length} images can be decoded. Upload JPEG, PNG, WebP or another accepted format.`,
    );
  return partition(usable);
}

/**
 * Says whether two versions learnt from and were measured on the same images under the same labels: SHA-256, in hexadecimal, of a line
 * `part label sha256` for each image, sorted.
 */
export function hashOfPartition({ train, validation, heldOut, negatives }: Partition): string {
  const parts = Object.entries({ train, validation, heldOut, negatives });
  const lines = parts.flatMap(([part, items]) => items.map(({ label, sha256 }) => `${part} ${label} ${sha256}\n`));
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}
