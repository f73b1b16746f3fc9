// What an import finds out about a model of any format, and what the user may decide instead.
import type { Preprocessing } from '../image/preprocessing.js';
import type { ScoreActivation } from './tail.js';
import { invalidModel } from '../formats/invalidModel.js';
import {
  normalisationNames,
  normalisations,
  type KnownNetwork,
  type Normalisation,
  type NormalisationName,
} from './architectures.js';

/** A number for each channel. */
type Triple = readonly [number, number, number];

/** What the user may say about pixels and scores; the rest is taken from the model. */
export interface PixelOptions {
  readonly normalisation?: NormalisationName | undefined;
  /** Network input = (pixel / 255 - mean) / std, by channel in the order of `channels`. One without the other: 0 and 1. In the place of `normalisation`. */
  readonly mean?: Triple | undefined;
  readonly std?: Triple | undefined;
  readonly channels?: Preprocessing['channels'] | undefined;
  /** What follows class scores where the model has nothing there. */
  readonly activation?: ScoreActivation | undefined;
  /** Which output of an ONNX file is the class scores, where it has several that may be. */
  readonly output?: string | undefined;
  readonly size?: number | undefined;
  readonly resize?: Preprocessing['resize'] | undefined;
  readonly cropFraction?: number | undefined;
  readonly kernel?: Preprocessing['kernel'] | undefined;
}

/** What an import says of a model of any format. */
export interface ModelFacts {
  readonly architecture: string;
  /** own: the model takes bytes and normalises them itself; custom: by numbers that the user or the file gives. */
  readonly normalisation: NormalisationName | 'custom' | 'own';
  readonly preprocessing: Preprocessing;
  readonly backboneId: string;
  readonly embeddingSize: number;
  readonly classes: number;
  /** sigmoid: the classes do not exclude one another. Absent: softmax. */
  readonly activation?: ScoreActivation;
  /** Of those, by label, where the file says from which probability on an image has it. */
  readonly thresholds?: readonly number[] | undefined;
  /** Unknown where the file runs whole. */
  readonly layers?: number;
  readonly parameters?: number;
}

/** A convention by its name, or by its numbers. */
export type StatedNormalisation = NormalisationName | Normalisation;

/** (pixel / 255 - mean) / std as scale and offset. */
export const standardisation = (
  mean: Triple = [0, 0, 0],
  std: Triple = [1, 1, 1],
  channels: Preprocessing['channels'] = 'rgb',
): Normalisation => ({
  channels,
  scale: [1 / 255 / std[0], 1 / 255 / std[1], 1 / 255 / std[2]],
  offset: [-mean[0] / std[0], -mean[1] / std[1], -mean[2] / std[2]],
});

/** What is said of a network whose names are known, but not how whoever trained it further prepared its pixels. */
const hintFor = ({ name, published }: KnownNetwork): string =>
  `its layers have the names of ${name}; trained further through Keras' preprocess_input, that is --preprocess ${published ?? 'torch'}, through x / 255 (as in many tutorials) --preprocess unit`;

const usualHint = 'torchvision and most of PyTorch: torch; x / 255: unit; Keras applications: their preprocess_input';

/**
 * The user's convention, else the one that `suggested` says the model has. Throws AppError invalid_model, beginning with `path`, where
 * neither is there: with a guess the server would answer wrongly without a word. `known`: what the message says more of.
 */
export function chooseNormalisation(
  suggested: StatedNormalisation | undefined,
  { normalisation, mean, std, channels }: PixelOptions,
  path: string,
  known?: KnownNetwork,
): { readonly normalisation: NormalisationName | 'custom'; readonly pixels: Normalisation } {
  const chosen = mean || std ? standardisation(mean, std) : (normalisation ?? suggested);
  if (chosen === undefined)
    throw invalidModel(
      `${path} does not say how its pixels were prepared when it was trained, and a wrong guess would give wrong answers: say it with --preprocess ${normalisationNames.join('|')} (${known ? hintFor(known) : usualHint}), or with --mean and --std`,
    );
  const [name, pixels] = typeof chosen === 'string' ? [chosen, normalisations[chosen]] : (['custom', chosen] as const);
  return { normalisation: name, pixels: channels ? { ...pixels, channels } : pixels };
}

/** What a file may say beyond the numbers. */
export type StatedResize = Partial<Pick<Preprocessing, 'resize' | 'kernel' | 'cropFraction'>>;

/** The preprocessing for images of `size`; an image is stretched, with linear interpolation, unless the user or the file says otherwise. */
export const preprocessingOf = (
  { channels, scale, offset }: Normalisation,
  size: Pick<Preprocessing, 'height' | 'width'>,
  options: PixelOptions,
  stated: StatedResize = {},
): Preprocessing => ({
  ...size,
  resize: options.resize ?? stated.resize ?? 'stretch',
  kernel: options.kernel ?? stated.kernel ?? 'linear',
  cropFraction: options.cropFraction ?? stated.cropFraction ?? 1,
  channels,
  scale: [...scale],
  offset: [...offset],
});
