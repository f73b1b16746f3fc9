// Where the photos of a list come from: the dataset itself, what a classifier says of them, or groups that belong together.
import { dataOf, type components } from 'taxon-client';
import { taxon } from '../../../session.js';
import type { AskedModel } from '../../../models.js';

type Schemas = components['schemas'];
export type Split = Schemas['Split'];
export type ImageGroups = Schemas['ImageGroups'];

export interface Photo {
  readonly id: number;
  /** In a dataset of several labels a photo all of them, as one text. */
  readonly label: string;
  readonly labels: readonly string[];
  readonly split: Split;
  readonly fileName: string | undefined;
  /** What a classifier says, where one was asked; probability 0 to 1. */
  readonly predicted?: { readonly label: string; readonly probability: number } | undefined;
  /** Photos of which this is equal look the same. */
  readonly look: string;
  /** Counts from 0; photos of the same number are listed together. */
  readonly group?: number | undefined;
  /** Who made it; absent where nobody said. */
  readonly attribution?: Schemas['Attribution'] | undefined;
  /** The same photo is there under another label too. */
  readonly isContradicted?: boolean;
}

export interface PhotoPage {
  readonly photos: readonly Photo[];
  /** `after` of the next page; null on the last one. */
  readonly next: number | null;
  /** On all pages together, where the server says so. */
  readonly total?: number | null;
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
export const storedPhotos = (name: string, filter: PhotoFilter, expected: number | undefined): PhotoSource => ({
  expected,
  loadPage: (after, signal) => loadImages(name, { ...defined(filter), after, limit: pageSize }, signal),
});

export interface PredictionFilter extends PhotoFilter {
  /** Only those that the classifier takes for something else. */
  readonly doubted: boolean;
  readonly predicted?: string | undefined;
  /** 0 to 1. */
  readonly minProbability: number;
}

/** With what `model` says of them; those whose label it doubts most come first. */
export const predictedPhotos = (name: string, model: AskedModel, filter: PredictionFilter): PhotoSource => ({
  loadPage: (after, signal) => {
    const { doubted, predicted, minProbability } = filter;
    const query = {
      ...defined(filter),
      ...(predicted !== undefined && { predicted }),
      ...(minProbability > 0 && { minProbability }),
      mistakes: doubted ? ('true' as const) : ('false' as const),
    };
    return loadImages(name, { ...query, ...byDoubt(model), after, limit: pageSize }, signal);
  },
});

/** Those that are there under several labels come first, then those whose label `model` doubts; without one, in order of arrival. */
export function doubtfulFirst(
  name: string,
  filter: PhotoFilter,
  { groups }: ImageGroups,
  model: AskedModel | undefined,
): PhotoSource {
  const { label, split } = filter;
  const contradicted = groups
    .flat()
    .filter((one) => (label === undefined || one.label === label) && (split === undefined || one.split === split));
  const first = new Set(contradicted.map(({ id }) => id));
  const order = model === undefined ? {} : byDoubt(model);
  let begun = false;
  return {
    loadPage: async (after, signal) => {
      if (!begun && first.size > 0) {
        const photos = await loadByIds(name, [...first], signal);
        begun = true;
        return { photos: photos.map((photo) => ({ ...photo, isContradicted: true })), next: 0 };
      }
      const page = await loadImages(name, { ...defined(filter), ...order, after, limit: pageSize }, signal);
      return { ...page, photos: page.photos.filter(({ id }) => !first.has(id)) };
    },
  };
}

const byDoubt = ({ name, version }: AskedModel) => ({
  model: name,
  version: String(version),
  order: 'doubt' as const,
});

interface ListQuery {
  readonly ids?: string;
  readonly label?: string;
  readonly split?: Split;
  readonly fileName?: string;
  readonly model?: string;
  readonly version?: string;
  readonly predicted?: string;
  readonly mistakes?: 'true' | 'false';
  readonly minProbability?: number;
  readonly order?: 'arrival' | 'doubt';
  readonly after?: number;
  readonly limit: number;
}

async function loadImages(name: string, query: ListQuery, signal: AbortSignal): Promise<PhotoPage> {
  const params = { path: { name }, query };
  const answer = dataOf(await taxon.value.api.GET('/v1/admin/datasets/{name}/images', { params, signal }));
  return { ...answer, photos: answer.images.map((image) => photoOf(image)) };
}

/** Those that are still there, in this order. */
async function loadByIds(name: string, ids: readonly number[], signal: AbortSignal): Promise<Photo[]> {
  const photos = new Map<number, Photo>();
  for (let at = 0; at < ids.length; at += pageSize) {
    const query = { ids: ids.slice(at, at + pageSize).join(','), limit: pageSize };
    for (const photo of (await loadImages(name, query, signal)).photos) photos.set(photo.id, photo);
  }
  return ids.map((id) => photos.get(id)).filter((photo) => photo !== undefined);
}

/** Group after group. */
export function groupedPhotos(name: string, { groups }: ImageGroups): PhotoSource {
  const members = groups.flatMap((group, number) => group.map(({ id }) => ({ id, number })));
  return {
    expected: members.length,
    loadPage: async (after, signal) => {
      const part = members.slice(after, after + pageSize);
      const numbers = new Map(part.map(({ id, number }) => [id, number]));
      const found = await loadByIds(name, [...numbers.keys()], signal);
      const photos = found.map((photo) => ({ ...photo, group: numbers.get(photo.id) }));
      return { photos, next: after + pageSize < members.length ? after + pageSize : null };
    },
  };
}

const photoOf = ({
  id,
  label,
  labels,
  split,
  fileNames,
  group,
  prediction,
  attribution,
}: Schemas['ListedImage']): Photo => ({
  id,
  label,
  labels,
  split,
  fileName: fileNames[0],
  look: group,
  ...(prediction && { predicted: prediction }),
  ...(attribution && { attribution }),
});

function defined({ label, split, fileName }: PhotoFilter) {
  return {
    ...(label !== undefined && { label }),
    ...(split !== undefined && { split }),
    ...(fileName !== undefined && { fileName }),
  };
}
