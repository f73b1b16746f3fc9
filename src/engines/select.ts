// ENGINE and DEVICE → a started engine. `auto` tries the best first and says in one line why it chose what it chose.
import { availableParallelism } from 'node:os';
import { AppError } from '../errors.js';
import type { Device, Engine, EngineName } from './engine.js';
import type { EngineOptions } from './options.js';
import { startWorkerEngine, type WorkerEngineDeps } from './workerEngine.js';

export interface EngineChoice {
  readonly engine: EngineName | 'auto';
  readonly device: Device | 'auto';
  /** 0: one per core. */
  readonly threads: number;
  readonly cacheDir: string;
  readonly maxBatchSize: number;
}

interface Candidate {
  readonly engine: EngineName;
  readonly device: Device;
}

/** Starts the first candidate that can be had. Throws AppError engine_unavailable with the reason of each when none can. */
export async function startEngine(choice: EngineChoice, deps: WorkerEngineDeps): Promise<Engine> {
  const refused: string[] = [];
  for (const candidate of candidates(choice)) {
    try {
      const engine = await startWorkerEngine(optionsFor(candidate, choice), deps);
      deps.logger.info({ ...engine.info, ...(refused.length > 0 && { refused }) }, `engine: ${candidate.engine} on ${candidate.device}`);
      return engine;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      refused.push(`${candidate.engine} on ${candidate.device}: ${reason}`);
    }
  }
  throw new AppError('engine_unavailable', refused.join('; '));
}

/** In order of preference. Naming a device excludes every other; naming an engine excludes the other. */
export function candidates({ engine, device }: Pick<EngineChoice, 'engine' | 'device'>): Candidate[] {
  const all: readonly Candidate[] = [
    { engine: 'tfjs', device: 'cuda' },
    { engine: 'onnx', device: 'cuda' },
    { engine: 'onnx', device: 'cpu' },
    { engine: 'tfjs', device: 'cpu' },
  ];
  const wanted = all.filter((one) => (engine === 'auto' || one.engine === engine) && (device === 'auto' || one.device === device));
  if (wanted.length > 0) return wanted;
  // Named by hand and never chosen by itself: webgpu, coreml, dml.
  return [{ engine: engine === 'auto' ? 'onnx' : engine, device: device as Device }];
}

function optionsFor({ engine, device }: Candidate, choice: EngineChoice): EngineOptions {
  return {
    engine,
    device,
    threads: choice.threads > 0 ? choice.threads : availableParallelism(),
    cacheDir: choice.cacheDir,
    warmupBatchSizes: device === 'cpu' ? [1] : [1, choice.maxBatchSize],
  };
}
