// Which rows a trial is fitted on and which it is measured on. Pure functions.
import type { SnapshotItem } from '../../data/datasets/schemas.js';
import { groupBy } from '../../groupBy.js';
import type { Partition } from '../partition.js';
import { createRandom, shuffledIndices } from '../random.js';

/** Images, by their numbers. */
export interface Fold {
  readonly train: readonly number[];
  readonly validation: readonly number[];
}

/** With so many validation images one setting can be told from another: the standard error of an accuracy of 90 % is 2 points. */
const enoughImages = 200;
const foldCount = 3;
const repeats = 2;

/**
 * Of the training images of `partition`, then its validation images: as the partition has them, or where those are few, three folds
 * of all of them, twice. Each class is spread over the folds and near duplicates are in one; the only group of a class is always
 * learnt from.
 */
export function foldsOf({ train, validation }: Pick<Partition, 'train' | 'validation'>, seed: number): Fold[] {
  const items = [...train, ...validation];
  const numbers = [...items.keys()];
  if (validation.length >= enoughImages)
    return [{ train: numbers.slice(0, train.length), validation: numbers.slice(train.length) }];
  return divideRepeatedly(items, seed, repeats);
}

/** Added to the seed of a search: so many divisions are never drawn from one seed. */
const seedsApart = 1_000;

/** Other divisions of the same images, which had no say in the search: three folds of all of them, twice where `foldsOf` has them twice. */
export function checkFoldsOf({ train, validation }: Pick<Partition, 'train' | 'validation'>, seed: number): Fold[] {
  const times = validation.length >= enoughImages ? 1 : repeats;
  return divideRepeatedly([...train, ...validation], seed + seedsApart, times);
}

function divideRepeatedly(items: readonly SnapshotItem[], seed: number, times: number): Fold[] {
  const folds = Array.from({ length: times }, (_, time) => divide(items, seed + time)).flat();
  return folds.filter((fold) => fold.validation.length > 0);
}

function divide(items: readonly SnapshotItem[], seed: number): Fold[] {
  const random = createRandom(seed);
  const numbered = items.map((item, number) => ({ ...item, number }));
  const groups = [...groupBy(numbered, ({ groupKey }) => groupKey).values()];
  const foldOf = new Map<number, number>();
  for (const own of groupBy(groups, ([first]) => first!.label).values()) {
    if (own.length === 1) continue;
    shuffledIndices(own.length, random).forEach((which, turn) => {
      for (const { number } of own[which]!) foldOf.set(number, turn % foldCount);
    });
  }
  return Array.from({ length: foldCount }, (_, fold) => ({
    train: [...items.keys()].filter((number) => foldOf.get(number) !== fold),
    validation: [...items.keys()].filter((number) => foldOf.get(number) === fold),
  }));
}
