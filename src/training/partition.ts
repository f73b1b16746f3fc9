// Which images of a snapshot a training learns from, which stop and calibrate it, which it is measured on. Pure functions on the snapshot.
import type { SnapshotItem } from '../data/datasets/schemas.js';
import type { ClassCount } from '../data/datasets/statistics.js';
import { groupBy } from '../groupBy.js';
import { assertTrainable } from './trainable.js';

export interface Partition {
  /** Sorted. */
  readonly labels: readonly string[];
  readonly train: readonly SnapshotItem[];
  /** Stops the fit and sets the temperature. */
  readonly validation: readonly SnapshotItem[];
  /** What the figures are measured on: the test images, or the validation images when there are none. */
  readonly heldOut: readonly SnapshotItem[];
  readonly heldOutSplit: 'test' | 'validation';
}

/** Share of the training images that stand in for validation images when the dataset gives none. */
const validationShare = 0.15;

const groupByLabel = (items: readonly SnapshotItem[]): Map<string, SnapshotItem[]> =>
  groupBy(items, ({ label }) => label);

/**
 * The same images are set aside each time: those whose hashes come first, near duplicates together. One group of a class always
 * stays to learn from.
 */
function setAside(train: readonly SnapshotItem[]): { train: SnapshotItem[]; validation: SnapshotItem[] } {
  const aside = new Set<SnapshotItem>();
  for (const items of groupByLabel(train).values()) {
    const sorted = items.sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
    const groups = [...groupBy(sorted, ({ groupKey }) => groupKey).values()];
    const wanted = Math.ceil(items.length * validationShare);
    let count = 0;
    for (const group of groups.slice(1)) {
      if (count + group.length > wanted && count > 0) continue;
      if (count >= wanted) break;
      for (const item of group) aside.add(item);
      count += group.length;
    }
  }
  return { train: train.filter((item) => !aside.has(item)), validation: train.filter((item) => aside.has(item)) };
}

function countClasses(items: readonly SnapshotItem[]): ClassCount[] {
  return [...groupByLabel(items)].map(([label, images]) => {
    const count = (wanted: SnapshotItem['split']): number => images.filter(({ split }) => split === wanted).length;
    return { label, train: count('train'), validation: count('validation'), test: count('test'), total: images.length };
  });
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
export function partitionSnapshot(items: readonly SnapshotItem[]): Partition {
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
  };
}
