// Whether a canary is activated or taken back: its conditions against what it has shown so far.
import type { Conditions, Corrected, Counts } from '../../data/classifiers/rollouts.js';

export interface Verdict {
  readonly is: 'promote' | 'fail' | 'wait';
  /** For people: every condition with what was found. */
  readonly reason: string;
}

/** Corrected images that an accuracy is judged by, unless the conditions say otherwise: its 95 % interval is then ± 0.2 at most. */
const defaultCorrections = 20;

/** One condition: what is measured, as a share; undefined while there is nothing to measure it by. */
interface Criterion {
  readonly name: string;
  readonly found: number | undefined;
  readonly bound: number | undefined;
  readonly is: 'least' | 'most';
}

/** Of the canary, all servers together. */
export function judge(conditions: Conditions, counts: Counts, { corrections, right }: Corrected): Verdict {
  const { after, maxErrorRate, minCorrectedAccuracy } = conditions;
  const { requests, errors } = counts;
  // Whatever the other requests bring, it cannot be met any more.
  if (maxErrorRate !== undefined && errors > maxErrorRate * Math.max(after, requests))
    return {
      is: 'fail',
      reason: `${errors} of ${requests} requests failed: more than ${percent(maxErrorRate)} of ${Math.max(after, requests)}`,
    };
  const needed = conditions.minCorrections ?? (minCorrectedAccuracy === undefined ? 0 : defaultCorrections);
  const criteria = criteriaOf(conditions, counts, { corrections, right });
  const missing = criteria.filter(({ found }) => found === undefined).map(({ name }) => name);
  if (requests < after || corrections < needed || missing.length > 0)
    return { is: 'wait', reason: waitingFor({ requests, after, corrections, needed, missing }) };
  const findings = [`${requests} requests`, ...(corrections > 0 ? [`${corrections} corrections`] : [])];
  const failed = criteria.filter((criterion) => !isMet(criterion));
  if (failed.length > 0) return { is: 'fail', reason: [...findings, ...failed.map(describe)].join('; ') };
  return { is: 'promote', reason: [...findings, ...criteria.map(describe)].join('; ') };
}

function criteriaOf(conditions: Conditions, counts: Counts, { corrections, right }: Corrected): Criterion[] {
  const all: Criterion[] = [
    { name: 'error rate', found: shareOf(counts.errors, counts.requests), bound: conditions.maxErrorRate, is: 'most' },
    { name: 'agreement', found: shareOf(counts.agreed, counts.compared), bound: conditions.minAgreement, is: 'least' },
    {
      name: 'unknown share',
      found: shareOf(counts.unknown, counts.judged),
      bound: conditions.maxUnknownShare,
      is: 'most',
    },
    {
      name: 'mean top probability',
      found: shareOf(counts.topProbability, counts.images),
      bound: conditions.minMeanTopProbability,
      is: 'least',
    },
    {
      name: 'accuracy on corrected images',
      found: shareOf(right, corrections),
      bound: conditions.minCorrectedAccuracy,
      is: 'least',
    },
  ];
  return all.filter(({ bound }) => bound !== undefined);
}

/** undefined: of nothing. */
export const shareOf = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

const isMet = ({ found, bound, is }: Criterion): boolean => (is === 'least' ? found! >= bound! : found! <= bound!);

const describe = ({ name, found, bound, is }: Criterion): string =>
  `${name} ${percent(found!)}, at ${is} ${percent(bound!)} was asked for`;

export const percent = (value: number): string => `${Math.round(value * 1000) / 10} %`;

function waitingFor(seen: {
  readonly requests: number;
  readonly after: number;
  readonly corrections: number;
  readonly needed: number;
  readonly missing: readonly string[];
}): string {
  const { requests, after, corrections, needed, missing } = seen;
  const found = [
    `${requests} of ${after} requests`,
    ...(needed > 0 ? [`${corrections} of ${needed} corrections`] : []),
  ];
  const unmeasured = requests >= after && missing.length > 0 ? `; nothing to measure yet: ${missing.join(', ')}` : '';
  return `${found.join(', ')}${unmeasured}`;
}
