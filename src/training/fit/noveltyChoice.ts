// Chooses, by images that are of none of the classes, how a version tells such images: by its nearest neighbours or by Mahalanobis' distance,
// and with what it can learn from images that a user gave as negatives. Runs inside the trainer worker.
import { newerOf, nearnessTo, noveltyOf, oddsOfClasses, shareBelow } from '../../models/novelty.js';
import type { NegativeGate, NoveltyModel } from '../../models/noveltyFile.js';
import { areaUnderRoc, type MeasureTried, type Negatives } from '../evaluation/noveltyCheck.js';
import { fitLeastSquares } from '../teaching/leastSquares.js';
import { fitNovelties, type NoveltyFit, type NoveltyTask } from './noveltyFit.js';

/** Fewer negatives are too few to learn from. */
export const leastNegatives = 5;
/** Images that negatives are told from, and negatives: least squares take the square of their number. */
const mostOwn = 400;
const mostNegatives = 300;
/** Nearest neighbours assume least: another measure must be better by so much. */
const leastGain = 0.005;

export interface NoveltyChoiceTask extends NoveltyTask {
  readonly kind: 'novelty';
  /** Near duplicates among the images have the same number. Absent: there are none. */
  readonly groups?: Uint32Array;
  /** What decides; those that were uploaded are learnt from, and decide whether that helps. Without any, the nearest neighbours tell. */
  readonly negatives: readonly Negatives[];
}

export interface NoveltyChoice {
  readonly model: NoveltyModel;
  readonly tried: readonly MeasureTried[];
}

/** undefined as fitNovelties. */
export function chooseNovelty(task: NoveltyChoiceTask): NoveltyChoice | undefined {
  const fits = fitNovelties(task);
  if (fits === undefined) return undefined;
  const nearest = {
    measure: 'nearest-neighbours',
    withNegatives: false,
    auroc: meanAuroc(fits.nearest, task),
  } as const;
  const other = { measure: 'mahalanobis', withNegatives: false, auroc: meanAuroc(fits.mahalanobis, task) } as const;
  const isOther = other.auroc > nearest.auroc + leastGain;
  const fit = isOther ? fits.mahalanobis : fits.nearest;
  const tried: MeasureTried[] = [nearest, other];
  const gated = learnNegatives(task, fit);
  if (gated === undefined) return { model: fit.model, tried };
  tried.push({ measure: isOther ? 'mahalanobis' : 'nearest-neighbours', withNegatives: true, auroc: gated.auroc });
  return { model: gated.auroc > gated.without ? gated.model : fit.model, tried };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Rows of [count, size], one by one. */
const rowsOf = (features: Float32Array, size: number): Float32Array[] =>
  Array.from({ length: features.length / size }, (_, row) => features.subarray(row * size, (row + 1) * size));

/** Without the uploaded ones, which can be learnt: a few of them would have another measure chosen that is worse with everything else. */
function meanAuroc({ model, nearness }: NoveltyFit, { negatives, size }: NoveltyChoiceTask): number {
  const own = nearness.map((value) => -value);
  return meanOf(
    negatives
      .filter(({ kind }) => kind !== 'uploaded')
      .map(({ features }) =>
        areaUnderRoc(
          own,
          rowsOf(features, size).map((row) => -nearnessTo(model, row)),
        ),
      ),
  );
}

interface Gated {
  readonly model: NoveltyModel;
  readonly auroc: number;
  /** Of the same images without what the negatives taught. */
  readonly without: number;
}

/** undefined: there are too few uploaded negatives. */
function learnNegatives(task: NoveltyChoiceTask, fit: NoveltyFit): Gated | undefined {
  const { size, negatives, features } = task;
  const uploaded = negatives.find(({ kind }) => kind === 'uploaded')?.features ?? new Float32Array();
  const taught = rowsOf(uploaded, size).slice(0, mostNegatives);
  if (taught.length < leastNegatives) return undefined;
  const places = unlikePlaces(fit, task).slice(0, mostOwn);
  const rows = [...places.map((place) => rowOf(features, size, fit.rows[place]!)), ...taught];
  const all = new Float32Array(rows.length * size);
  rows.forEach((row, i) => all.set(row, i * size));
  const labels = Uint32Array.from(rows, (_, i) => Number(i >= places.length));
  const { leftOut, centre, weights, biases, temperature } = fitLeastSquares({
    features: all,
    size,
    labels,
    classes: 2,
  });
  const odds = rows.map((_, i) => oddsOfClasses(leftOut.subarray(2 * i, 2 * i + 2)));
  const gate: NegativeGate = {
    scores: { centre, weights, biases, temperature },
    similarities: Float32Array.from(odds.slice(0, places.length)).sort(),
  };
  const model = { ...fit.model, negatives: gate };
  const without = fit.model;
  const plain = (nearness: number): number => 1 - shareBelow(without.similarities, nearness);
  const withOdds = (novelty: number, i: number): number =>
    newerOf(novelty, 1 - shareBelow(gate.similarities, odds[i]!));
  const own = places.map((place) => plain(fit.nearness[place]!));
  const ofNegatives = negatives.map(({ kind, features: theirs }) => {
    const before = rowsOf(theirs, size).map((row) => noveltyOf(without, row));
    const after =
      kind === 'uploaded'
        ? before.slice(0, taught.length).map((novelty, i) => withOdds(novelty, places.length + i))
        : rowsOf(theirs, size).map((row) => noveltyOf(model, row));
    return { before, after };
  });
  const ownAfter = own.map(withOdds);
  return {
    model,
    auroc: meanOf(ofNegatives.map(({ after }) => areaUnderRoc(ownAfter, after))),
    without: meanOf(ofNegatives.map(({ before }) => areaUnderRoc(own, before))),
  };
}

const rowOf = (features: Float32Array, size: number, row: number): Float32Array =>
  features.subarray(row * size, (row + 1) * size);

/** One measured image of each group of near duplicates: of the others, what is left out when it is left out says too much. */
function unlikePlaces({ rows }: NoveltyFit, { groups }: NoveltyChoiceTask): number[] {
  const seen = new Set<number>();
  return [...rows.keys()].filter((place) => {
    const group = groups?.[rows[place]!];
    if (group === undefined) return true;
    if (seen.has(group)) return false;
    seen.add(group);
    return true;
  });
}
