// A candidate against the version in service, on the same images. Pure functions.
import { pairedDifferenceInterval, type Interval } from './proportions.js';

export interface Comparison {
  readonly images: number;
  readonly candidateAccuracy: number;
  readonly activeAccuracy: number;
  /** Candidate minus active, with its paired 95 % interval (Bonett and Price). */
  readonly gain: number;
  readonly gainInterval: Interval;
  /** Images that only the candidate gets right, and only the active version. */
  readonly onlyCandidate: number;
  readonly onlyActive: number;
}

/** Names predicted by both for the same images; names are compared because the two may order their labels differently. */
export function compareVersions(
  truth: readonly string[],
  candidate: readonly string[],
  active: readonly string[],
): Comparison {
  const won = truth.map((label, i) => Number(candidate[i] === label));
  const had = truth.map((label, i) => Number(active[i] === label));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / truth.length;
  const gains = won.map((value, i) => value - had[i]!);
  const onlyCandidate = gains.filter((gain) => gain > 0).length;
  const onlyActive = gains.filter((gain) => gain < 0).length;
  return {
    images: truth.length,
    candidateAccuracy: mean(won),
    activeAccuracy: mean(had),
    gain: mean(gains),
    gainInterval: pairedDifferenceInterval(onlyCandidate, onlyActive, truth.length),
    onlyCandidate,
    onlyActive,
  };
}

/** Whether `if-better` activates: the gain must reach `margin` (share of images; of a multi-label version, mAP), and an equal version does not replace. */
export const isBetter = ({ gain }: Pick<Comparison, 'gain'>, margin: number): boolean => gain > 0 && gain >= margin;
