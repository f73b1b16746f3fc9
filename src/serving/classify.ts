// One request's images through decode, batch and heads: every selected classifier answers on one forward pass per backbone.
import { AppError } from '../errors.js';
import { groupBy } from '../groupBy.js';
import type { ImageDecoder, TimedImage } from '../image/decoder.js';
import { RawPixels } from '../image/rawPixels.js';
import type { Manifest } from '../models/manifest.js';
import type { Batcher, BatchResult } from './batcher.js';
import { softmax } from '../softmax.js';
import type { Costs } from './costs.js';
import type { FairLine } from './fairLine.js';
import type { ClassifierRegistry, Lease } from './registry.js';
import type { ServedVersion } from './loadedVersions.js';
import { SharedWork } from './sharedWork.js';
import { unlessAborted } from './unlessAborted.js';

/** An image to classify: an encoded file, or pixels of the size that the classifier takes. */
export type ImageInput = Uint8Array | RawPixels;

export interface Selection {
  readonly name: string;
  /** The active one when absent. */
  readonly version?: number | undefined;
}

/** Of one image: its calibrated probabilities by label index, or why it has none. */
export type ImageOutcome =
  | {
      readonly ok: true;
      readonly width: number;
      readonly height: number;
      readonly probabilities: Float64Array;
      readonly embedding: Float32Array;
    }
  | { readonly ok: false; readonly error: AppError };

export interface ModelOutcome {
  readonly manifest: Manifest;
  /** One per image, in the order of the images. */
  readonly images: readonly ImageOutcome[];
}

/** The slowest image of the request by stage, in milliseconds; `queueMs` is what it waited for a decoder and the engine. */
export interface Timing {
  readonly decodeMs: number;
  readonly queueMs: number;
  readonly inferenceMs: number;
}

/** A whole request, in milliseconds. */
export interface RequestTimes extends Timing {
  readonly totalMs: number;
}

export interface ClassifyOutcome {
  readonly models: readonly ModelOutcome[];
  readonly timing: Timing;
}

/** Of the images of one request: who is served in turn with others, and what ends the wait. */
export interface Waiting {
  readonly caller: string;
  readonly signal: AbortSignal;
}

export interface ClassifyDeps {
  readonly registry: ClassifierRegistry;
  readonly batcher: Batcher;
  readonly decoder: ImageDecoder;
  readonly line: FairLine;
  readonly costs: Costs;
  readonly observeDecode: (ms: number) => void;
  /** Called for each image that the work on an equal one answers. */
  readonly onShared: () => void;
  /** Called with what each classifier made of a request's images, and how long that took. */
  readonly observeOutcome: (outcome: ModelOutcome, took: RequestTimes) => void;
  /** Called for each version that was to answer a request which failed as a whole, `ms` after it began. */
  readonly observeFailure: (version: Manifest, ms: number) => void;
}

/** What one backbone and heads made of one image. */
interface Computed {
  readonly width: number;
  readonly height: number;
  readonly decodeMs: number;
  readonly result: BatchResult;
}

/** The same for one of the images that it answers. */
interface Embedded extends Computed, Timing {}

export class ClassifyService {
  readonly #shared: SharedWork<Computed>;

  constructor(private readonly deps: ClassifyDeps) {
    this.#shared = new SharedWork(deps.onShared);
  }

  /**
   * Classifies every image (or passes on the fault it came with) with every selection. A bad image fails alone, as an outcome; what concerns the whole request
   * rejects: AppError unknown_model, unknown_version, overloaded, engine_unavailable, or the signal's reason.
   */
  async classify(
    images: ReadonlyArray<ImageInput | AppError>,
    selections: readonly Selection[],
    waiting: Waiting,
  ): Promise<ClassifyOutcome> {
    const startedAt = performance.now();
    const leases = await this.#acquireAll(selections, waiting.signal);
    try {
      const groups = groupByInput(leases.map((lease) => lease.version));
      const embedded = await Promise.all(
        groups.map((group) => Promise.all(images.map((image) => this.#embed(image, group, waiting)))),
      );
      const models = leases.map(({ version }) => ({
        manifest: version.manifest,
        images: embedded[groups.findIndex((group) => group.includes(version))]!.map((one) => toOutcome(one, version)),
      }));
      const timing = slowest(embedded.flat());
      const took = { ...timing, totalMs: performance.now() - startedAt };
      for (const model of models) this.deps.observeOutcome(model, took);
      return { models, timing };
    } catch (error) {
      const ms = performance.now() - startedAt;
      for (const { version } of leases) this.deps.observeFailure(version.manifest, ms);
      throw error;
    } finally {
      for (const lease of leases) lease.release();
    }
  }

  /** What `classify` costs the machine for the same, in passes: see costs.ts. Throws AppError unknown_model, unknown_version. */
  costOf(images: ReadonlyArray<ImageInput | AppError>, selections: readonly Selection[]): number {
    const { registry } = this.deps;
    const inputs = selections.map(({ name, version: number }) => {
      const version = registry.version(name, number);
      const { backbone, preprocessing } = version.manifest;
      return JSON.stringify([backbone.id, registry.precisionOf(version).precision, preprocessing]);
    });
    const passes = new Set(inputs).size;
    return passes * images.reduce((sum, image) => sum + this.#costOfImage(image), 0);
  }

  #costOfImage(image: ImageInput | AppError): number {
    if (image instanceof AppError) return 0;
    return image instanceof RawPixels ? 1 : this.deps.costs.ofImage(image);
  }

  async #acquireAll(selections: readonly Selection[], signal: AbortSignal): Promise<Lease[]> {
    const leases: Lease[] = [];
    try {
      for (const selection of selections) leases.push(await this.#acquire(selection, signal));
      return leases;
    } catch (error) {
      for (const lease of leases) lease.release();
      throw error;
    }
  }

  /** A version that is loaded first may take long, and where the engine is down until it is back: longer than the request lives. */
  async #acquire({ name, version }: Selection, signal: AbortSignal): Promise<Lease> {
    const acquiring = this.deps.registry.acquire(name, version);
    try {
      return await unlessAborted(acquiring, signal);
    } catch (error) {
      void acquiring.then(
        (late) => late.release(),
        () => undefined,
      );
      throw error;
    }
  }

  /** One image through one backbone and the heads of `group`. An image's own fault is returned, any other is thrown. */
  async #embed(
    image: ImageInput | AppError,
    group: readonly ServedVersion[],
    { caller, signal }: Waiting,
  ): Promise<Embedded | AppError> {
    if (image instanceof AppError) return image;
    const arrivedAt = performance.now();
    const leave = await this.deps.line.enter(caller, this.#costOfImage(image), signal);
    let isDone = false;
    try {
      // Each has waited for its own turn before it shares the work of another: nobody waits for a slower caller's.
      const computed = await this.#shared.run(useOf(image, group), bytesOf(image), signal, (untilAllLeft) =>
        this.#compute(image, group, untilAllLeft),
      );
      isDone = true;
      const { inferenceMs } = computed.result;
      const queueMs = Math.max(0, performance.now() - arrivedAt - computed.decodeMs - inferenceMs);
      return { ...computed, queueMs, inferenceMs };
    } catch (error) {
      if (error instanceof AppError && imageFaults.has(error.code)) return error;
      throw error;
    } finally {
      leave(isDone);
    }
  }

  async #compute(image: ImageInput, group: readonly ServedVersion[], signal: AbortSignal): Promise<Computed> {
    const { width, height, decodeMs, pixels } = await this.#decode(image, group, signal);
    return { width, height, decodeMs, result: await this.#infer(pixels, group, signal) };
  }

  async #decode(image: ImageInput, group: readonly ServedVersion[], signal: AbortSignal): Promise<TimedImage> {
    const { preprocessing } = group[0]!.manifest;
    if (image instanceof RawPixels) return checkSize(image, preprocessing);
    const decoded = await this.deps.decoder.decode(image, preprocessing, signal);
    this.deps.observeDecode(decoded.decodeMs);
    this.deps.costs.observeDecode(image, decoded.decodeMs);
    return decoded;
  }

  #infer(pixels: Uint8Array, group: readonly ServedVersion[], signal: AbortSignal): Promise<BatchResult> {
    return this.deps.batcher.submit({
      backboneId: group[0]!.backboneId,
      pixels,
      headIds: group.map((version) => version.headId),
      priority: 'request',
      signal,
    });
  }
}

/** Errors that concern one image and leave the rest of its request alone. */
const imageFaults: ReadonlySet<string> = new Set([
  'image_too_large',
  'unsupported_image',
  'undecodable_image',
  'image_timeout',
  'missing_image',
]);

/** Versions of the same backbone share one decode and one forward pass (the backbone's identity includes its preprocessing). */
const groupByInput = (versions: readonly ServedVersion[]): ServedVersion[][] => [
  ...groupBy(versions, inputOf).values(),
];

const inputOf = ({ manifest, backboneId }: ServedVersion): string =>
  JSON.stringify([backboneId, manifest.preprocessing]);

/** What is computed of an image for versions that share their input. */
const useOf = (image: ImageInput, group: readonly ServedVersion[]): string =>
  JSON.stringify([image instanceof RawPixels, inputOf(group[0]!), ...group.map(({ headId }) => headId)]);

const bytesOf = (image: ImageInput): Uint8Array => (image instanceof RawPixels ? image.pixels : image);

/** Throws AppError invalid_request. */
function checkSize({ width, height, pixels }: RawPixels, wanted: Manifest['preprocessing']): TimedImage {
  if (width === wanted.width && height === wanted.height) return { width, height, pixels, decodeMs: 0 };
  throw new AppError(
    'invalid_request',
    `the pixels are ${height} × ${width} (height × width), this classifier takes ${wanted.height} × ${wanted.width}; send an image file to have it resized`,
  );
}

function toOutcome(embedded: Embedded | AppError, { manifest, headId }: ServedVersion): ImageOutcome {
  if (embedded instanceof AppError) return { ok: false, error: embedded };
  const { width, height, result } = embedded;
  return {
    ok: true,
    width,
    height,
    probabilities: softmax(result.logits.get(headId)!, manifest.temperature),
    embedding: result.embedding,
  };
}

function slowest(all: ReadonlyArray<Embedded | AppError>): Timing {
  const done = all.filter((one): one is Embedded => !(one instanceof AppError));
  const largest = (pick: (one: Embedded) => number): number => Math.round(Math.max(0, ...done.map(pick)) * 100) / 100;
  return {
    decodeMs: largest((one) => one.decodeMs),
    queueMs: largest((one) => one.queueMs),
    inferenceMs: largest((one) => one.inferenceMs),
  };
}
