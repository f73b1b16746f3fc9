// The rollout of a classifier, as the server has it and as it is changed.
import { dataOf, type components } from 'taxon-client';
import { taxon } from '../../../session.js';
import { strings } from '../../../strings/index.js';
import { attempt } from '../actions.js';

const texts = strings.rollout;
const path = '/v1/admin/models/{name}/rollout';

export type Rollout = components['schemas']['Rollout'];

/** That which runs, or the last one; null: there never was one. */
export async function loadRollout(name: string, signal: AbortSignal): Promise<Rollout | null> {
  const params = { path: { name }, query: { limit: 1 } };
  const { rollouts } = dataOf(await taxon.value.api.GET(`${path}s`, { params, signal }));
  return rollouts[0] ?? null;
}

/** Starts a rollout; of one that runs, everything but the share stays. */
export const setShare = (
  name: string,
  version: number,
  percent: number,
  running: Rollout | undefined,
): Promise<boolean> =>
  attempt(async () => {
    const { keys = [], shadows = [], conditions = null } = running ?? {};
    const body = { version, percent, keys, shadows, ...(conditions !== null && { conditions }) };
    dataOf(await taxon.value.api.PUT(path, { params: { path: { name } }, body }));
    return texts.started(version, percent);
  });

export const endRollout = (name: string): Promise<boolean> =>
  attempt(async () => {
    dataOf(await taxon.value.api.DELETE(path, { params: { path: { name } } }));
    return texts.ended;
  });
