// One batch through an engine as the server would run it, for the parity checks.
import { createInThread } from '../src/engines/create.js';
import type { EngineName } from '../src/engines/engine.js';
import type { LayersModel } from '../src/formats/layersModel.js';
import type { Preprocessing } from '../src/image/preprocessing.js';
import { softmax } from '../src/softmax.js';

export interface EngineParts {
  readonly backboneId: string;
  /** Holds the backbone. */
  readonly directory: string;
  readonly embeddingSize: number;
  readonly preprocessing: Preprocessing;
  /** From embedding to logits. */
  readonly head: LayersModel;
  readonly classes: number;
}

export interface EngineResult {
  readonly embeddings: Float32Array;
  readonly probabilities: readonly number[];
}

/** Embeddings and probabilities of `count` images, uint8 RGB. Throws AppError engine_unavailable. */
export async function runOnEngine(
  name: EngineName,
  cacheDir: string,
  parts: EngineParts,
  pixels: Uint8Array,
  count: number,
): Promise<EngineResult> {
  const { backboneId, directory, embeddingSize, preprocessing, head, classes } = parts;
  const engine = await createInThread({ engine: name, device: 'cpu', threads: 1, cacheDir, warmupBatchSizes: [] });
  await engine.loadBackbone({ id: backboneId, directory, embeddingSize, preprocessing });
  await engine.loadHead({ id: 'head', backboneId, model: head, classes });
  const { embeddings, logits } = await engine.run({ backboneId, pixels: pixels.slice(), count, headIds: ['head'] });
  await engine.close();
  const values = logits.get('head')!;
  const probabilities = Array.from({ length: count }, (_, i) => [
    ...softmax(values.subarray(i * classes, (i + 1) * classes)),
  ]).flat();
  return { embeddings, probabilities };
}
