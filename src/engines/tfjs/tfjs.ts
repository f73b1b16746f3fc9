// tfjs over TensorFlow behind the Engine contract: CUDA, or the CPU through the same addon. Blocks its thread while it runs: made for the engine worker.
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel as TfjsModel } from '@tensorflow/tfjs-layers';
import { AppError } from '../../errors.js';
import { backboneId } from '../../models/backboneId.js';
import { readExternal } from '../../models/externalBackbone.js';
import { foldNorms } from '../../formats/onnx/compiler/foldNorms.js';
import { withoutPooling } from '../../formats/globalPoolingCut.js';
import { invalidModel } from '../../formats/invalidModel.js';
import { readBackbone } from '../../models/modelParts.js';
import {
  loadedIdOf,
  type BackboneArtifact,
  type EmbeddingBatch,
  type Engine,
  type EngineBatch,
  type EngineInfo,
  type EngineOutput,
  type EngineOptions,
  type HeadArtifact,
} from '../engine.js';
import { findLoaded, precisionOf, warmupSizesOf } from '../loaded.js';
import { blankPixels, ownPixels } from '../pixels.js';
import { findAddon } from './addon.js';
import { prepareTensorflow } from './environment.js';
import { loadExternal } from './external.js';
import { explainMissingGpu, readGraphicsCard } from './graphicsCard.js';
import { loadTfjsRuntime, type BackboneModel, type TfjsRuntime } from './runtime.js';
import { loadTfjsModel } from './tfjsModel.js';

interface LoadedBackbone {
  readonly artifact: BackboneArtifact;
  readonly model: BackboneModel;
}

/** Throws AppError engine_unavailable, naming what is missing, when the addon or the device is not available. */
export async function createTfjsEngine(options: EngineOptions): Promise<Engine> {
  return new TfjsEngine(options, await startRuntime(options));
}

class TfjsEngine implements Engine {
  readonly info: EngineInfo;
  readonly outage = undefined;
  readonly #backbones = new Map<string, LoadedBackbone>();
  readonly #heads = new Map<string, TfjsModel>();

  constructor(
    private readonly options: EngineOptions,
    private readonly runtime: TfjsRuntime,
  ) {
    this.info = describe(options, runtime);
  }

  async loadBackbone(artifact: BackboneArtifact): Promise<void> {
    precisionOf(artifact, this.info);
    const id = loadedIdOf(artifact);
    if (this.#backbones.has(id)) return;
    const loaded = { artifact, model: await loadBackboneModel(this.runtime, artifact) };
    for (const count of warmupSizesOf(artifact, this.options)) warmUp(this.runtime, loaded, count);
    this.#backbones.set(id, loaded);
  }

  async unloadBackbone(id: string): Promise<void> {
    this.#backbones.get(id)?.model.dispose();
    this.#backbones.delete(id);
  }

  async loadHead({ id, backboneId: of, model }: HeadArtifact): Promise<void> {
    findLoaded(this.#backbones, of, 'backbone');
    if (!this.#heads.has(id)) this.#heads.set(id, await loadTfjsModel(model));
  }

  async unloadHead(id: string): Promise<void> {
    this.#heads.get(id)?.dispose();
    this.#heads.delete(id);
  }

  async run({ backboneId: id, pixels, count, headIds }: EngineBatch): Promise<EngineOutput> {
    const backbone = findLoaded(this.#backbones, id, 'backbone');
    const startedAt = performance.now();
    const { embeddings, embeddedAt, logits } = inScope(() => {
      const embedding = embed(this.runtime, backbone, pixels, count);
      const scores = this.#applyHeads(headIds, embedding);
      // All is queued on the device before the first value is waited for.
      return {
        embeddings: embedding.dataSync<'float32'>(),
        embeddedAt: performance.now(),
        logits: scores.map((tensor) => tensor.dataSync<'float32'>()),
      };
    });
    const endedAt = performance.now();
    return {
      embeddings,
      logits: new Map(headIds.map((headId, index) => [headId, logits[index]!])),
      inferenceMs: endedAt - startedAt,
      headMs: endedAt - embeddedAt,
    };
  }

  async runHeads({ embeddings, count, headIds }: EmbeddingBatch): Promise<ReadonlyMap<string, Float32Array>> {
    const logits = inScope(() => {
      const embedding = tf.tensor2d(embeddings, [count, embeddings.length / count]);
      return this.#applyHeads(headIds, embedding).map((tensor) => tensor.dataSync<'float32'>());
    });
    return new Map(headIds.map((headId, index) => [headId, logits[index]!]));
  }

  #applyHeads(headIds: readonly string[], embedding: tf.Tensor): tf.Tensor[] {
    return headIds.map((headId) => findLoaded(this.#heads, headId, 'head').apply(embedding) as tf.Tensor);
  }

  async close(): Promise<void> {
    for (const model of this.#heads.values()) model.dispose();
    for (const { model } of this.#backbones.values()) model.dispose();
    this.#heads.clear();
    this.#backbones.clear();
  }
}

async function loadBackboneModel(runtime: TfjsRuntime, artifact: BackboneArtifact): Promise<BackboneModel> {
  const external = artifact.output
    ? undefined
    : await readExternal(artifact.id, artifact.directory, artifact.preprocessing);
  return external ? loadExternal(runtime, artifact.directory, external) : loadFolded(artifact);
}

function warmUp(runtime: TfjsRuntime, loaded: LoadedBackbone, count: number): void {
  inScope(() => embed(runtime, loaded, blankPixels(loaded.artifact, count), count).dataSync());
}

async function startRuntime(options: EngineOptions): Promise<TfjsRuntime> {
  const { device } = options;
  if (device !== 'cpu' && device !== 'cuda')
    throw new AppError('engine_unavailable', `the tfjs engine runs on cpu or cuda, not on ${device}`);
  const addon = findAddon();
  // Known from the build, without loading a gigabyte of libraries that would not be used.
  if (device === 'cuda' && addon.cuda === false) throw new AppError('engine_unavailable', explainMissingGpu(addon));
  prepareTensorflow(options);
  const runtime = await loadTfjsRuntime(addon);
  if (device === 'cuda' && !runtime.usesGpu) throw new AppError('engine_unavailable', explainMissingGpu(addon));
  return runtime;
}

/** Batch-norms folded: 5 % faster on a CPU, and tfjs-layers cannot train a batch-norm without scale, which Inception-V3's are. */
async function loadFolded({ id, directory, preprocessing, output }: BackboneArtifact): Promise<BackboneModel> {
  const backbone = await readBackbone(directory);
  const found = backboneId(backbone, preprocessing);
  if (found !== id)
    throw invalidModel(`${directory}: its weights belong to backbone ${found}, not to ${id} as its manifest says`);
  const model = await loadTfjsModel(foldNorms(output === 'featureMap' ? withoutPooling(backbone) : backbone));
  // Not predict, which cuts the batch into slices of 32.
  return { apply: (pixels) => model.apply(pixels) as tf.Tensor, dispose: () => void model.dispose() };
}

function embed(
  runtime: TfjsRuntime,
  { artifact, model }: LoadedBackbone,
  pixels: Uint8Array,
  count: number,
): tf.Tensor {
  const { height, width, channels, scale, offset } = artifact.preprocessing;
  const raw = runtime.createPixels(ownPixels(pixels), [count, height, width, 3]);
  const ordered = channels === 'rgb' ? raw : tf.reverse(raw, -1);
  return model.apply(tf.add(tf.mul(ordered, [...scale]), [...offset]));
}

/** tf.tidy for values that are no tensors: every tensor made inside is disposed of, also when it throws. */
function inScope<T>(compute: () => T): T {
  tf.engine().startScope();
  try {
    return compute();
  } finally {
    tf.engine().endScope();
  }
}

/** tfjs has no other kernels. */
const precisions = ['fp32'] as const;

function describe({ device, threads }: EngineOptions, { tensorflowVersion }: TfjsRuntime): EngineInfo {
  const libraries = { tensorflow: tensorflowVersion, tfjs: tf.version_core };
  if (device === 'cpu')
    return {
      engine: 'tfjs',
      device,
      deviceName: cpus()[0]?.model.trim() ?? 'unknown processor',
      libraries,
      threads,
      precisions,
    };
  const card = readGraphicsCard();
  return {
    engine: 'tfjs',
    device,
    deviceName: card?.name ?? 'CUDA device',
    libraries: { ...libraries, ...(card && { 'nvidia-driver': card.driverVersion }) },
    threads,
    precisions,
    ...(card && { deviceMemoryBytes: card.memoryBytes }),
  };
}
