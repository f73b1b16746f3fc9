// Inception-V3 as Keras makes it with weights=None: what the starter's features must beat.
import type { LayersModel, Weight } from '../../src/formats/layersModel.js';
import { createRandom } from '../../src/training/random.js';

/** Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks": uniform within ±√(6 / (fan in + fan out)). */
function glorotUniform(shape: readonly number[], next: () => number): Float32Array {
  const [rows, columns, inputs, outputs] = shape as [number, number, number, number];
  const reach = Math.sqrt(6 / (rows * columns * (inputs + outputs)));
  return Float32Array.from({ length: rows * columns * inputs * outputs }, () => (next() * 2 - 1) * reach);
}

function initial(name: string, { shape, data }: Weight, next: () => number): Float32Array {
  if (name.endsWith('/kernel')) return glorotUniform(shape, next);
  return new Float32Array(data.length).fill(name.endsWith('/moving_variance') ? 1 : 0);
}

/** The same topology with seeded random kernels and batch-norms that change nothing. */
export function randomLike({ topology, weights }: LayersModel, seed: number): LayersModel {
  const random = createRandom(seed);
  const fresh = [...weights].map(
    ([name, weight]) => [name, { shape: weight.shape, data: initial(name, weight, () => random.next()) }] as const,
  );
  return { topology, weights: new Map(fresh) };
}
