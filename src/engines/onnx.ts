// ONNX Runtime behind the Engine contract. Blocks its thread while it runs: made for the engine worker.
import { cpus } from 'node:os';
import { InferenceSession, Tensor, env, listSupportedBackends } from './onnxRuntime.js';
import { AppError } from '../errors.js';
import { compileHead } from '../formats/onnx/compiler/compile.js';
import type { LayersModel } from '../formats/layersModel.js';
import { readProcessorFeatures } from './processor.js';
import { ensureCompiledBackbone } from './compileCache.js';
import { findLoaded, precisionOf, warmupSizesOf } from './loaded.js';
import { runEach, takesOneImage } from './oneAtATime.js';
import { OnnxHeads } from './onnxHeads.js';
import { blankPixels, ownPixels } from './pixels.js';
import {
  loadedIdOf,
  type BackboneArtifact,
  type Engine,
  type EngineBatch,
  type EngineInfo,
  type EngineOutput,
  type EngineOptions,
} from './engine.js';

interface LoadedBackbone {
  readonly artifact: BackboneArtifact;
  readonly session: InferenceSession;
  readonly oneAtATime: boolean;
}

/** Throws AppError engine_unavailable when the device is not in this build of ONNX Runtime. */
export async function createOnnxEngine(options: EngineOptions): Promise<Engine> {
  // Its errors arrive as exceptions; what it would print besides would only cause alarm.
  env.logLevel = 'fatal';
  const sessionOptions = sessionOptionsFor(options);
  if (options.device !== 'cpu') await proveDevice(options, sessionOptions);
  const info = describe(options);
  const backbones = new Map<string, LoadedBackbone>();
  const heads = new OnnxHeads();

  const loadBackbone = async (artifact: BackboneArtifact): Promise<void> => {
    const id = loadedIdOf(artifact);
    if (backbones.has(id)) return;
    precisionOf(artifact, info);
    const file = await ensureCompiledBackbone(artifact, options.cacheDir);
    const session = await InferenceSession.create(file, sessionOptions);
    const loaded = { artifact, session, oneAtATime: await takesOneImage(artifact) };
    for (const count of warmupSizesOf(artifact, options)) await embed(loaded, blankPixels(artifact, count), count);
    backbones.set(id, loaded);
  };

  const run = async (batch: EngineBatch): Promise<EngineOutput> => {
    const backbone = findLoaded(backbones, batch.backboneId, 'backbone');
    const startedAt = performance.now();
    const embeddings = dataOf(await embed(backbone, batch.pixels, batch.count));
    const embeddedAt = performance.now();
    const logits = await heads.apply({ embeddings, count: batch.count, headIds: batch.headIds });
    const endedAt = performance.now();
    return {
      embeddings,
      logits,
      inferenceMs: endedAt - startedAt,
      headMs: endedAt - embeddedAt,
    };
  };

  return {
    info,
    outage: undefined,
    loadBackbone,
    unloadBackbone: (id) => release(backbones.get(id)?.session, () => backbones.delete(id)),
    loadHead: async (head) =>
      heads.load(head, findLoaded(backbones, head.backboneId, 'backbone').artifact.embeddingSize),
    unloadHead: (id) => heads.unload(id),
    run,
    runHeads: (batch) => heads.apply(batch),
    close: async () => {
      for (const { session } of backbones.values()) await session.release();
      await heads.close();
      backbones.clear();
    },
  };
}

function sessionOptionsFor(options: EngineOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: options.device === 'cpu' ? ['cpu'] : [options.device, 'cpu'],
    intraOpNumThreads: options.threads,
    graphOptimizationLevel: options.unoptimised === true ? 'disabled' : 'all',
    // Idle threads that spin take the cores from image decoding (measured: docs/performance.md).
    extra: { session: { 'intra_op.allow_spinning': '0' } },
  };
}

/** A device that is not there is found by the smallest of models, at the start and not at the first image. */
async function proveDevice({ device }: EngineOptions, sessionOptions: InferenceSession.SessionOptions): Promise<void> {
  const known = listSupportedBackends().map(({ name }) => name);
  // ONNX Runtime would quietly leave out a provider that its build does not have, and answer from the CPU.
  if (!known.includes(device))
    throw new AppError(
      'engine_unavailable',
      `this build of ONNX Runtime has no device "${device}"; it has ${known.join(', ')}`,
    );
  try {
    const session = await InferenceSession.create(compileHead(oneByOne, 1).bytes, sessionOptions);
    await runSingle(session, new Tensor('float32', Float32Array.of(1), [1, 1]));
    await session.release();
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw new AppError('engine_unavailable', `ONNX Runtime has no device "${device}" here: ${reason}`, {
      cause: error,
    });
  }
}

const oneByOne: LayersModel = {
  topology: {
    name: 'probe',
    layers: [
      { className: 'InputLayer', name: 'in', config: { batch_input_shape: [null, 1] }, inputs: [] },
      { className: 'Dense', name: 'out', config: { units: 1, activation: 'linear', use_bias: true }, inputs: ['in'] },
    ],
    input: 'in',
    output: 'out',
  },
  weights: new Map([
    ['out/kernel', { shape: [1, 1], data: Float32Array.of(1) }],
    ['out/bias', { shape: [1], data: Float32Array.of(0) }],
  ]),
};

async function embed(backbone: LoadedBackbone, pixels: Uint8Array, count: number): Promise<Tensor> {
  const { height, width } = backbone.artifact.preprocessing;
  if (backbone.oneAtATime && count > 1) {
    const embeddings = await runEach(pixels, count, async (image) => dataOf(await embed(backbone, image, 1)));
    return new Tensor('float32', embeddings, [count, embeddings.length / count]);
  }
  const input = new Tensor('uint8', ownPixels(pixels), [count, height, width, 3]);
  return runSingle(backbone.session, input);
}

async function runSingle(session: InferenceSession, input: Tensor): Promise<Tensor> {
  const outputs = await session.run({ [session.inputNames[0]!]: input });
  return outputs[session.outputNames[0]!]!;
}

const dataOf = (tensor: Tensor): Float32Array => tensor.data as Float32Array;

async function release(session: InferenceSession | undefined, forget: () => void): Promise<void> {
  forget();
  await session?.release();
}

/** Without 8-bit dot products ONNX Runtime's sums saturate on x64. Apple's processors all have them. */
const computesInt8 = (): boolean =>
  readProcessorFeatures()?.int8 ?? (process.platform === 'darwin' && process.arch === 'arm64');

function describe(options: EngineOptions): EngineInfo {
  const cpuName = cpus()[0]?.model.trim() ?? 'unknown processor';
  return {
    engine: 'onnx',
    device: options.device,
    deviceName: options.device === 'cpu' ? cpuName : options.device,
    libraries: { onnxruntime: env.versions.node ?? env.versions.common },
    threads: options.threads,
    precisions: options.device === 'cpu' && computesInt8() ? ['fp32', 'int8'] : ['fp32'],
  };
}
