// Whether a classifier is to be trained again now, and if not, what it waits for. Pure functions.
import type { AutoRetrainState } from '../../data/trainings/autoRetrains.js';
import type { AutoRetrainSettings } from './settings.js';

export interface Judgement {
  /** skip: a scheduled time has come, and there is nothing to learn. */
  readonly is: 'wait' | 'skip' | 'train';
  readonly reason: string;
}

type Seen = Pick<
  AutoRetrainState,
  'nextRunAt' | 'changes' | 'datasetChanges' | 'refusedChanges' | 'lastTrainingAt' | 'activeTraining' | 'rolledOut'
>;

/** Of a classifier of which nothing is under way. */
export function judge(
  {
    afterCorrections,
    minimumIntervalSeconds,
  }: Pick<AutoRetrainSettings, 'afterCorrections' | 'minimumIntervalSeconds'>,
  { nextRunAt, changes, datasetChanges, refusedChanges, lastTrainingAt, activeTraining, rolledOut }: Seen,
  now: Date,
): Judgement {
  const wait = (reason: string): Judgement => ({ is: 'wait', reason });
  const isTime = nextRunAt !== null && nextRunAt <= now;
  const isEnough = afterCorrections !== undefined && changes >= afterCorrections;
  const isRefused = refusedChanges === datasetChanges;
  if (!isTime && isEnough && isRefused) return wait('other images: these were refused');
  if (!isTime && !isEnough) return wait(waitingFor(afterCorrections, changes, nextRunAt));
  if (activeTraining !== null) return wait(`the end of training ${activeTraining}`);
  if (rolledOut !== null) return wait(`the end of the rollout of version ${rolledOut}`);
  if (changes === 0) return { is: 'skip', reason: 'nothing has changed since the last training' };
  const earliest = lastTrainingAt && new Date(lastTrainingAt.getTime() + 1000 * minimumIntervalSeconds);
  if (earliest !== null && earliest > now)
    return wait(`${earliest.toISOString()}: ${minimumIntervalSeconds} s are to be between two trainings`);
  const changed = `${changes} ${changes === 1 ? 'image has' : 'images have'} changed since the last training`;
  return {
    is: 'train',
    reason: isEnough ? `${changed}, ${afterCorrections} were asked for` : `${changed}, and it is time`,
  };
}

function waitingFor(afterCorrections: number | undefined, changes: number, nextRunAt: Date | null): string {
  return [
    ...(afterCorrections === undefined ? [] : [`${changes} of ${afterCorrections} corrections`]),
    ...(nextRunAt === null ? [] : [nextRunAt.toISOString()]),
  ].join(', or ');
}
