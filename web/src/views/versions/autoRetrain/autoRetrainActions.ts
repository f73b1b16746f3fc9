// Whether a classifier trains itself again, as the server has it and as it is changed.
import { dataOf, type components } from 'taxon-client';
import { taxon } from '../../../session.js';
import { strings } from '../../../strings/index.js';
import { attempt } from '../actions.js';

const texts = strings.autoRetrain;
const path = '/v1/models/{name}/auto-retrain';

export type AutoRetrain = components['schemas']['AutoRetrain'];
/** As PUT takes them; GET gives the same back. */
export type Settings = components['schemas']['AutoRetrainSettings'];

export const loadAutoRetrain = async (name: string, signal: AbortSignal): Promise<AutoRetrain> =>
  dataOf(await taxon.value.api.GET(path, { params: { path: { name } }, signal }));

export async function loadDatasets(signal: AbortSignal): Promise<string[]> {
  const { datasets } = dataOf(await taxon.value.api.GET('/v1/admin/datasets', { signal }));
  return datasets.map(({ name }) => name);
}

export const turnOn = (name: string, body: Settings): Promise<boolean> =>
  attempt(async () => {
    dataOf(await taxon.value.api.PUT(path, { params: { path: { name } }, body }));
    return texts.turnedOn;
  });

export const turnOff = (name: string): Promise<boolean> =>
  attempt(async () => {
    dataOf(await taxon.value.api.DELETE(path, { params: { path: { name } } }));
    return texts.turnedOff;
  });
