// Which places of an input a class depends on, found by greying them out (Zeiler and Fergus 2014, "Visualizing and Understanding
// Convolutional Networks"): works for any network, at the price of a pass for each place.
import type { Grid } from '../../image/heatMap.js';

/** Places on each side. */
export const placesPerSide = 7;

/** A patch is so many places wide: it also covers half of the neighbours, so that something on the border of two places is hidden too. */
const patchWidth = 2;

/** Of a row and a column both odd, then both even, then the others: the patches of the first cover all but the borders, of the second all. */
const turnOf = (place: number): number => {
  const [row, column] = [Math.floor(place / placesPerSide), place % placesPerSide];
  return row % 2 !== column % 2 ? 2 : row % 2 === 1 ? 0 : 1;
};

/** All places, in the order in which they tell most: a map of the first few is whole, and only coarser than one of all. */
export const placesInOrder: readonly number[] = Array.from({ length: placesPerSide ** 2 }, (_, place) => place).sort(
  (a, b) => turnOf(a) - turnOf(b),
);

/** The fewest places, from the first in that order, that make a map: 3 × 3. */
export const fewestPlaces = placesInOrder.filter((place) => turnOf(place) === 0).length;

/** Passes that one image takes at least: one for each of these places, and one of the whole image. */
export const fewestPasses = fewestPlaces + 1;

/** Mid grey. */
const grey = 128;

export interface Input {
  readonly width: number;
  readonly height: number;
  /** uint8 RGB, [height, width, 3]. */
  readonly pixels: Uint8Array;
}

/** `input` with a grey patch over the place of this number, row by row from 0. */
export function greyOut({ width, height, pixels }: Input, place: number): Uint8Array {
  const [left, right] = spanOf(place % placesPerSide, width);
  const [top, bottom] = spanOf(Math.floor(place / placesPerSide), height);
  // Not slice, which of a Buffer is the same memory.
  const patched = new Uint8Array(pixels);
  for (let y = top; y < bottom; y++) patched.fill(grey, (y * width + left) * 3, (y * width + right) * 3);
  return patched;
}

function spanOf(index: number, side: number): [from: number, to: number] {
  const at = (places: number): number =>
    Math.round((Math.min(placesPerSide, Math.max(0, places)) * side) / placesPerSide);
  const centre = index + 0.5;
  return [at(centre - patchWidth / 2), at(centre + patchWidth / 2)];
}

/**
 * How much the logarithm of the odds of `label` falls when each place is greyed out. `logits` of the whole input, and of each place that
 * was: of the first `fewestPlaces` at least. The others are taken to be as those around them.
 */
export function occlusionMap(whole: Float32Array, greyed: ReadonlyMap<number, Float32Array>, label: number): Grid {
  const before = logOdds(whole, label);
  const falls = new Map(Array.from(greyed, ([place, logits]) => [place, before - logOdds(logits, label)]));
  const values = Float64Array.from(
    { length: placesPerSide ** 2 },
    (_, place) => falls.get(place) ?? around(place, falls),
  );
  return { rows: placesPerSide, columns: placesPerSide, values };
}

/** The mean of the known neighbours, those at a corner by half. */
function around(place: number, falls: ReadonlyMap<number, number>): number {
  const [row, column] = [Math.floor(place / placesPerSide), place % placesPerSide];
  let [sum, weights] = [0, 0];
  for (const [other, fall] of falls) {
    const [down, right] = [
      Math.abs(Math.floor(other / placesPerSide) - row),
      Math.abs((other % placesPerSide) - column),
    ];
    if (down > 1 || right > 1) continue;
    const weight = 1 / (down + right);
    sum += weight * fall;
    weights += weight;
  }
  return sum / weights;
}

/** log(p / (1 − p)) of the label's probability, which goes on changing where the probability is all but 1. */
function logOdds(logits: Float32Array, label: number): number {
  const others = logits.filter((_, index) => index !== label);
  // A classifier of one class is always sure of it.
  if (others.length === 0) return 0;
  const largest = Math.max(...others);
  return logits[label]! - largest - Math.log(others.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
}
