// What an import finds out about a model of any format, and what the user may decide instead.
import type { Preprocessing } from '../image/preprocessing.js';
import { normalisations, type NormalisationName } from './architectures.js';

/** What the user may say about the pixels; the rest is taken from the model. */
export interface PixelOptions {
  readonly normalisation?: NormalisationName | undefined;
  readonly size?: number | undefined;
  readonly resize?: Preprocessing['resize'] | undefined;
  readonly kernel?: Preprocessing['kernel'] | undefined;
}

/** What an import says of a model of any format. */
export interface ModelFacts {
  readonly architecture: string;
  /** own: the model takes bytes and normalises them itself. */
  readonly normalisation: NormalisationName | 'own';
  readonly preprocessing: Preprocessing;
  readonly backboneId: string;
  readonly embeddingSize: number;
  readonly classes: number;
  /** Unknown where the file runs whole. */
  readonly layers?: number;
  readonly parameters?: number;
}

/** The preprocessing for images of `size` and a pixel convention; an image is stretched, with linear interpolation, unless the user says otherwise. */
export function preprocessingOf(
  normalisation: NormalisationName,
  size: Pick<Preprocessing, 'height' | 'width'>,
  { resize = 'stretch', kernel = 'linear' }: PixelOptions,
): Preprocessing {
  const { channels, scale, offset } = normalisations[normalisation];
  return { ...size, resize, kernel, cropFraction: 1, channels, scale: [...scale], offset: [...offset] };
}
