// What the form of a new training asks for, and the request that it becomes.
import type { NewTraining } from 'taxon-client';

type Hyperparameters = NonNullable<NewTraining['hyperparameters']>;

/** In plain words: strings.train.presets. */
export const presets = {
  quick: {},
  few: { hyperparameters: { views: 4 } },
  search: { search: { trials: 30 } },
  keras: { preset: 'keras' },
} as const satisfies Record<string, Partial<NewTraining>>;
export type PresetName = keyof typeof presets;

export interface NumberSetting {
  readonly min: number;
  readonly max: number;
  readonly step: number | 'any';
}

/** Fields that hold a number; empty: as the preset has it. */
export const numberSettings = {
  epochs: { min: 1, max: 1000, step: 1 },
  patience: { min: 1, max: 1000, step: 1 },
  learningRate: { min: 0.00001, max: 0.1, step: 'any' },
  batchSize: { min: 1, max: 4096, step: 1 },
  dropout: { min: 0, max: 0.9, step: 0.05 },
  labelSmoothing: { min: 0, max: 0.5, step: 0.01 },
  views: { min: 0, max: 16, step: 1 },
  trials: { min: 1, max: 200, step: 1 },
  margin: { min: 0, max: 100, step: 0.1 },
  seed: { min: 0, max: 4294967295, step: 1 },
} as const satisfies Record<string, NumberSetting>;

export const alterations = ['flip', 'crop', 'colour', 'rotation', 'erasing'] as const;
/** As the server has it where the request says nothing. */
export const usualAlterations: ReadonlySet<string> = new Set(['flip', 'crop', 'colour', 'rotation']);

const layersOf = (choice: string): number[] => (choice === 'none' ? [] : choice.split(',').map(Number));

/** `form`: fields named as in this file, `alteration` for each that is allowed. */
export function requestOf(form: FormData): NewTraining {
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === 'string' ? value.trim() : '';
  };
  const number = (name: keyof typeof numberSettings): number | undefined =>
    text(name) === '' ? undefined : Number(text(name));
  const chosen: Partial<NewTraining> = presets[text('preset') as PresetName];
  const { trials, margin, ...numbers } = Object.fromEntries(
    (Object.keys(numberSettings) as (keyof typeof numberSettings)[]).flatMap((name) => {
      const value = number(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const allowed = new Set(form.getAll('alteration'));
  const changed = alterations.filter((name) => allowed.has(name) !== usualAlterations.has(name));
  const hyperparameters: Hyperparameters = {
    ...chosen.hyperparameters,
    ...numbers,
    ...(text('hiddenLayers') !== '' && { hiddenLayers: layersOf(text('hiddenLayers')) }),
    ...(text('classWeights') !== '' && { classWeights: text('classWeights') as 'none' | 'balanced' }),
    ...(text('schedule') !== '' && { schedule: text('schedule') as 'constant' | 'cosine' | 'plateau' }),
    ...(changed.length > 0 && {
      augmentation: Object.fromEntries(changed.map((name) => [name, allowed.has(name)])),
    }),
  };
  return {
    ...chosen,
    dataset: text('dataset'),
    model: text('model'),
    activate: text('activate') as 'if-better' | 'always' | 'manual',
    ...(Object.keys(hyperparameters).length > 0 && { hyperparameters }),
    ...(trials !== undefined && { search: { trials } }),
    ...(margin !== undefined && { margin: margin / 100 }),
    ...(text('backbone') !== '' && { backbone: text('backbone') }),
  };
}
