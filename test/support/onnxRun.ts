// Runs compiled files in ONNX Runtime, single-threaded.
import { InferenceSession, Tensor } from '../../src/engines/onnxRuntime.js';

type Level = NonNullable<InferenceSession.SessionOptions['graphOptimizationLevel']>;

async function run(file: Uint8Array, feeds: Record<string, Tensor>, level: Level = 'all'): Promise<Float32Array> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, graphOptimizationLevel: level });
  const outputs = await session.run(feeds);
  await session.release();
  return Object.values(outputs)[0]!.data as Float32Array;
}

/** `pixels` uint8 [count, height, width, 3]. */
export const runPixels = (
  file: Uint8Array,
  pixels: Uint8Array,
  shape: readonly number[],
  level?: Level,
): Promise<Float32Array> => run(file, { pixels: new Tensor('uint8', pixels, shape) }, level);

/** `embedding` float32 [count, size]. */
export const runEmbedding = (file: Uint8Array, values: Float32Array, shape: readonly number[]): Promise<Float32Array> =>
  run(file, { embedding: new Tensor('float32', values, shape) });

/** `name` float32, the only input of a file. */
export const runFloats = (
  file: Uint8Array,
  name: string,
  values: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> => run(file, { [name]: new Tensor('float32', values, shape) });
