// The part of the parity check for files whose backbone stays another framework's graph: cut, tried, and run by the engine that serves it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExternalFormat } from '../src/importing/modelFormat.js';
import type { PixelOptions } from '../src/importing/modelFacts.js';
import { understandExternal, type GraphRunner } from '../src/importing/externalImport.js';
import { engineFor } from '../src/importing/verification.js';
import { runOnEngine, type EngineResult } from './engineRun.js';

export interface ExternalResult extends EngineResult {
  readonly architecture: string;
  readonly seconds: number;
  /** Its scores are the embedding, as logarithms. */
  readonly runsWhole: boolean;
}

/** `pixels`: `count` images, uint8 RGB; `seconds` is the time until the model was understood and tried. */
export async function runExternal(
  path: string,
  format: ExternalFormat,
  options: PixelOptions,
  pixels: Uint8Array,
  count: number,
  runner: GraphRunner,
): Promise<ExternalResult> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-parity-'));
  const started = performance.now();
  try {
    const model = await understandExternal(path, format, scratch, options, runner);
    const seconds = (performance.now() - started) / 1000;
    const result = await runOnEngine(engineFor(model), join(scratch, 'cache'), model, pixels, count);
    return { ...result, architecture: model.architecture, seconds, runsWhole: model.kind === 'saved-model' };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
