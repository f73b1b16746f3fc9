// A Keras model in memory: a graph of layers, and weights by name. Every importer ends here, every compiler and exporter starts here.

/** One Keras layer, called once. `config` holds Keras' snake_case options; absent ones have Keras' defaults. */
export interface Layer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers whose outputs it takes, in order; empty for the InputLayer. */
  readonly inputs: readonly string[];
}

/** A model with one input and one output. Every layer stands after those it takes its inputs from. */
export interface Topology {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Name of the InputLayer; its `batch_input_shape` is [null, height, width, channels] or [null, embeddingSize]. */
  readonly input: string;
  /** Name of the layer whose output is the model's. */
  readonly output: string;
}

/** How a file keeps values in fewer than 32 bits: as halves, or as whole numbers × scale + min. */
export type Quantization =
  { readonly dtype: 'float16' } | { readonly dtype: 'uint8' | 'uint16'; readonly scale: number; readonly min: number };

/** Values in row-major order; `shape` is Keras' (a convolution kernel is HWIO, a dense one [in, out]). */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Of the file that the values were read from, as they are; they can be kept so again. */
  readonly quantization?: Quantization | undefined;
}

export type Weights = ReadonlyMap<string, Weight>;

/** Weights are named `<layer>/<variable>`: conv2d_1/kernel, batch_normalization_1/moving_mean, … */
export interface LayersModel {
  readonly topology: Topology;
  readonly weights: Weights;
}

/** Number of values in a tensor of this shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, side) => size * side, 1);
