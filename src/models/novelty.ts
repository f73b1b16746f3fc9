// How new an image is to a classifier: by its distance to the nearest training images, in the backbone's embedding.
// Sun et al. 2022, "Out-of-Distribution Detection with Deep Nearest Neighbors": with embeddings of unit length, the k-th nearest neighbour
// needs no assumption about how classes are spread. A training chooses between it and Mahalanobis' distance (src/training/fit/noveltyChoice.ts);
// bench/novelty.ts compares them with energy, the largest logit and ViM.
import { classProbabilities } from './linearScores.js';
import type { Mahalanobis, NoveltyModel } from './noveltyFile.js';

/** Above it an image counts as unknown, unless a request says otherwise: one in a hundred of a classifier's own images does, too. */
export const defaultUnknownAbove = 0.99;

/** Fewer images of a classifier say nothing of what is far. */
export const leastImages = 20;

/** The embedding of unit length in the directions of `basis` [rank, size]: [rank]. A zero embedding stays zero. */
export function projectUnit(embedding: Float32Array, basis: Float32Array): Float32Array {
  const size = embedding.length;
  let squares = 0;
  for (let i = 0; i < size; i++) squares += embedding[i]! * embedding[i]!;
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  const projected = new Float32Array(basis.length / size);
  for (let row = 0; row < projected.length; row++) {
    let sum = 0;
    for (let i = 0, at = row * size; i < size; i++, at++) sum += embedding[i]! * basis[at]!;
    projected[row] = sum * scale;
  }
  return projected;
}

/** The `neighbours`-th largest product of `point` [rank] with the rows of `reference` [count, rank], those left out by `skip` not counted; -1 when there are too few. */
export function similarityTo(
  reference: Float32Array,
  point: Float32Array,
  neighbours: number,
  skip: (row: number) => boolean = () => false,
): number {
  const rank = point.length;
  // Ascending: its first is the one to beat.
  const nearest = new Float32Array(neighbours).fill(-1);
  for (let row = 0; row < reference.length / rank; row++) {
    if (skip(row)) continue;
    let sum = 0;
    for (let i = 0, at = row * rank; i < rank; i++, at++) sum += point[i]! * reference[at]!;
    if (sum <= nearest[0]!) continue;
    let place = 0;
    while (place + 1 < neighbours && nearest[place + 1]! < sum) {
      nearest[place] = nearest[place + 1]!;
      place++;
    }
    nearest[place] = sum;
  }
  return nearest[0]!;
}

/**
 * The share of the classifier's own images that are nearer to the others than this one is: 0 to 1, 0.5 for one in the middle. Beyond the
 * farthest of them it goes on towards 1 as it rose from the middle to there, exponentially: few images have no hundredth of their own.
 */
export function noveltyOf(model: NoveltyModel, embedding: Float32Array): number {
  const own = 1 - shareBelow(model.similarities, nearnessTo(model, embedding));
  if (model.negatives === undefined) return own;
  const { scores, similarities } = model.negatives;
  return newerOf(own, 1 - shareBelow(similarities, oddsOfClasses(classProbabilities(scores, embedding))));
}

/** Of two measures: squared, the larger of two shares that have nothing to do with one another is such a share again. */
export const newerOf = (one: number, other: number): number => Math.max(one, other) ** 2;

/** How near an embedding lies to the images of the classes: larger is nearer. */
export function nearnessTo(
  { basis, reference, neighbours, mahalanobis }: Omit<NoveltyModel, 'similarities' | 'size'>,
  embedding: Float32Array,
): number {
  const point = projectUnit(embedding, basis);
  return mahalanobis ? -squaredDistance(mahalanobis, point) : similarityTo(reference, point, neighbours);
}

/** To the mean of the nearest class. */
function squaredDistance({ whitening, means }: Mahalanobis, point: Float32Array): number {
  const rank = point.length;
  const white = Float32Array.from({ length: rank }, (_, i) =>
    point.reduce((sum, value, j) => sum + value * whitening[i * rank + j]!, 0),
  );
  let least = Infinity;
  for (let start = 0; start < means.length; start += rank)
    least = Math.min(
      least,
      white.reduce((sum, value, i) => sum + (value - means[start + i]!) ** 2, 0),
    );
  return least;
}

/** From the probabilities that an image is of the classes, and a negative. */
export const oddsOfClasses = ([own, negative]: ArrayLike<number> & Iterable<number>): number =>
  Math.log(Math.max(own!, Number.MIN_VALUE)) - Math.log(Math.max(negative!, Number.MIN_VALUE));

/** Of ascending values: the share of those to be expected that are below `value`. */
export function shareBelow(ascending: Float32Array, value: number): number {
  const count = ascending.length;
  const least = ascending[0]!;
  if (value < least) {
    const middle = ascending[count >> 1]!;
    const share = 1 / (count + 1);
    if (middle === least) return 0;
    return share * Math.exp((-(least - value) * Math.log((count + 1) / 2)) / (middle - least));
  }
  let low = 0;
  let high = count;
  while (low < high) {
    const at = (low + high) >> 1;
    if (ascending[at]! <= value) low = at + 1;
    else high = at;
  }
  return low / (count + 1);
}
