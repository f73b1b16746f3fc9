// A Keras model in memory: topology as Keras (and model.json) writes it, weights by name. Every importer ends here, every compiler and exporter starts here.

/** A Keras layer as in `model_config.config.layers`, in the dialect of tfjs layers models (Keras 2). */
export interface LayerConfig {
  readonly class_name: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** One entry a call of the layer; each lists its inputs as [layer name, node index, tensor index, call arguments]. */
  readonly inbound_nodes: readonly (readonly (readonly [string, number, number, Record<string, unknown>])[])[];
}

/** A functional model: layers with one input and one output tensor, as [layer name, node index, tensor index]. */
export interface Topology {
  readonly name: string;
  readonly layers: readonly LayerConfig[];
  readonly input: readonly [string, number, number];
  readonly output: readonly [string, number, number];
}

/** Values in row-major order; `shape` is Keras' (a convolution kernel is HWIO, a dense one [in, out]). */
export interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Weights are named `<layer>/<variable>`: conv2d_1/kernel, batch_normalization_1/moving_mean, … */
export interface LayersModel {
  readonly topology: Topology;
  readonly weights: ReadonlyMap<string, Weight>;
}
