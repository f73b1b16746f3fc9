// What the engine could do without HTTP: JPEGs decoded and classified at the server's own concurrency, and what each half costs.
import { availableParallelism } from 'node:os';
import { cpuUsage } from 'node:process';
import { pino } from 'pino';
import { loadedIdOf, type EngineName, type Precision, type ReducedPrecision } from '../src/engines/engine.js';
import { startWorkerEngine } from '../src/engines/workerEngine.js';
import { createImageDecoder } from '../src/image/decoder.js';
import { readVersion } from '../src/models/versions.js';
import { readActivationRanges } from '../src/quantization/activationRanges.js';
import { Batcher } from '../src/serving/batcher.js';
import { applyLoad } from '../src/cli/bench/load.js';

export interface EngineLoopOptions {
  /** Directory of the version; its backbone is loaded, its head is not. */
  readonly version: string;
  readonly engine: EngineName;
  readonly precision: Precision;
  readonly cacheDir: string;
  readonly seconds: number;
  readonly openvinoDir?: string;
}

export interface EngineLoopResult {
  /** Decoding and engine together, 16 images under way, batches of at most 4. */
  readonly perSecond: number;
  /** CPU seconds an image of decoding alone. */
  readonly decodeCpuSeconds: number;
  /** CPU seconds an image of the engine alone, in the same batches. */
  readonly engineCpuSeconds: number;
}

const inFlight = 16;
const maxBatchSize = 4;

/** Runs in this process, on the cores that it may use. Throws AppError engine_unavailable, invalid_model where the precision cannot be loaded. */
export async function runEngineLoop(images: readonly Buffer[], options: EngineLoopOptions): Promise<EngineLoopResult> {
  const { version, engine: name, precision, cacheDir, seconds, openvinoDir } = options;
  const { directory, manifest } = await readVersion(version);
  const { backbone, preprocessing } = manifest;
  const engine = await startWorkerEngine(
    [
      {
        engine: name,
        device: 'cpu',
        threads: availableParallelism(),
        cacheDir,
        warmupBatchSizes: [],
        ...(openvinoDir !== undefined && { openvinoDir }),
      },
    ],
    { logger: pino({ level: 'silent' }) },
  );
  const decoder = createImageDecoder({
    limits: { maxBytes: 2 ** 26, maxPixels: 1e8, timeoutMs: 60_000 },
    concurrency: availableParallelism(),
  });
  try {
    const reduced = await reduce(precision, directory);
    const artifact = { ...backbone, directory, preprocessing, ...(reduced && { reduced }) };
    await engine.loadBackbone(artifact);
    const backboneId = loadedIdOf(artifact);
    const batcher = new Batcher(engine, { maxBatchSize, backgroundBatchSize: 1, maxQueue: inFlight });
    const decode = async (index: number): Promise<Uint8Array> =>
      (await decoder.decode(images[index % images.length]!, preprocessing)).pixels;
    const compute = async (pixels: Uint8Array): Promise<boolean> => {
      await batcher.submit({ backboneId, pixels, headIds: [], priority: 'request' });
      return true;
    };
    const ready = await decode(0);
    await applyLoad(async (index) => compute(await decode(index)), { seconds: Math.min(2, seconds) }, inFlight);
    const { perSecond } = await applyLoad(async (index) => compute(await decode(index)), { seconds }, inFlight);
    return {
      perSecond,
      decodeCpuSeconds: await cpuSecondsAnImage(async (index) => (await decode(index)).length > 0, seconds),
      engineCpuSeconds: await cpuSecondsAnImage(() => compute(ready.slice()), seconds),
    };
  } finally {
    await decoder.close();
    await engine.close();
  }
}

async function cpuSecondsAnImage(work: (index: number) => Promise<boolean>, seconds: number): Promise<number> {
  const before = cpuUsage();
  const { requests } = await applyLoad(work, { seconds }, inFlight);
  const { user, system } = cpuUsage(before);
  return (user + system) / 1e6 / requests;
}

async function reduce(precision: Precision, directory: string): Promise<ReducedPrecision | undefined> {
  if (precision === 'fp32') return undefined;
  if (precision === 'bf16') return { precision };
  const ranges = await readActivationRanges(directory);
  if (ranges === undefined) throw new Error(`${directory} has no activation ranges`);
  return { precision, ranges };
}
