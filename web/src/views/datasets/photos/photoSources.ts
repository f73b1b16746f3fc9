// Where the photos of a list come from: the dataset itself, what a classifier says of them, or groups that belong together.
import { dataOf, type components } from 'taxon-client';
import { taxon } from '../../../session.js';
import type { AskedModel } from '../../../models.js';

type Schemas = components['schemas'];
export type Split = Schemas['Split'];
export type ImageGroups = Schemas['ImageGroups'];

export interface Photo {
  readonly id: number;
  readonly label: string;
  readonly split: Split;
  readonly fileName: string | undefined;
  /** What a classifier says, where one was asked; probability 0 to 1. */
  readonly predicted?: { readonly label: string; readonly probability: number } | undefined;
  /** Counts from 0; photos of the same number look the same. */
  readonly group?: number | undefined;
}

export interface PhotoPage {
  readonly photos: readonly Photo[];
  /** `after` of the next page; null on the last one. */
  readonly next: number | null;
}

export interface PhotoSource {
  /** Throws TaxonError. `after`: 0 for the first page. */
  readonly loadPage: (after: number, signal: AbortSignal) => Promise<PhotoPage>;
  /** How many there will be, if that is known before they are loaded. */
  readonly expected?: number | undefined;
}

export interface PhotoFilter {
  readonly label?: string | undefined;
  readonly split?: Split | undefined;
  /** A part of it. */
  readonly fileName?: string | undefined;
}

const pageSize = 500;

/** In order of arrival. */
export const storedPhotos = (name: string, filter: PhotoFilter, expected: number): PhotoSource => ({
  expected,
  loadPage: async (after, signal) => {
    const query = { ...defined(filter), after, limit: pageSize };
    const { images, next } = dataOf(
      await taxon.value.api.GET('/v1/admin/datasets/{name}/images', { params: { path: { name }, query }, signal }),
    );
    return { photos: images.map((image) => photoOf(image)), next };
  },
});

export interface PredictionFilter extends PhotoFilter {
  /** Only those whose label the classifier doubts. */
  readonly doubted: boolean;
  readonly predicted?: string | undefined;
  /** 0 to 1. */
  readonly minProbability: number;
}

/** What `model` says of them; those that it doubts most come first. All in one page. */
export const predictedPhotos = (dataset: string, model: AskedModel, filter: PredictionFilter): PhotoSource => ({
  loadPage: async (_, signal) => {
    const photos: Photo[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: Schemas['ImagePredictionPage'] = await loadPredictions(dataset, model, filter, after, signal);
      photos.push(...page.predictions.map(predictedPhoto).filter((photo) => isWanted(photo, filter)));
      after = page.next;
    }
    return { photos: photos.sort((one, other) => doubtOf(other) - doubtOf(one)), next: null };
  },
});

async function loadPredictions(
  dataset: string,
  { name, version }: AskedModel,
  { label, split, doubted }: PredictionFilter,
  after: number,
  signal: AbortSignal,
) {
  const query = { dataset, ...defined({ label, split }), mistakes: doubted ? 'true' : 'false', after, limit: pageSize };
  const path = '/v1/admin/models/{name}/versions/{version}/predictions';
  const params = {
    path: { name, version: String(version) },
    query: query as typeof query & { mistakes: 'true' | 'false' },
  };
  return dataOf(await taxon.value.api.GET(path, { params, signal }));
}

const predictedPhoto = ({
  imageId,
  label,
  split,
  fileName,
  predicted,
  probability,
}: Schemas['ImagePrediction']): Photo => ({
  id: imageId,
  label,
  split,
  fileName: fileName ?? undefined,
  predicted: predicted === null ? undefined : { label: predicted, probability: probability ?? 0 },
});

const isWanted = ({ predicted }: Photo, filter: PredictionFilter): boolean =>
  filter.predicted === undefined && filter.minProbability === 0
    ? true
    : predicted !== undefined &&
      (filter.predicted ?? predicted.label) === predicted.label &&
      predicted.probability >= filter.minProbability;

/** From -1, surely right, to 1, surely wrong. */
const doubtOf = ({ label, predicted }: Photo): number =>
  predicted === undefined ? 0 : predicted.probability * (predicted.label === label ? -1 : 1);

/** Group after group. */
export function groupedPhotos(name: string, { groups }: ImageGroups): PhotoSource {
  const members = groups.flatMap((group, number) => group.map(({ id }) => ({ id, number })));
  return {
    expected: members.length,
    loadPage: async (after, signal) => {
      const part = members.slice(after, after + pageSize);
      const query = { ids: part.map(({ id }) => id).join(','), limit: pageSize };
      const { images } = dataOf(
        await taxon.value.api.GET('/v1/admin/datasets/{name}/images', { params: { path: { name }, query }, signal }),
      );
      const found = new Map(images.map((image) => [image.id, image]));
      const photos = part.flatMap(({ id, number }) => {
        const image = found.get(id);
        return image === undefined ? [] : [photoOf(image, number)];
      });
      return { photos, next: after + pageSize < members.length ? after + pageSize : null };
    },
  };
}

const photoOf = ({ id, label, split, fileNames }: Schemas['ListedImage'], group?: number): Photo => ({
  id,
  label,
  split,
  fileName: fileNames[0],
  ...(group !== undefined && { group }),
});

function defined({ label, split, fileName }: PhotoFilter) {
  return {
    ...(label !== undefined && { label }),
    ...(split !== undefined && { split }),
    ...(fileName !== undefined && { fileName }),
  };
}
