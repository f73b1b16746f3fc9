// One request's images through decode, batch and heads: every selected classifier answers on one forward pass per backbone.
import { AppError } from '../errors.js';
import { groupBy } from '../groupBy.js';
import type { ImageDecoder, TimedImage } from '../image/decoder.js';
import type { Precision } from '../engines/engine.js';
import { RawPixels } from '../image/rawPixels.js';
import type { Manifest } from '../models/manifest.js';
import { noveltyOf } from '../models/novelty.js';
import type { DriftBaseline } from '../models/driftBaseline.js';
import { probabilitiesOf } from '../models/versionAnswer.js';
import type { VersionRef } from '../models/versionRef.js';
import type { Batcher, BatchResult } from './batcher.js';
import type { Costs } from './costs.js';
import type { FairLine } from './fairLine.js';
import type { ClassifierRegistry, Lease } from './registry.js';
import type { ServedVersion } from './loadedVersions.js';
import type { ResultCache } from './resultCache.js';
import { SharedWork } from './sharedWork.js';
import { recordStages, stageTimes, startImage, timesOfKnown, type StagesOfImage, type StageTimes } from './stages.js';
import { blendTaught, taughtNovelty, type TaughtHead } from './taughtHead.js';
import type { Span } from '../tracing/tracer.js';
import { unlessAborted } from './unlessAborted.js';

/** An image to classify: an encoded file, or pixels of the size that the classifier takes. */
export type ImageInput = Uint8Array | RawPixels;

export interface Selection {
  readonly name: string;
  /** The active one when absent. */
  readonly version?: VersionRef | undefined;
  /** Present where the request names no version and a rollout has chosen this one. */
  readonly drawn?: Drawn | undefined;
  /** Whether what the classifier was taught since its last training answers too; not with a version. Default: false. */
  readonly withTaught?: boolean | undefined;
}

/** The number of the rollout that has chosen a version. */
export interface Drawn {
  readonly rollout: number;
}

/** Of one image: its calibrated probabilities by label index, or why it has none. */
export type ImageOutcome =
  | {
      readonly ok: true;
      readonly width: number;
      readonly height: number;
      readonly probabilities: Float64Array;
      readonly embedding: Float32Array;
      /** 0 to 1, see noveltyOf; undefined: the version does not tell. */
      readonly novelty: number | undefined;
      readonly stages: StageTimes;
    }
  | { readonly ok: false; readonly error: AppError };

export interface ModelOutcome {
  /** With the labels that it was taught, where those answer too. */
  readonly manifest: Manifest;
  /** As in its selection. */
  readonly drawn?: Drawn | undefined;
  /** Whether what the classifier was taught since its last training answered too. */
  readonly isTaught: boolean;
  /** What it answered in. */
  readonly precision: Precision;
  /** Its backbone in that precision (see loadedIdOf). */
  readonly backboneId: string;
  /** Of its version; absent: there is none. */
  readonly driftBaseline?: DriftBaseline | undefined;
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

/** Of the images of one request: who is served in turn with others, what ends the wait, and what their work is recorded under. */
export interface Waiting {
  readonly caller: string;
  readonly signal: AbortSignal;
  readonly span?: Span | undefined;
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
  /** What a classifier was taught since its last training, if anything. Default: nothing. */
  readonly taught?: ((name: string) => TaughtHead | undefined) | undefined;
  /** Absent: nothing is remembered. */
  readonly results?: ResultCache<Computed> | undefined;
  /** Called with what each classifier made of a request's images, and how long that took. */
  readonly observeOutcome: (outcome: ModelOutcome, took: RequestTimes) => void;
  /** Called for each version that was to answer a request which failed as a whole, `ms` after it began. */
  readonly observeFailure: (
    version: Manifest,
    ms: number,
    failure: { readonly error: unknown; readonly drawn: Drawn | undefined },
  ) => void;
}

/** What one backbone and heads made of one image. */
export interface Computed extends StagesOfImage {
  readonly width: number;
  readonly height: number;
  readonly result: BatchResult;
}

/** The same for one of the images that it answers. */
interface Embedded extends Computed {
  readonly stages: StageTimes;
}

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
    const present = selections.map((selection) => this.#present(selection));
    const heads = present.map((selection) => this.#taughtOf(selection));
    const backed = present.map((selection, index) => backedBy(selection, heads[index]));
    const leases = await this.#acquireAll(backed, waiting.signal);
    try {
      const groups = groupByInput(leases.map((lease) => lease.version));
      const embedded = await Promise.all(
        groups.map((group) => Promise.all(images.map((image, index) => this.#trace(image, index, group, waiting)))),
      );
      const models = leases.map(({ version }, index) => {
        // What was learnt beside another version than the one that answers says nothing.
        const taught = heads[index]?.base.headId === version.headId ? heads[index] : undefined;
        return {
          manifest: taught?.manifest ?? version.manifest,
          drawn: present[index]!.drawn,
          isTaught: taught !== undefined,
          precision: version.choice.precision,
          backboneId: version.backboneId,
          // What a classifier that was taught alone is asked says nothing of the version that lends its backbone.
          driftBaseline: taught?.trained === 0 ? undefined : version.driftBaseline,
          images: embedded[groups.findIndex((group) => group.includes(version))]!.map((one) =>
            toOutcome(one, version, taught),
          ),
        };
      });
      const timing = slowest(embedded.flat());
      const took = { ...timing, totalMs: performance.now() - startedAt };
      for (const model of models) this.deps.observeOutcome(model, took);
      return { models, timing };
    } catch (error) {
      const ms = performance.now() - startedAt;
      leases.forEach(({ version }, index) =>
        this.deps.observeFailure(version.manifest, ms, { error, drawn: present[index]!.drawn }),
      );
      throw error;
    } finally {
      for (const lease of leases) lease.release();
    }
  }

  /** What `classify` costs the machine for the same, in passes: see costs.ts. Throws AppError unknown_model, unknown_version. */
  costOf(images: ReadonlyArray<ImageInput | AppError>, selections: readonly Selection[]): number {
    const { registry } = this.deps;
    const inputs = selections.map((selection) => {
      const present = this.#present(selection);
      const { name, version: number } = backedBy(present, this.#taughtOf(present));
      const version = registry.version(name, number);
      const { backbone, preprocessing } = version.manifest;
      return JSON.stringify([backbone.id, registry.precisionOf(version).precision, preprocessing]);
    });
    const passes = new Set(inputs).size;
    return passes * images.reduce((sum, image) => sum + this.#costOfImage(image), 0);
  }

  /** A version that was chosen for the request may be gone by the time its images are there: the active one answers then. */
  #present(selection: Selection): Selection {
    const { name, version, drawn, withTaught } = selection;
    if (drawn === undefined || version === undefined || this.deps.registry.has(name, version)) return selection;
    return { name, withTaught };
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

  #taughtOf({ name, withTaught = false }: Selection): TaughtHead | undefined {
    return withTaught ? this.deps.taught?.(name) : undefined;
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

  /** As embed, in a span of its own. */
  async #trace(
    image: ImageInput | AppError,
    index: number,
    group: readonly ServedVersion[],
    waiting: Waiting,
  ): Promise<Embedded | AppError> {
    const span = waiting.span && startImage(waiting.span, index, group);
    try {
      const embedded = await this.#embed(image, group, { ...waiting, span });
      span?.end(embedded instanceof AppError ? { error: embedded.code } : {});
      return embedded;
    } catch (error) {
      span?.end({ error: error instanceof AppError ? error.code : 'internal' });
      throw error;
    }
  }

  /** One image through one backbone and the heads of `group`. An image's own fault is returned, any other is thrown. */
  async #embed(
    image: ImageInput | AppError,
    group: readonly ServedVersion[],
    { caller, signal, span }: Waiting,
  ): Promise<Embedded | AppError> {
    if (image instanceof AppError) return image;
    const arrivedAt = performance.now();
    const use = useOf(image, group);
    const { results } = this.deps;
    const key = results?.keyOf(use, bytesOf(image));
    const known = key === undefined ? undefined : results?.get(key);
    if (known !== undefined) {
      span?.set({ 'taxon.image.cached': true });
      return { ...known, stages: timesOfKnown(arrivedAt, performance.now()) };
    }
    const leave = await this.deps.line.enter(caller, this.#costOfImage(image), signal);
    let isDone = false;
    try {
      // Each has waited for its own turn before it shares the work of another: nobody waits for a slower caller's.
      const computed = await this.#shared.run(use, bytesOf(image), signal, (untilAllLeft) =>
        this.#compute(image, group, untilAllLeft),
      );
      isDone = true;
      if (key !== undefined) results?.set(key, computed);
      if (span) recordStages(span, arrivedAt, computed);
      return { ...computed, stages: stageTimes(arrivedAt, performance.now(), computed) };
    } catch (error) {
      if (error instanceof AppError && imageFaults.has(error.code)) return error;
      throw error;
    } finally {
      leave(isDone);
    }
  }

  async #compute(image: ImageInput, group: readonly ServedVersion[], signal: AbortSignal): Promise<Computed> {
    const { width, height, decodeMs, pixels } = await this.#decode(image, group, signal);
    const decodedAt = performance.now();
    return { width, height, decodedAt, decodeMs, result: await this.#infer(pixels, group, signal) };
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
export const groupByInput = (versions: readonly ServedVersion[]): ServedVersion[][] => [
  ...groupBy(versions, loadedInputOf).values(),
];

/** Equal for versions whose backbones take the same pixels and give the same embeddings, but for their precision. */
export const inputOf = ({ backbone, preprocessing }: Manifest): string => JSON.stringify([backbone.id, preprocessing]);

const loadedInputOf = ({ manifest, backboneId }: ServedVersion): string =>
  JSON.stringify([backboneId, manifest.preprocessing]);

/** What is computed of an image for versions that share their input. */
const useOf = (image: ImageInput, group: readonly ServedVersion[]): string =>
  JSON.stringify([image instanceof RawPixels, loadedInputOf(group[0]!), ...group.map(({ headId }) => headId)]);

const bytesOf = (image: ImageInput): Uint8Array => (image instanceof RawPixels ? image.pixels : image);

/** Throws AppError invalid_request. */
function checkSize({ width, height, pixels }: RawPixels, wanted: Manifest['preprocessing']): TimedImage {
  if (width === wanted.width && height === wanted.height) return { width, height, pixels, decodeMs: 0 };
  throw new AppError(
    'invalid_request',
    `the pixels are ${height} × ${width} (height × width), this classifier takes ${wanted.height} × ${wanted.width}; send an image file to have it resized`,
  );
}

/** A classifier that was taught alone has the backbone of another. */
const backedBy = (selection: Selection, head: TaughtHead | undefined): Selection =>
  head?.trained === 0 ? head.base : selection;

function toOutcome(
  embedded: Embedded | AppError,
  version: ServedVersion,
  taught: TaughtHead | undefined,
): ImageOutcome {
  if (embedded instanceof AppError) return { ok: false, error: embedded };
  const { width, height, result, stages } = embedded;
  let known: number | undefined;
  const { embedding } = result;
  const trained = probabilitiesOf(version.manifest, result.logits.get(version.headId)!);
  const probabilities = taught ? blendTaught(taught, trained, embedding) : trained;
  return {
    ok: true,
    width,
    height,
    probabilities,
    embedding,
    // Computed for those who ask: embeddings and the routes of other contracts do not.
    get novelty() {
      known ??= noveltyBeside(version, taught, probabilities, embedding);
      return known;
    },
    stages,
  };
}

/** An image is as new as to whatever knows it best. undefined where nothing can tell. */
function noveltyBeside(
  { novelty }: ServedVersion,
  taught: TaughtHead | undefined,
  probabilities: Float64Array,
  embedding: Float32Array,
): number | undefined {
  const own = novelty && noveltyOf(novelty, embedding);
  if (taught === undefined) return own;
  const ofTaught = taughtNovelty(taught, embedding);
  if (taught.trained === 0) return ofTaught;
  const isOfNew = probabilities.indexOf(Math.max(...probabilities)) >= taught.trained;
  if (ofTaught === undefined) return isOfNew ? undefined : own;
  return own === undefined ? (isOfNew ? ofTaught : undefined) : Math.min(own, ofTaught);
}

function slowest(all: ReadonlyArray<Embedded | AppError>): Timing {
  const done = all.filter((one): one is Embedded => !(one instanceof AppError));
  const largest = (stage: keyof Timing): number =>
    Math.round(Math.max(0, ...done.map(({ stages }) => stages[stage])) * 100) / 100;
  return { decodeMs: largest('decodeMs'), queueMs: largest('queueMs'), inferenceMs: largest('inferenceMs') };
}
