// Which images of a multi-label snapshot a training learns from, which calibrate it, which it is measured on. Pure functions.
import type { SnapshotItem } from '../../data/datasets/schemas.js';
import { countClasses, type ClassCount } from '../../data/datasets/statistics.js';
import { groupBy } from '../../groupBy.js';
import { labelsOfText } from '../../labelText.js';
import { validationShare, type Partition } from '../partition.js';
import { cannotTrain } from '../trainingErrors.js';

const listed = (counts: readonly ClassCount[]): string => counts.map(({ label }) => `"${label}"`).join(', ');

/** As assertTrainable: throws AppError invalid_dataset, naming the classes and what to add. */
export function assertSetsTrainable(counts: readonly ClassCount[]): void {
  if (counts.length === 0)
    throw cannotTrain(
      'No usable image of the dataset has a label. Upload labelled images, and some that lack each label.',
    );
  const lonely = counts.filter(({ total }) => total < 2);
  if (lonely.length > 0)
    throw cannotTrain(
      `Each class needs at least two usable images, one to learn from and one to check with. Only one: ${listed(lonely)}.`,
    );
  const untaught = counts.filter(({ train, validation }) => train + validation === 0);
  if (untaught.length > 0)
    throw cannotTrain(`No image of ${listed(untaught)} is outside the test split: there is nothing to learn from.`);
}

/** The number of parts of cross-validation; see calibrationParts.ts. */
const partCount = 5;

/** The part of each item, from 0 to 4: near duplicates in one, images with the same labels in each; the same in whatever order they come. */
export function divideSetsIntoParts(items: readonly SnapshotItem[]): Map<SnapshotItem, number> {
  const groups = [...groupBy(items, ({ groupKey }) => groupKey).values()].map((members) => ({
    members,
    order: members.map(({ label, sha256 }) => `${label}/${sha256}`).sort()[0]!,
  }));
  groups.sort((a, b) => (a.order < b.order ? -1 : 1));
  return new Map(groups.flatMap(({ members }, i) => members.map((member) => [member, i % partCount] as const)));
}

/** Where chance gave all images of a class to validation, they teach instead: a class never seen is never recognised. */
function teachEveryClass(train: readonly SnapshotItem[], validation: readonly SnapshotItem[]) {
  const taught = new Set(train.flatMap(({ label }) => labelsOfText(label)));
  const isNeeded = ({ label }: SnapshotItem): boolean => labelsOfText(label).some((one) => !taught.has(one));
  return {
    train: [...train, ...validation.filter(isNeeded)],
    validation: validation.filter((item) => !isNeeded(item)),
  };
}

/** Groups of near duplicates whose hashes come first, until they have their share; those that have a class alone stay. */
function setAside(train: readonly SnapshotItem[]) {
  const wanted = Math.ceil(train.length * validationShare);
  const groups = [...groupBy(train, ({ groupKey }) => groupKey).values()].sort((a, b) =>
    a[0]!.groupKey < b[0]!.groupKey ? -1 : 1,
  );
  const left = new Map<string, number>();
  for (const own of groups) for (const label of labelsIn(own)) left.set(label, (left.get(label) ?? 0) + 1);
  const aside = new Set<SnapshotItem>();
  for (const own of groups) {
    const labels = labelsIn(own);
    if (aside.size >= wanted || labels.some((label) => left.get(label) === 1)) continue;
    for (const label of labels) left.set(label, left.get(label)! - 1);
    for (const item of own) aside.add(item);
  }
  return { train: train.filter((item) => !aside.has(item)), validation: [...aside] };
}

const labelsIn = (items: readonly SnapshotItem[]): string[] => [
  ...new Set(items.flatMap(({ label }) => labelsOfText(label))),
];

/** As partitionSnapshot: throws AppError invalid_dataset when there is too little to learn from or to check with. */
export function partitionSets(items: readonly SnapshotItem[]): Partition {
  assertSetsTrainable(countClasses(items, 'multi-label'));
  const of = (split: SnapshotItem['split']): SnapshotItem[] => items.filter((item) => item.split === split);
  const given = teachEveryClass(of('train'), of('validation'));
  const { train, validation } = given.validation.length > 0 ? given : setAside(given.train);
  if (validation.length === 0)
    throw cannotTrain('No image is left to check with: upload more, or put some into the validation split.');
  const test = of('test');
  return {
    labels: labelsIn(items).sort(),
    negatives: [],
    train,
    validation,
    heldOut: test.length > 0 ? test : validation,
    heldOutSplit: test.length > 0 ? 'test' : 'validation',
  };
}
