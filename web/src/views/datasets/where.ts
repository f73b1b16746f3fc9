// The address within a dataset: #/datasets/flowers/doubted/train/roses.
import { hrefOf } from '../../router.js';
import { strings } from '../../strings/index.js';
import type { PhotoFilter, Split } from './photos/photoSources.js';

export type Show = keyof typeof strings.datasets.shows;
export const shows = Object.keys(strings.datasets.shows) as readonly Show[];
export const splits = Object.keys(strings.datasets.splits) as readonly Split[];

/** In the place of a part when all are meant. */
const any = 'any';

export interface Where extends PhotoFilter {
  readonly show: Show;
}

/** Anything else counts as all photos. */
export function whereOf([show, split, label]: readonly string[]): Where {
  return {
    show: shows.find((known) => known === show) ?? 'all',
    split: splits.find((known) => known === split),
    label,
  };
}

export const hrefOfDataset = (name: string, { show, split, label }: Where): string =>
  hrefOf('datasets', name, show, split ?? any, ...(label === undefined ? [] : [label]));
