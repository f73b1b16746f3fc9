// How far counts have moved from a baseline: the population stability index, with what chance alone adds to it taken away. Pure functions.
import { bins, type DriftBaseline } from '../../models/driftBaseline.js';
import type { SeenCounts } from './measures.js';

/** Answers of a day that anything is said of. With fewer, chance and a single caller say as much as the images do. */
export const leastImages = 200;
/** Images for each class, on average, held-out ones and those of the day, before the mix of classes is compared. */
const leastPerClass = 5;
/** Held-out images may be few, so that chance comes to much. */
const deviationsOfChance = 3;

/**
 * Credit scoring says that below 0.1 nothing has changed, and from 0.25 on much has (Siddiqi 2006, "Credit Risk Scorecards"). Embeddings like
 * those of the training come to 0.015 at most, so that 0.1 is no accident of theirs (bench/drift.ts); people ask about other things than a
 * dataset has of each, so that only much counts there.
 */
export const driftedFrom = { embeddings: 0.1, classes: 0.25 };
/** A classifier that has drifted has until both are below these. */
export const steadyBelow = { embeddings: 0.07, classes: 0.15 };

/**
 * Σ (seen − expected) · ln(seen / expected) over the shares of the bins, less (bins − 1) · (1/n + 1/m): what it is on average where nothing
 * has changed and n and m were drawn from one distribution (Yurdakul and Naranjo 2020, "Statistical Properties of the Population Stability
 * Index"). Below 0 where they agree better than chance would have it. `deviations`: standard deviations of chance, √(2 (bins − 1)) · (1/n + 1/m), that are
 * taken away besides. Half an image is added to each bin, so that none is empty; bins that nothing fell into are no bins.
 */
export function stabilityIndex(seen: readonly number[], expected: readonly number[], deviations = 0): number {
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const [n, m, count] = [total(seen), total(expected), seen.length];
  const filled = seen.filter((own, bin) => own + expected[bin]! > 0).length;
  let index = 0;
  for (let bin = 0; bin < count; bin++) {
    const p = (seen[bin]! + 0.5) / (n + 0.5 * count);
    const q = (expected[bin]! + 0.5) / (m + 0.5 * count);
    index += (p - q) * Math.log(p / q);
  }
  return index - (filled - 1 + deviations * Math.sqrt(2 * (filled - 1))) * (1 / n + 1 / m);
}

/** undefined where too little is known. */
export interface Stability {
  /** Of the embeddings: the mean over all measures. */
  readonly embeddings: number | undefined;
  /** Of the mix of classes that the version sees. */
  readonly classes: number | undefined;
}

export function compareWith(baseline: DriftBaseline, { images, measures, classes }: SeenCounts): Stability {
  if (images < leastImages) return { embeddings: undefined, classes: undefined };
  const count = measures.length / bins;
  let sum = 0;
  for (let first = 0; first < measures.length; first += bins)
    sum += stabilityIndex(measures.slice(first, first + bins), baseline.counts.slice(first, first + bins));
  const sumOf = (counts: readonly number[]): number => counts.reduce((all, one) => all + one, 0);
  const isKnown =
    classes.length > 1 && Math.min(sumOf(baseline.classes), sumOf(classes)) >= leastPerClass * classes.length;
  return {
    embeddings: sum / count,
    classes: isKnown ? stabilityIndex(classes, baseline.classes, deviationsOfChance) : undefined,
  };
}

/** `was`: whether it had drifted before. */
export function hasDrifted({ embeddings = 0, classes = 0 }: Stability, was: boolean): boolean {
  const limit = was ? steadyBelow : driftedFrom;
  return embeddings >= limit.embeddings || classes >= limit.classes;
}
