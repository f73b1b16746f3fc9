// 95 % intervals of shares and of their differences, in closed form. Pure functions.

/** 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The normal distribution's 97.5 % quantile. */
const z = 1.959964;

/**
 * Interval of the share `hits` / `count` (E. B. Wilson 1927): never beyond 0 and 1, and not a single point where all or none hit,
 * as a bootstrap's is. `count` above 0.
 */
export function wilsonInterval(hits: number, count: number): Interval {
  const share = hits / count;
  const weight = z ** 2 / count;
  const centre = (share + weight / 2) / (1 + weight);
  const half = (z / (1 + weight)) * Math.sqrt((share * (1 - share)) / count + weight / (4 * count));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * Interval of the difference between two shares of the same `count` images, from the images that only the first got right and
 * those that only the second did (D. G. Bonett and R. M. Price 2012, adjusted Wald): it has a width even where the two agree on
 * every image. `count` above 0.
 */
export function pairedDifferenceInterval(onlyFirst: number, onlySecond: number, count: number): Interval {
  const first = (onlyFirst + 1) / (count + 2);
  const second = (onlySecond + 1) / (count + 2);
  const difference = first - second;
  const half = z * Math.sqrt((first + second - difference ** 2) / (count + 2));
  return { low: Math.max(-1, difference - half), high: Math.min(1, difference + half) };
}
