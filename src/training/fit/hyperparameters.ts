// What a user may choose about a training: one schema with its two presets.
import { z } from 'zod';

/** The image changes that an augmented view may combine (see embedding/augmentation.ts). */
export const augmentationSchema = z.object({
  flip: z.boolean().default(true).describe('Mirror left and right, one view in two'),
  crop: z.boolean().default(true).describe('Keep 65 to 100 % of the area, at a random place'),
  colour: z.boolean().default(true).describe('Brightness and saturation ± 20 %, hue ± 9 degrees'),
  rotation: z.boolean().default(true).describe('Turn by up to 10 degrees either way'),
  erasing: z
    .boolean()
    .default(false)
    .describe('Grey out a rectangle of 2 to 15 % of the area (Zhong et al. 2017), one view in two'),
});
export type Augmentation = z.infer<typeof augmentationSchema>;

export const hyperparametersSchema = z.object({
  hiddenLayers: z
    .array(z.int().min(6).max(2048))
    .max(3)
    .describe('Units of each hidden dense layer; empty for a linear head'),
  activation: z.enum(['relu', 'tanh', 'swish']).describe('Of the hidden layers'),
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .describe('Share of values dropped before the output layer and between hidden layers'),
  l2: z
    .array(z.number().min(0).max(10))
    .min(1)
    .max(8)
    .describe('Weight of the sum of squared kernel values in the loss; of several, the best on validation is kept'),
  labelSmoothing: z.number().min(0).max(0.5),
  classWeights: z.enum(['none', 'balanced']).describe('balanced: a rare class counts as much as a frequent one'),
  solver: z
    .enum(['adam', 'lbfgs'])
    .describe(
      'lbfgs: for a linear head without dropout (any other is fitted by adam): all images at once, to the minimum; its L2 chosen by cross-validation; where there are test images it learns from the validation images, too, in the end. `learningRate`, `schedule`, `batchSize` and `patience` are of adam, which the default preset takes when one of them, hidden layers or dropout are asked for',
    ),
  learningRate: z.number().gt(0).max(1).describe('Of Adam, at the start'),
  schedule: z
    .enum(['constant', 'cosine', 'plateau'])
    .describe('plateau: halved after 3 epochs without a better validation loss'),
  epochs: z.int().min(1).max(1000),
  batchSize: z.int().min(1).max(4096),
  patience: z
    .int()
    .min(1)
    .max(1000)
    .describe('Epochs without a better validation loss before stopping; the best weights are kept'),
  standardise: z.boolean().describe('Give each embedding value mean 0 and variance 1; folded into the exported head'),
  views: z.int().min(0).max(16).describe('Augmented views of each training image, beside the image itself'),
  augmentation: augmentationSchema,
  seed: z.int().min(0).max(4294967295),
});
export type Hyperparameters = z.infer<typeof hyperparametersSchema>;

/** What a request carries: any part of a preset may be replaced. */
export const hyperparameterOverridesSchema = hyperparametersSchema
  .extend({ augmentation: augmentationSchema.partial().meta({ id: 'Augmentation' }) })
  .partial()
  .strict()
  .meta({ id: 'Hyperparameters' });
export type HyperparameterOverrides = z.infer<typeof hyperparameterOverridesSchema>;

const everyChange: Augmentation = { flip: true, crop: true, colour: true, rotation: true, erasing: false };

/**
 * `keras`: what a Keras transfer-learning demo on Inception-V3 does by default: one hidden layer of 1024 relu units on the pooled
 * features, dropout, Adam at 0.001, batches of 32. `default`: a linear head on standardised embeddings by L-BFGS, its L2 chosen by
 * cross-validation.
 */
export const presets = {
  keras: {
    hiddenLayers: [1024],
    activation: 'relu',
    dropout: 0.5,
    l2: [0],
    labelSmoothing: 0,
    classWeights: 'none',
    solver: 'adam',
    learningRate: 0.001,
    schedule: 'constant',
    epochs: 30,
    batchSize: 32,
    patience: 5,
    standardise: false,
    views: 0,
    augmentation: everyChange,
    seed: 1,
  },
  default: {
    hiddenLayers: [],
    activation: 'relu',
    dropout: 0,
    l2: [3, 1, 0.3, 0.1, 0.03, 0.01, 0.003],
    labelSmoothing: 0.1,
    classWeights: 'none',
    solver: 'lbfgs',
    learningRate: 0.002,
    schedule: 'cosine',
    epochs: 100,
    batchSize: 128,
    patience: 10,
    standardise: true,
    views: 0,
    augmentation: everyChange,
    seed: 1,
  },
} as const satisfies Record<string, object>;

export const presetNameSchema = z.enum(['keras', 'default']);
export type PresetName = z.infer<typeof presetNameSchema>;

/** What only Adam has. */
const ofAdam = ['learningRate', 'schedule', 'batchSize', 'patience'] as const;

const wantsAdam = ({ solver, hiddenLayers = [], dropout = 0, ...others }: HyperparameterOverrides): boolean =>
  solver === undefined
    ? hiddenLayers.length > 0 || dropout > 0 || ofAdam.some((name) => others[name] !== undefined)
    : solver === 'adam';

/** The default preset where Adam is to fit its head. */
const defaultForAdam = { ...presets.default, solver: 'adam', l2: [0.003, 0.02], epochs: 15 } as const;

/**
 * The preset with the request's own values in place of its; the default one takes Adam when they ask for what only Adam can do.
 * Throws a ZodError when the result is out of range.
 */
export function resolveHyperparameters(preset: PresetName, overrides: HyperparameterOverrides = {}): Hyperparameters {
  const base = preset === 'default' && wantsAdam(overrides) ? defaultForAdam : presets[preset];
  return hyperparametersSchema.parse({
    ...base,
    ...overrides,
    augmentation: { ...base.augmentation, ...overrides.augmentation },
  });
}

/** One fit: a single L2 value in place of the list, and nothing of the views, which are made before. */
export type FitOptions = Omit<Hyperparameters, 'l2' | 'views' | 'augmentation'> & { readonly l2: number };

/** Whether a head of one layer is fitted to its minimum by L-BFGS. */
export const isLinearFit = ({
  solver,
  hiddenLayers,
  dropout,
}: Pick<Hyperparameters, 'solver' | 'hiddenLayers' | 'dropout'>): boolean =>
  solver === 'lbfgs' && hiddenLayers.length === 0 && dropout === 0;

/** The fits that the chosen hyper-parameters ask for: one for each L2 value. */
export const l2Candidates = (chosen: Hyperparameters): FitOptions[] => chosen.l2.map((l2) => ({ ...chosen, l2 }));
