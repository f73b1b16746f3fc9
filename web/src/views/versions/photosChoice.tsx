// Which images of which dataset: two selects.
import type { components } from 'taxon-client';
import { formatCount } from '../../format.js';
import { strings } from '../../strings/index.js';
import type { Split } from './predictions.js';

const texts = strings.versions;

export type Dataset = components['schemas']['Dataset'];
export type SplitChoice = keyof typeof texts.splits;

export const splitOf = (choice: SplitChoice): Split | undefined => (choice === 'all' ? undefined : choice);
export const isSplitChoice = (text: string | undefined): text is SplitChoice =>
  text !== undefined && Object.hasOwn(texts.splits, text);

export interface PhotosChoiceProps {
  readonly datasets: readonly Dataset[];
  readonly dataset: string;
  readonly split: SplitChoice;
  readonly onChange: (dataset: string, split: SplitChoice) => void;
}

export const PhotosChoice = ({ datasets, dataset, split, onChange }: PhotosChoiceProps) => (
  <>
    <label>
      {texts.dataset}
      <select value={dataset} onChange={({ currentTarget: { value } }) => onChange(value, split)}>
        {datasets.map(({ name, images }) => (
          <option key={name} value={name}>
            {name} ({texts.photosOf(formatCount(images))})
          </option>
        ))}
      </select>
    </label>
    <label>
      {texts.split}
      <select value={split} onChange={({ currentTarget: { value } }) => onChange(dataset, value as SplitChoice)}>
        {Object.entries(texts.splits).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  </>
);
