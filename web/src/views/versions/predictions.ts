// What a version says of the images of a dataset, one by one.
import { dataOf, type components } from 'taxon-client';
import { taxon } from '../../session.js';

export type Prediction = components['schemas']['ImagePrediction'];
export type Split = components['schemas']['Split'];

export interface Asked {
  readonly name: string;
  readonly version: number;
  readonly dataset: string;
  /** undefined: of all splits. */
  readonly split: Split | undefined;
  /** Only images of this class. */
  readonly label?: string;
}

/** The most that a page may have. */
const pageSize = 500;

/** Of all images that are asked for, in the order of their ids. `onProgress`: how many have come so far. */
export async function loadPredictions(
  { name, version, dataset, split, label }: Asked,
  signal: AbortSignal,
  onProgress: (count: number) => void = () => undefined,
): Promise<Prediction[]> {
  const all: Prediction[] = [];
  for (let after = 0; ;) {
    const answer = await taxon.value.api.GET('/v1/admin/models/{name}/versions/{version}/predictions', {
      params: {
        path: { name, version: String(version) },
        query: { dataset, after, limit: pageSize, ...(split && { split }), ...(label !== undefined && { label }) },
      },
      signal,
    });
    const { predictions, next } = dataOf(answer);
    all.push(...predictions);
    onProgress(all.length);
    if (next === null) return all;
    after = next;
  }
}

/** Images of this server, by their dataset and split, that a version was measured on. */
export interface MeasuredOn {
  readonly dataset: string;
  /** undefined: of all. */
  readonly split: Split | undefined;
}

/** undefined: it was trained elsewhere; a dataset of the same name may be another. */
export function measuredOn({
  metrics: { evaluatedOn = 'test' },
  training,
}: components['schemas']['ModelVersion']): MeasuredOn | undefined {
  return training ? { dataset: training.dataset, split: evaluatedOn } : undefined;
}
