// What a search may choose, and where a choice lies in it: positions from 0 to 1, one for each axis.
import { z } from 'zod';
import type { Hyperparameters } from '../fit/hyperparameters.js';

const between = (value: z.ZodType<number>, what: string) =>
  z.array(value).length(2).describe(`${what}: the lowest and the highest`);

/** Fine-tuning of the backbone would be one more entry here and one more axis below. */
const boundsSchema = z.object({
  epochs: between(z.int().min(1).max(1000), 'Epochs'),
  layers: between(z.int().min(0).max(3), 'Hidden layers'),
  units: between(z.int().min(6).max(2048), 'Units of each hidden layer'),
  activation: z
    .array(z.enum(['relu', 'tanh', 'swish']))
    .min(1)
    .max(3),
  dropout: between(z.number().min(0).max(0.9), 'Dropout'),
  l2: between(z.number().min(1e-9).max(10), 'L2'),
  labelSmoothing: between(z.number().min(0).max(0.5), 'Label smoothing'),
  classWeights: z
    .array(z.enum(['none', 'balanced']))
    .min(1)
    .max(2),
  learningRate: between(z.number().min(1e-9).max(1), 'Learning rate of Adam'),
  standardise: z.array(z.boolean()).min(1).max(2),
  views: between(z.int().min(0).max(16), 'Augmented views of each training image'),
});
export type SearchSpace = z.infer<typeof boundsSchema>;

/** Those that are left out are the usual ones. */
export const searchSpaceSchema = boundsSchema.partial().strict().meta({ id: 'SearchSpace' });

/** Epochs and L2 apart, the bounds of the first six are those of the Keras demo that the preset `keras` repeats. */
export const usualSpace: SearchSpace = {
  epochs: [5, 60],
  layers: [0, 3],
  units: [6, 2048],
  activation: ['relu', 'tanh', 'swish'],
  dropout: [0, 0.9],
  learningRate: [1e-6, 1e-2],
  classWeights: ['none', 'balanced'],
  l2: [1e-6, 0.1],
  labelSmoothing: [0, 0.3],
  standardise: [true, false],
  views: [0, 1],
};

/** A way from positions to values and back; a value outside lies at the nearer end. */
interface Axis<T> {
  at(position: number): T;
  positionOf(value: T): number;
}

const clamp = (position: number): number => Math.min(1, Math.max(0, position));

function linear(bounds: readonly number[]): Axis<number> {
  const low = Math.min(...bounds);
  const width = Math.max(...bounds) - low;
  return {
    at: (position) => low + position * width,
    positionOf: (value) => (width === 0 ? 0.5 : clamp((value - low) / width)),
  };
}

function logarithmic(bounds: readonly number[]): Axis<number> {
  const axis = linear(bounds.map(Math.log));
  return {
    at: (position) => Math.min(Math.max(...bounds), Math.max(Math.min(...bounds), Math.exp(axis.at(position)))),
    positionOf: (value) => axis.positionOf(Math.log(Math.max(value, Number.MIN_VALUE))),
  };
}

const whole = (axis: Axis<number>): Axis<number> => ({ ...axis, at: (position) => Math.round(axis.at(position)) });

function choice<T>(values: readonly T[]): Axis<T> {
  const distinct = [...new Set(values)];
  return {
    at: (position) => distinct[Math.min(distinct.length - 1, Math.floor(position * distinct.length))]!,
    positionOf: (value) => (Math.max(0, distinct.indexOf(value)) + 0.5) / distinct.length,
  };
}

/** Where a choice lies: a position for each axis, in the order of `axisNames`. */
export type Point = readonly number[];

export const axisNames = [
  'epochs',
  'layers',
  'units',
  'activation',
  'dropout',
  'l2',
  'labelSmoothing',
  'classWeights',
  'learningRate',
  'standardise',
  'views',
] as const;

/** The space of a search around `chosen`, whose other values (batch, schedule, seed …) every choice has. */
export class Space {
  readonly #chosen: Hyperparameters;
  readonly bounds: SearchSpace;
  /** Of linear heads; undefined: the request bounds it for all heads. */
  readonly #linearL2: readonly number[] | undefined;
  readonly #axes;

  /** `bounds`: in place of the usual ones. */
  constructor(chosen: Hyperparameters, bounds: z.infer<typeof searchSpaceSchema> = {}) {
    const space = { ...usualSpace, ...bounds } as SearchSpace;
    this.#chosen = chosen;
    this.bounds = space;
    this.#linearL2 = bounds.l2 && bounds.l2.join() !== usualSpace.l2.join() ? undefined : chosen.l2;
    this.#axes = {
      epochs: whole(logarithmic(space.epochs)),
      layers: whole(linear(space.layers)),
      units: whole(logarithmic(space.units)),
      activation: choice(space.activation),
      dropout: linear(space.dropout),
      l2: logarithmic(space.l2),
      labelSmoothing: linear(space.labelSmoothing),
      classWeights: choice(space.classWeights),
      learningRate: logarithmic(space.learningRate),
      standardise: choice(space.standardise),
      views: whole(linear(space.views)),
    };
  }

  /** The most augmented views that a choice may want. */
  get mostViews(): number {
    return Math.max(this.#chosen.views, ...this.bounds.views);
  }

  decode([epochs, layers, units, activation, dropout, l2, smoothing, weights, rate, standardise, views]: Point) {
    const axes = this.#axes;
    const choice = {
      ...this.#chosen,
      epochs: axes.epochs.at(epochs!),
      hiddenLayers: Array<number>(axes.layers.at(layers!)).fill(axes.units.at(units!)),
      activation: axes.activation.at(activation!),
      dropout: axes.dropout.at(dropout!),
      l2: [axes.l2.at(l2!)],
      labelSmoothing: axes.labelSmoothing.at(smoothing!),
      classWeights: axes.classWeights.at(weights!),
      learningRate: axes.learningRate.at(rate!),
      standardise: axes.standardise.at(standardise!),
      views: axes.views.at(views!),
      solver: 'adam',
    } satisfies Hyperparameters;
    if (choice.hiddenLayers.length > 0 || this.#chosen.solver !== 'lbfgs') return choice;
    // Without hidden layers there is one best head of each L2, which L-BFGS finds whatever Adam would be told. The best of the request's L2 values
    // counts, as in the first trial: one within the bounds of other heads would nearly always lose against that.
    const { epochs: steps } = this.#chosen;
    return { ...choice, solver: 'lbfgs' as const, dropout: 0, epochs: steps, l2: [...(this.#linearL2 ?? choice.l2)] };
  }

  encode(choice: Hyperparameters): Point {
    const axes = this.#axes;
    const [units = 0] = choice.hiddenLayers;
    return [
      axes.epochs.positionOf(choice.epochs),
      axes.layers.positionOf(choice.hiddenLayers.length),
      axes.units.positionOf(units),
      axes.activation.positionOf(choice.activation),
      axes.dropout.positionOf(choice.dropout),
      axes.l2.positionOf(Math.max(...choice.l2)),
      axes.labelSmoothing.positionOf(choice.labelSmoothing),
      axes.classWeights.positionOf(choice.classWeights),
      axes.learningRate.positionOf(choice.learningRate),
      axes.standardise.positionOf(choice.standardise),
      axes.views.positionOf(choice.views),
    ];
  }

  /**
   * What the Gaussian process sees of a choice, fitted with `share` of its epochs: its positions, those without meaning for it in
   * the middle, three functions half a unit from each other, and the share.
   */
  featuresOf(choice: Hyperparameters, share: number): number[] {
    const point = this.encode(choice);
    const isLinear = choice.hiddenLayers.length === 0;
    const [epochs, layers, units, , ...others] = point;
    const functions = (['relu', 'tanh', 'swish'] as const).map((name) =>
      !isLinear && choice.activation === name ? 0.5 : 0,
    );
    return [epochs!, layers!, isLinear ? 0.5 : units!, ...others, share, ...functions];
  }
}

/** Multiplications of a fit, but for a factor: `size` values of an embedding, `classes`. */
export function costOf({ hiddenLayers, epochs, views }: Hyperparameters, size: number, classes: number): number {
  const widths = [size, ...hiddenLayers, classes];
  const kernels = widths.slice(1).reduce((sum, units, i) => sum + units * widths[i]!, 0);
  return epochs * (1 + views) * kernels;
}
