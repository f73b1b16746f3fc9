// A plan in words, for the steps of a rollout.
import { isDeepStrictEqual } from 'node:util';
import type { Conditions, Plan } from '../../data/classifiers/rollouts.js';
import { percent } from './conditions.js';

/** What `plan` sets, or changes of the plan before; undefined when it changes nothing. */
export function describePlan(plan: Plan, before: Plan | undefined): string | undefined {
  if (isDeepStrictEqual(plan, before)) return undefined;
  const parts = [describeShare(plan)];
  if (plan.shadows.length > 0)
    parts.push(
      `${plan.shadows.length === 1 ? 'version' : 'versions'} ${plan.shadows.join(', ')} ${plan.shadows.length === 1 ? 'is' : 'are'} scored beside the active one`,
    );
  if (plan.conditions !== null) parts.push(describeConditions(plan.conditions));
  return parts.join('; ');
}

function describeShare({ version, percent: share, keys }: Plan): string {
  if (share === 0 && keys.length === 0) return `version ${version} answers no requests yet`;
  const ofKeys = keys.length === 0 ? '' : ` and those of ${keys.length} ${keys.length === 1 ? 'key' : 'keys'}`;
  return `version ${version} answers ${share} % of the requests${ofKeys}`;
}

function describeConditions(conditions: Conditions): string {
  const { after, minCorrections } = conditions;
  const bounds: ReadonlyArray<readonly [string, number | undefined]> = [
    ['error rate at most', conditions.maxErrorRate],
    ['agreement at least', conditions.minAgreement],
    ['unknown share at most', conditions.maxUnknownShare],
    ['mean top probability at least', conditions.minMeanTopProbability],
    ['accuracy on corrected images at least', conditions.minCorrectedAccuracy],
  ];
  const set = bounds.flatMap(([text, bound]) => (bound === undefined ? [] : [`${text} ${percent(bound)}`]));
  const wait =
    minCorrections === undefined ? `${after} requests` : `${after} requests and ${minCorrections} corrections`;
  return `judged after ${wait}${set.length > 0 ? `: ${set.join(', ')}` : ''}`;
}
