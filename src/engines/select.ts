// ENGINE and DEVICE → a started engine. `auto` tries the best first and says in one line why it chose what it chose.
import { availableParallelism } from 'node:os';
import type { Device, Engine, EngineName, EngineOptions, RemoteOptions } from './engine.js';
import { startWorkerEngine, type WorkerEngineDeps } from './workerEngine.js';

export interface EngineChoice {
  readonly engine: EngineName | 'auto';
  readonly device: Device | 'auto';
  /** 0: one per core. */
  readonly threads: number;
  readonly cacheDir: string;
  readonly maxBatchSize: number;
  /** See EngineOptions. */
  readonly openvinoDir?: string;
  /** See EngineOptions. */
  readonly remote?: RemoteOptions;
}

const intelDevices: ReadonlySet<Device> = new Set(['gpu', 'npu']);

interface Candidate {
  readonly engine: EngineName;
  readonly device: Device;
}

/** Starts the first candidate that is available. Throws AppError engine_unavailable with the reason of each when none is. */
export const startEngine = (choice: EngineChoice, deps: WorkerEngineDeps): Promise<Engine> =>
  startWorkerEngine(
    candidates(choice).map((candidate) => optionsFor(candidate, choice)),
    deps,
  );

/** In order of preference. Naming a device excludes every other; naming an engine excludes the other. */
export function candidates({ engine, device }: Pick<EngineChoice, 'engine' | 'device'>): Candidate[] {
  const all: readonly Candidate[] = [
    { engine: 'tfjs', device: 'cuda' },
    { engine: 'onnx', device: 'cuda' },
    { engine: 'openvino', device: 'cpu' },
    { engine: 'onnx', device: 'cpu' },
    { engine: 'tfjs', device: 'cpu' },
  ];
  const wanted = all.filter(
    (one) => (engine === 'auto' || one.engine === engine) && (device === 'auto' || one.device === device),
  );
  if (wanted.length > 0) return wanted;
  if (engine === 'remote' || device === 'remote') return [{ engine: 'remote', device: 'remote' }];
  // Used only when named, never chosen automatically: webgpu, coreml, dml, and Intel's gpu and npu.
  const named = device as Device;
  return [{ engine: engine === 'auto' ? (intelDevices.has(named) ? 'openvino' : 'onnx') : engine, device: named }];
}

function optionsFor({ engine, device }: Candidate, choice: EngineChoice): EngineOptions {
  return {
    engine,
    device,
    threads: choice.threads > 0 ? choice.threads : availableParallelism(),
    cacheDir: choice.cacheDir,
    ...(choice.openvinoDir !== undefined && { openvinoDir: choice.openvinoDir }),
    ...(choice.remote !== undefined && { remote: choice.remote }),
    // On a CPU the registry's own test run of a new version is warm-up enough; what runs elsewhere is warmed up by the comparison with it.
    warmupBatchSizes: device === 'cpu' || device === 'remote' ? [] : [1, choice.maxBatchSize],
  };
}
