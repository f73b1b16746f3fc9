// How much longer a training takes: its stage says for how long it still runs, those to come take as long as in an earlier training.
import type { Training } from 'taxon-client';
import type { TrainingFeed } from './trainingFeed.js';

/** Seconds that stages took, by their names, and of what is not measured by stage, at the end of a training. */
export interface StageSeconds {
  readonly stages: Readonly<Record<string, number>>;
  readonly rest: number;
  /** Whether it learnt with the same settings: for how long another one learns says nothing. */
  readonly isAlike: boolean;
}

/** Shares of a first training, as the server weighs its stages: photos are looked at once, which takes most of it. A search is beyond them. */
const firstShares: Readonly<Record<string, number>> = {
  snapshot: 0.02,
  ranges: 0.03,
  embeddings: 0.52,
  search: 0.8,
  fit: 0.25,
  evaluate: 0.05,
  compare: 0.03,
  publish: 0.03,
  activate: 0.02,
  precision: 0.05,
};
const order = Object.keys(firstShares);

/** Of the training that is most like `training` among those that have succeeded; undefined where there is none. */
export function earlierSeconds(trainings: readonly Training[], training: Training): StageSeconds | undefined {
  const settings = settingsOf(training);
  const likeness = (other: Training): number =>
    Number(settingsOf(other) === settings) * 2 + Number(other.dataset === training.dataset);
  const [nearest] = trainings
    .filter(({ id, state }) => id !== training.id && state === 'succeeded')
    .sort((one, other) => likeness(other) - likeness(one));
  if (nearest === undefined || nearest.startedAt === null || nearest.finishedAt === null) return undefined;
  const stages = (nearest.metrics as { seconds?: Record<string, number> } | null)?.seconds;
  if (stages === undefined) return undefined;
  const all = (Date.parse(nearest.finishedAt) - Date.parse(nearest.startedAt)) / 1000;
  return {
    stages,
    rest: Math.max(0, all - sumOf(Object.values(stages))),
    isAlike: settingsOf(nearest) === settings,
  };
}

/** What decides for how long it learns. */
const settingsOf = ({ request: { hyperparameters, preset, search } }: Training): string =>
  JSON.stringify([hyperparameters, preset, search]);

/** Of the whole training, at `now` in milliseconds since 1970; undefined: nothing is known of it yet. */
export function secondsLeft(
  { stages, stageAge = 0, heardAt = 0, etaSeconds }: TrainingFeed,
  earlier: StageSeconds | undefined,
  now: number,
): number | undefined {
  const stage = stages.at(-1);
  if (stage === undefined) return undefined;
  const silence = (now - heardAt) / 1000;
  // The precision is measured last, or where the version must wait for it, before it is published.
  const reached = Math.max(...stages.map((name) => (name === 'precision' ? -1 : order.indexOf(name))));
  const later = order.slice(reached + 1).filter((name) => name !== 'search' && !stages.includes(name));
  // A search has learnt as its settings want it already, and says for how long it still does.
  const willLearn =
    (later.includes('fit') && stage !== 'search') ||
    ((stage === 'fit' || stage === 'search') && etaSeconds === undefined);
  if (earlier?.isAlike === false && willLearn) return undefined;
  if (earlier !== undefined) {
    const inStage = etaSeconds ?? (earlier.stages[stage] ?? 0) - stageAge;
    return Math.max(0, inStage - silence) + sumOf(later.map((name) => earlier.stages[name] ?? 0)) + earlier.rest;
  }
  const share = firstShares[stage];
  if (etaSeconds === undefined || share === undefined) return undefined;
  const rest = sumOf(later.map((name) => firstShares[name]!)) / share;
  return Math.max(0, etaSeconds - silence) + rest * (stageAge + etaSeconds);
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
