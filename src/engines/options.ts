// What an engine is told when it is made; plain data, because it travels to the worker thread.
import type { Device, EngineName } from './engine.js';

export interface EngineOptions {
  readonly engine: EngineName;
  readonly device: Device;
  /** Threads of one run on the CPU, at least 1. */
  readonly threads: number;
  /** Directory for files derived from the models (compiled graphs); made when missing. */
  readonly cacheDir: string;
  /** Batch sizes that are run once after a backbone is loaded, so that no request pays for the first run. */
  readonly warmupBatchSizes: readonly number[];
}
