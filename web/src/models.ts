// Classifiers that can be asked about the photos of a dataset.
import { dataOf } from 'taxon-client';
import { useLoad } from './load.js';
import { taxon } from './session.js';

export interface AskedModel {
  readonly name: string;
  readonly version: number;
}

/** Those that know some of these classes, with their active versions, the one that knows most first; undefined: not yet there. */
export function useModels(labels: readonly string[] | undefined): readonly AskedModel[] | undefined {
  const { data } = useLoad(async (signal) => dataOf(await taxon.value.api.GET('/v1/models', { signal })).models, []);
  if (data === undefined || labels === undefined) return undefined;
  return data
    .map(({ name, activeVersion: version, labels: own }) => ({
      name,
      version,
      known: labels.filter((label) => own.includes(label)).length,
    }))
    .filter(({ known }) => known > 0)
    .sort((one, other) => other.known - one.known)
    .map(({ name, version }) => ({ name, version }));
}
