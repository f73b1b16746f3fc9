// The contract between serving and whatever does the arithmetic. Implementations: onnx, openvino, tfjs, remote. Knows nothing of HTTP.
import type { LayersModel } from '../formats/layersModel.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { fingerprintOf, type ActivationRanges } from '../quantization/activationRanges.js';

export const engineNames = ['onnx', 'openvino', 'tfjs', 'remote'] as const;
export type EngineName = (typeof engineNames)[number];
export const deviceNames = ['cpu', 'cuda', 'webgpu', 'coreml', 'dml', 'gpu', 'npu', 'remote'] as const;
export type Device = (typeof deviceNames)[number];

export const precisionNames = ['fp32', 'bf16', 'int8'] as const;
/** The numbers that a backbone computes with. Heads always compute in fp32. */
export type Precision = (typeof precisionNames)[number];

/** What an engine is made with; plain data, because it travels to the worker thread. */
export interface EngineOptions {
  readonly engine: EngineName;
  readonly device: Device;
  /** Threads of one run on the CPU, at least 1. */
  readonly threads: number;
  /** Directory for files derived from the models (compiled graphs); made when missing. */
  readonly cacheDir: string;
  /** Where OpenVINO lies; absent: where `taxon engine install openvino` puts it. */
  readonly openvinoDir?: string;
  /** Of remote: where backbones run; absent for the others. */
  readonly remote?: RemoteOptions;
  /** Of onnx: graphs are run as they are written, to compare with what ONNX Runtime's optimiser makes of them. Absent: optimised. */
  readonly unoptimised?: boolean;
  /** Batch sizes that are run once after a backbone is loaded, so that no request pays for the first run. */
  readonly warmupBatchSizes: readonly number[];
}

export interface RemoteOptions {
  /** URLs with the schemes http, https, grpc or grpcs; at least one. */
  readonly endpoints: readonly string[];
  /** Most images in one request, at least 1. */
  readonly imagesPerRequest: number;
  /** Longest time for one run, its retries included, in milliseconds. */
  readonly timeoutMs: number;
  /** Pause between two looks at each endpoint, in milliseconds. */
  readonly checkEveryMs: number;
}

/** What an engine tells of itself between calls. */
export interface EngineNotices {
  /** Its outage (see Engine) has begun, or changed, or ended. */
  readonly onOutage: (reason: string | undefined) => void;
  /** A sentence for the log. */
  readonly onWarning: (text: string) => void;
}

/** What answers: shown by /v1/models, /health/ready and /metrics. */
export interface EngineInfo {
  readonly engine: EngineName;
  readonly device: Device;
  /** The processor's or the card's own name. */
  readonly deviceName: string;
  /** Versions of the libraries that compute, by name: { "onnxruntime": "1.30.0" }. */
  readonly libraries: Readonly<Record<string, string>>;
  /** Threads that one run uses on the CPU. */
  readonly threads: number;
  /** What it computes in hardware here, slowest first; always with fp32. */
  readonly precisions: readonly Precision[];
  /** Memory of the card in bytes; absent on a CPU. */
  readonly deviceMemoryBytes?: number;
}

/** A frozen feature extractor on disk. `directory` holds a tfjs layers model, full or cut at its global pooling layer. */
export interface BackboneArtifact {
  readonly id: string;
  readonly directory: string;
  readonly embeddingSize: number;
  readonly preprocessing: Preprocessing;
  /** Absent: fp32. */
  readonly reduced?: ReducedPrecision;
  /**
   * What a run gives. `featureMap`: in place of the embeddings what the global average pooling takes, [count, rows, columns, embeddingSize],
   * in fp32 and without heads; only of layers and ONNX graphs that end in that pooling. Absent: the embeddings.
   */
  readonly output?: 'featureMap';
}

export type ReducedPrecision =
  { readonly precision: 'bf16' } | { readonly precision: 'int8'; readonly ranges: ActivationRanges };

/**
 * The name of a backbone among the loaded ones, where it may be in several precisions: equal names mean equal embeddings
 * for equal pixels on one engine.
 */
export function loadedIdOf({ id, reduced, output }: Pick<BackboneArtifact, 'id' | 'reduced' | 'output'>): string {
  if (output === 'featureMap') return `${id}.feature-map`;
  if (reduced === undefined) return id;
  return reduced.precision === 'bf16' ? `${id}.bf16` : `${id}.int8-${fingerprintOf(reduced.ranges)}`;
}

/** The activation ranges that a backbone is compiled with; undefined where it is not compiled to int8. */
export const rangesOf = ({ reduced }: BackboneArtifact): ActivationRanges | undefined =>
  reduced?.precision === 'int8' ? reduced.ranges : undefined;

/** A classifier's last layers, from embedding to logits (no softmax). `id` is unique among loaded heads. */
export interface HeadArtifact {
  readonly id: string;
  /** See loadedIdOf. */
  readonly backboneId: string;
  readonly model: LayersModel;
  readonly classes: number;
}

export interface EngineBatch {
  /** See loadedIdOf. */
  readonly backboneId: string;
  /**
   * uint8 RGB, [count, height, width, 3] in row-major order. In shared memory the caller must leave it alone until the run settles;
   * any other buffer is transferred, and lost to the caller.
   */
  readonly pixels: Uint8Array;
  readonly count: number;
  /** Heads to run on every item; may be empty. */
  readonly headIds: readonly string[];
}

export interface EngineOutput {
  /** [count, embeddingSize] in row-major order; of a backbone whose output is that, its feature maps. */
  readonly embeddings: Float32Array;
  /** By head id: [count, classes] in row-major order. */
  readonly logits: ReadonlyMap<string, Float32Array>;
  /** Time on the device, in milliseconds. */
  readonly inferenceMs: number;
  /** The part of it that came after the embeddings: the heads'. */
  readonly headMs: number;
}

/** Embeddings that a run gave, to be put through other heads. */
export interface EmbeddingBatch {
  /** [count, embeddingSize] in row-major order. */
  readonly embeddings: Float32Array;
  readonly count: number;
  /** Heads of that embedding size. */
  readonly headIds: readonly string[];
}

/** Thrown by run when the engine's worker died with the batch in flight: the same batch may be sent again. */
export class EngineLostError extends Error {
  override readonly name = 'EngineLostError';
}

export interface Engine {
  readonly info: EngineInfo;
  /** Why it cannot compute at the moment, in a sentence; undefined when it can. Calls wait until it can again, or fail at once. */
  readonly outage: string | undefined;
  /** Idempotent. Throws AppError invalid_model when the artifact cannot be compiled or loaded, or not in this precision. */
  loadBackbone(backbone: BackboneArtifact): Promise<void>;
  /** `id`: see loadedIdOf. */
  unloadBackbone(id: string): Promise<void>;
  /** Idempotent; its backbone must be loaded. */
  loadHead(head: HeadArtifact): Promise<void>;
  unloadHead(id: string): Promise<void>;
  /** One forward pass. Rejects with EngineLostError when the worker died, AppError otherwise. Calls are served in order. */
  run(batch: EngineBatch): Promise<EngineOutput>;
  /** By head id: [count, classes] in row-major order. Rejects as `run` does, and takes its turn among its calls. */
  runHeads(batch: EmbeddingBatch): Promise<ReadonlyMap<string, Float32Array>>;
  /** Idempotent; pending runs finish first. */
  close(): Promise<void>;
}
