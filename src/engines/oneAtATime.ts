// Graphs that their exporter fixed to one image: a batch of them is as many runs.
import { readBackboneRecord } from '../models/backboneRecord.js';
import type { BackboneArtifact } from './engine.js';

/** Whether the backbone is a graph that takes one image at a time. Throws AppError invalid_model when its record is damaged. */
export const takesOneImage = async ({ directory }: BackboneArtifact): Promise<boolean> =>
  (await readBackboneRecord(directory))?.oneAtATime === true;

/** The results of each image of the batch, one behind the other. `pixels`: [count, height, width, 3]. */
export async function runEach(
  pixels: Uint8Array,
  count: number,
  run: (image: Uint8Array) => Float32Array | Promise<Float32Array>,
): Promise<Float32Array> {
  const size = pixels.length / count;
  const results: Float32Array[] = [];
  for (let i = 0; i < count; i++) results.push(await run(pixels.slice(i * size, (i + 1) * size)));
  const [first] = results;
  const all = new Float32Array(first!.length * count);
  for (const [i, result] of results.entries()) all.set(result, i * first!.length);
  return all;
}
