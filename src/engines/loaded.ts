// What every engine asks of the backbones and heads that it holds.
import { AppError } from '../errors.js';
import type { BackboneArtifact, EngineInfo, EngineOptions, Precision } from './engine.js';

/** Throws Error when it is not loaded. */
export function findLoaded<Loaded>(all: ReadonlyMap<string, Loaded>, id: string, what: 'backbone' | 'head'): Loaded {
  const found = all.get(id);
  if (found === undefined) throw new Error(`${what} ${id} is not loaded`);
  return found;
}

/** What the backbone is to compute in. Throws AppError invalid_model when the engine does not compute in it here. */
export function precisionOf({ reduced }: BackboneArtifact, { engine, precisions }: EngineInfo): Precision {
  const precision = reduced?.precision ?? 'fp32';
  if (precisions.includes(precision)) return precision;
  throw new AppError('invalid_model', `the ${engine} engine does not compute in ${precision} here`);
}

/** The batches that are run once when it is loaded. Feature maps are asked for one image at a time, while others wait for the engine. */
export const warmupSizesOf = ({ output }: BackboneArtifact, { warmupBatchSizes }: EngineOptions): readonly number[] =>
  output === 'featureMap' ? warmupBatchSizes.slice(0, 1) : warmupBatchSizes;
