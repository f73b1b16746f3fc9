// The part of the parity check for files whose backbone stays another framework's graph: cut, tried, and run by the engine that serves it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInThread } from '../src/engines/create.js';
import type { ForeignFormat } from '../src/models/importFile.js';
import type { PixelOptions } from '../src/models/importModel.js';
import { readForeignModel } from '../src/serving/foreignImport.js';
import { softmax } from '../src/serving/probabilities.js';
import { engineFor } from '../src/serving/trial.js';

export interface ForeignResult {
  readonly architecture: string;
  readonly embeddings: Float32Array;
  readonly probabilities: readonly number[];
  readonly seconds: number;
}

/** Embeddings and probabilities of `count` pictures, uint8 RGB; `seconds` is the time until the model was understood and tried. */
export async function runForeign(path: string, format: ForeignFormat, options: PixelOptions, pixels: Uint8Array, count: number): Promise<ForeignResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-parity-'));
  const started = performance.now();
  try {
    const model = await readForeignModel(path, format, scratch, options);
    const seconds = (performance.now() - started) / 1000;
    const { backboneId, directory, embeddingSize, preprocessing, head, classes, architecture } = model;
    const engine = await createInThread({ engine: engineFor(model), device: 'cpu', threads: 1, cacheDir: join(scratch, 'cache'), warmupBatchSizes: [] });
    await engine.loadBackbone({ id: backboneId, directory, embeddingSize, preprocessing });
    await engine.loadHead({ id: 'head', backboneId, model: head, classes });
    const { embeddings, logits } = await engine.run({ backboneId, pixels: pixels.slice(), count, headIds: ['head'] });
    await engine.close();
    const values = logits.get('head')!;
    const probabilities = Array.from({ length: count }, (_, i) => [...softmax(values.subarray(i * classes, (i + 1) * classes))]).flat();
    return { architecture, embeddings, probabilities, seconds };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
