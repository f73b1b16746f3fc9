// OpenVINO behind the Engine contract, through its C library. Blocks its thread while it runs: made for the engine worker.
import { basename, join } from 'node:path';
import { AppError } from '../../errors.js';
import { invalidModel } from '../../formats/invalidModel.js';
import { compileHead } from '../../formats/onnx/compiler/compile.js';
import { markUsed } from '../cacheUse.js';
import { ensureCompiledBackbone } from '../compileCache.js';
import {
  loadedIdOf,
  type BackboneArtifact,
  type Device,
  type EmbeddingBatch,
  type Engine,
  type EngineBatch,
  type EngineInfo,
  type EngineOptions,
  type EngineOutput,
  type HeadArtifact,
  type Precision,
} from '../engine.js';
import { findLoaded, precisionOf, warmupSizesOf } from '../loaded.js';
import { runEach, takesOneImage } from '../oneAtATime.js';
import { blankPixels } from '../pixels.js';
import { readProcessorFeatures } from '../processor.js';
import { findLibrary } from './findLibrary.js';
import { Openvino, type CompiledModel, type Properties } from './library.js';

interface LoadedBackbone {
  readonly artifact: BackboneArtifact;
  readonly model: CompiledModel;
  readonly oneAtATime: boolean;
}

const openvinoDevices: Partial<Record<Device, string>> = { cpu: 'CPU', gpu: 'GPU', npu: 'NPU' };

/** Throws AppError engine_unavailable, naming what is missing, when the library or the device is not there. */
export async function createOpenvinoEngine(options: EngineOptions): Promise<Engine> {
  const library = new Openvino(findLibrary(options.openvinoDir));
  try {
    return new OpenvinoEngine(library, openvinoDevices[options.device] ?? options.device, options);
  } catch (cause) {
    const devices = library.devices().join(', ');
    library.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'engine_unavailable',
      `OpenVINO has no device "${options.device}" here, only ${devices}: ${reason}`,
      { cause },
    );
  }
}

class OpenvinoEngine implements Engine {
  readonly info: EngineInfo;
  readonly outage = undefined;
  readonly #backbones = new Map<string, LoadedBackbone>();
  readonly #heads = new Map<string, CompiledModel>();

  constructor(
    private readonly library: Openvino,
    private readonly device: string,
    private readonly options: EngineOptions,
  ) {
    this.info = describe(library, device, options);
  }

  async loadBackbone(artifact: BackboneArtifact): Promise<void> {
    const id = loadedIdOf(artifact);
    if (this.#backbones.has(id)) return;
    const precision = precisionOf(artifact, this.info);
    const file = await ensureCompiledBackbone(artifact, this.options.cacheDir, 'centred');
    const properties = await this.#propertiesFor(precision, file);
    const model = this.#compile(artifact, () => this.library.compileFile(file, this.device, properties));
    const loaded = { artifact, model, oneAtATime: await takesOneImage(artifact) };
    for (const count of warmupSizesOf(artifact, this.options)) await embed(loaded, blankPixels(artifact, count), count);
    this.#backbones.set(id, loaded);
  }

  async unloadBackbone(id: string): Promise<void> {
    this.#backbones.get(id)?.model.close();
    this.#backbones.delete(id);
  }

  async loadHead({ id, backboneId, model }: HeadArtifact): Promise<void> {
    const { artifact } = findLoaded(this.#backbones, backboneId, 'backbone');
    if (this.#heads.has(id)) return;
    const { bytes } = compileHead(model, artifact.embeddingSize);
    // On any device the processor answers a few dense layers sooner than a transfer takes.
    this.#heads.set(
      id,
      this.library.compileBytes(bytes, 'CPU', { ...cpuProperties(1), INFERENCE_PRECISION_HINT: 'f32' }),
    );
  }

  async unloadHead(id: string): Promise<void> {
    this.#heads.get(id)?.close();
    this.#heads.delete(id);
  }

  async run({ backboneId, pixels, count, headIds }: EngineBatch): Promise<EngineOutput> {
    const backbone = findLoaded(this.#backbones, backboneId, 'backbone');
    const heads = headIds.map((id) => [id, findLoaded(this.#heads, id, 'head')] as const);
    const startedAt = performance.now();
    const embeddings = await embed(backbone, pixels, count);
    const embeddedAt = performance.now();
    const logits = new Map(
      heads.map(([id, head]) => [id, head.run(embeddings, [count, backbone.artifact.embeddingSize])]),
    );
    const endedAt = performance.now();
    return { embeddings, logits, inferenceMs: endedAt - startedAt, headMs: endedAt - embeddedAt };
  }

  async runHeads({ embeddings, count, headIds }: EmbeddingBatch): Promise<ReadonlyMap<string, Float32Array>> {
    const shape = [count, embeddings.length / count];
    return new Map(headIds.map((id) => [id, findLoaded(this.#heads, id, 'head').run(embeddings, shape)]));
  }

  async close(): Promise<void> {
    for (const { model } of this.#backbones.values()) model.close();
    for (const head of this.#heads.values()) head.close();
    this.#backbones.clear();
    this.#heads.clear();
    this.library.close();
  }

  #compile({ directory }: BackboneArtifact, compile: () => CompiledModel): CompiledModel {
    try {
      return compile();
    } catch (error) {
      throw invalidModel(
        `${directory}: OpenVINO cannot compile it: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    }
  }

  /** What OpenVINO makes of `file` lies beside it, under a name that changes with what it depends on, so that it goes when nobody uses it. */
  async #propertiesFor(precision: Precision, file: string): Promise<Properties> {
    const { cacheDir, threads } = this.options;
    const compiled = `${basename(file, '.onnx')}.openvino-${this.library.version}-${this.device}-${threads}`;
    await markUsed(cacheDir, compiled);
    return {
      ...(this.device === 'CPU' && cpuProperties(threads)),
      // What is not quantized in an int8 graph stays as exact as it was measured.
      INFERENCE_PRECISION_HINT: precision === 'bf16' ? 'bf16' : 'f32',
      CACHE_DIR: join(cacheDir, compiled),
    };
  }
}

const cpuProperties = (threads: number): Properties => ({
  INFERENCE_NUM_THREADS: String(threads),
  NUM_STREAMS: '1',
  PERFORMANCE_HINT: 'LATENCY',
  // The system moves them where no image is being decoded.
  ENABLE_CPU_PINNING: 'NO',
});

async function embed(
  { artifact, model, oneAtATime }: LoadedBackbone,
  pixels: Uint8Array,
  count: number,
): Promise<Float32Array> {
  const { height, width } = artifact.preprocessing;
  if (oneAtATime && count > 1) return runEach(pixels, count, (image) => model.run(image, [1, height, width, 3]));
  return model.run(pixels, [count, height, width, 3]);
}

function describe(library: Openvino, device: string, options: EngineOptions): EngineInfo {
  return {
    engine: 'openvino',
    device: options.device,
    deviceName: library.property(device, 'FULL_DEVICE_NAME').trim(),
    libraries: { openvino: library.version },
    threads: options.threads,
    precisions: precisionsOf(library.property(device, 'OPTIMIZATION_CAPABILITIES').split(/\s+/), device),
  };
}

/** OpenVINO names what it can compute; a processor without the instructions would compute it slower than fp32. */
function precisionsOf(capabilities: readonly string[], device: string): Precision[] {
  const processor = device === 'CPU' ? readProcessorFeatures() : undefined;
  const can = (name: 'bf16' | 'int8'): boolean =>
    capabilities.includes(name.toUpperCase()) && (processor?.[name] ?? true);
  return ['fp32', ...(can('bf16') ? (['bf16'] as const) : []), ...(can('int8') ? (['int8'] as const) : [])];
}
