// tfjs as the reference: builds models from our topologies, fills them with seeded random weights, and runs them in plain JavaScript.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { writeKerasTopology } from '../../src/formats/keras/topology.js';
import type { Layer, LayersModel, Topology, Weight } from '../../src/formats/layersModel.js';
import { sizeOf } from '../../src/formats/layersModel.js';

/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A chain or graph of layers as [class, name, inputs, options]; the first is the input, the last the output. */
export type LayerSketch = readonly [
  className: string,
  name: string,
  inputs: readonly string[],
  options?: Record<string, unknown>,
];

export function sketchTopology(inputShape: readonly number[], sketches: readonly LayerSketch[]): Topology {
  const input: Layer = {
    className: 'InputLayer',
    name: 'input',
    inputs: [],
    config: { name: 'input', batch_input_shape: [null, ...inputShape] },
  };
  const rest = sketches.map(([className, name, inputs, options]): Layer => ({
    className,
    name,
    inputs,
    config: { name, ...options },
  }));
  return { name: 'sketch', layers: [input, ...rest], input: 'input', output: rest.at(-1)!.name };
}

/** Random values that keep activations near 1; variances are positive and far from 1, so that a forgotten batch-norm shows. */
function randomWeight(name: string, shape: readonly number[], random: () => number): Weight {
  const size = sizeOf(shape);
  const fanIn = shape.length > 1 ? size / shape.at(-1)! : 1;
  const centred = (): number => (random() * 2 - 1) * Math.sqrt(3 / fanIn);
  const positive = (): number => 0.2 + 2 * random();
  return { shape, data: Float32Array.from({ length: size }, /variance|gamma/.test(name) ? positive : centred) };
}

/** The topology with seeded random weights, of the shapes that tfjs says. */
export async function fillWithRandom(topology: Topology, seed: number): Promise<LayersModel> {
  const random = createRandom(seed);
  await tf.setBackend('cpu');
  const model = await layers.models.modelFromJSON({ modelTopology: writeKerasTopology(topology) } as never);
  const weights = model.weights.map(({ originalName, shape }) => {
    const known = shape.map((side) => side ?? 0);
    return [originalName, randomWeight(originalName, known, random)] as const;
  });
  model.dispose();
  return { topology, weights: new Map(weights) };
}

/** The model loaded by tfjs from memory. */
export async function loadInTfjs(model: LayersModel): Promise<layers.LayersModel> {
  const weightSpecs = [...model.weights].map(([name, { shape }]) => ({
    name,
    shape: [...shape],
    dtype: 'float32' as const,
  }));
  const weightData = new Blob(
    [...model.weights.values()].map(({ data }) => Float32Array.from(data).buffer),
  ).arrayBuffer();
  const artifacts = { modelTopology: writeKerasTopology(model.topology), weightSpecs, weightData: await weightData };
  return layers.loadLayersModel({ load: async () => artifacts });
}

/** What tfjs gives for `input` of this shape (batch first). */
export async function runInTfjs(
  model: LayersModel,
  input: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const loaded = await loadInTfjs(model);
  const output = tf.tidy(() => loaded.predict(tf.tensor(input, [...shape])) as tf.Tensor);
  const values = (await output.data()) as Float32Array;
  output.dispose();
  loaded.dispose();
  return values;
}

/** The largest absolute difference; Infinity when the lengths differ or a value is not a number. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  const differences = Array.from(a, (value, i) => Math.abs(value - b[i]!));
  return differences.reduce((most, value) => (value <= most ? most : Number.isNaN(value) ? Infinity : value), 0);
}
