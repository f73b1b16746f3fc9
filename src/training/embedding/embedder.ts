// Makes the embeddings that the cache lacks: decode, augment, run the backbone, each step only where requests leave room for it.
import { setMaxListeners } from 'node:events';
import pMap from 'p-map';
import pRetry from 'p-retry';
import { AppError } from '../../errors.js';
import type { DecodedImage, ImageDecoder } from '../../image/decoder.js';
import type { Manifest } from '../../models/manifest.js';
import type { Batcher } from '../../serving/batcher.js';
import type { ServedVersion } from '../../serving/loadedVersions.js';
import type { EngineName } from '../../engines/engine.js';
import { trainingFailed } from '../trainingErrors.js';
import { augment, viewKey, type AugmentedView, type RawImage } from './augmentation.js';
import { EmbeddingCache, type EmbeddingStore } from './embeddingCache.js';

export interface EmbedderDeps {
  readonly decoder: ImageDecoder;
  readonly batcher: Batcher;
  /** Name of what the batcher runs. */
  readonly engine: EngineName;
  /** Bytes of an image by its SHA-256. */
  readonly readImage: (sha256: string) => Promise<Uint8Array>;
  /** Of all backbones. */
  readonly embeddings: EmbeddingStore;
  /** Images worked on at the same time: enough to decode the next batch while the engine is busy with one. */
  readonly concurrency: number;
  /** Pause before an image that load kept from being decoded is tried again; doubled each time. Default 1000. */
  readonly retryAfterMs?: number;
}

/** A backbone that is loaded, and stays so meanwhile, in one precision. */
export interface EmbeddingTarget extends Pick<Manifest, 'backbone' | 'preprocessing'> {
  /** See loadedIdOf. */
  readonly backboneId: string;
}

/** That of a version that is loaded, in the precision that it answers in. */
export const targetOf = ({ manifest: { backbone, preprocessing }, backboneId }: ServedVersion): EmbeddingTarget => ({
  backbone,
  preprocessing,
  backboneId,
});

export interface EmbedRequest {
  readonly image: string;
  readonly views: readonly AugmentedView[];
}

/** An image (by its SHA-256) that cannot be decoded, now or later, with the reason. */
export interface BrokenImage {
  readonly image: string;
  readonly reason: string;
}

export interface EmbedProgress {
  readonly done: number;
  readonly total: number;
}

/** Faults of the image itself: another attempt would end the same way. */
const imageFaults: ReadonlySet<string> = new Set([
  'image_too_large',
  'unsupported_image',
  'undecodable_image',
  'not_found',
]);

/** What a busy machine does to an image that is intact. */
const loadFaults: ReadonlySet<string> = new Set(['image_timeout', 'overloaded']);

/** Further attempts at an image after such a fault: the pauses between them add up to 15 s. */
const loadRetries = 4;

const isAppError = (error: unknown, codes: ReadonlySet<string>): error is AppError =>
  error instanceof AppError && codes.has(error.code);

export class Embedder {
  constructor(private readonly deps: EmbedderDeps) {}

  get engine(): EngineName {
    return this.deps.engine;
  }

  /** Names what its embeddings are of: what engines give in fp32 is the same, each rounds lower precisions in its own way. */
  folderOf({ backbone, backboneId }: EmbeddingTarget): string {
    return backboneId === backbone.id ? backboneId : `${backboneId}.${this.deps.engine}`;
  }

  /** The cache of one backbone in one precision. */
  cacheOf(target: EmbeddingTarget): EmbeddingCache {
    return new EmbeddingCache(this.deps.embeddings, this.folderOf(target), target.backbone.embeddingSize);
  }

  /**
   * Puts every view that is missing into the cache; gives the images that cannot be decoded. Rejects with the signal's
   * reason, and with AppError training_failed when an image could not be decoded because of load alone: it is intact,
   * so it must not be left out.
   */
  async ensure(
    target: EmbeddingTarget,
    requests: readonly EmbedRequest[],
    signal: AbortSignal,
    onProgress: (progress: EmbedProgress) => void,
  ): Promise<BrokenImage[]> {
    // Every image in work listens; with the batches of a GPU Node.js would print a warning of a leak.
    setMaxListeners(0, signal);
    const cache = this.cacheOf(target);
    const broken: BrokenImage[] = [];
    let done = 0;
    const embed = async (request: EmbedRequest): Promise<void> => {
      signal.throwIfAborted();
      const reason = await this.#embedMissing(target, cache, request, signal);
      if (reason !== undefined) broken.push({ image: request.image, reason });
      onProgress({ done: ++done, total: requests.length });
    };
    await pMap(requests, embed, { concurrency: this.deps.concurrency });
    return broken.sort((a, b) => a.image.localeCompare(b.image));
  }

  /** Gives why the image cannot be embedded, or undefined. */
  async #embedMissing(
    target: EmbeddingTarget,
    cache: EmbeddingCache,
    { image, views }: EmbedRequest,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const missing: AugmentedView[] = [];
    for (const view of views) if (!(await cache.read({ image, view: viewKey(view) }))) missing.push(view);
    if (missing.length === 0) return undefined;
    try {
      await this.#embedViews(target, cache, image, missing, signal);
      return undefined;
    } catch (error) {
      if (isAppError(error, imageFaults)) return error.detail;
      throw error;
    }
  }

  async #embedViews(
    target: EmbeddingTarget,
    cache: EmbeddingCache,
    image: string,
    views: readonly AugmentedView[],
    signal: AbortSignal,
  ): Promise<void> {
    const { preprocessing } = target;
    const raw = await this.#decodeRaw(image, preprocessing, signal);
    for (const view of views) {
      const shown = await augment(raw, image, view);
      await cache.write({ image, view: viewKey(view) }, await this.embedPixels(target, shown.pixels, signal));
    }
  }

  /** The pixels of a view, as the backbone takes them. Rejects as `ensure`, and with AppError when the image cannot be decoded. */
  async viewOf(
    image: string,
    view: AugmentedView,
    preprocessing: Manifest['preprocessing'],
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    signal.throwIfAborted();
    return (await augment(await this.#decodeRaw(image, preprocessing, signal), image, view)).pixels;
  }

  async #decodeRaw(image: string, preprocessing: Manifest['preprocessing'], signal: AbortSignal): Promise<RawImage> {
    const { pixels } = await this.#decode(image, preprocessing, signal);
    return { pixels, width: preprocessing.width, height: preprocessing.height };
  }

  /** The embedding of pixels that are in no store. Rejects with the signal's reason, and with what the engine throws. */
  async embedPixels({ backboneId }: EmbeddingTarget, pixels: Uint8Array, signal: AbortSignal): Promise<Float32Array> {
    const { embedding } = await this.deps.batcher.submit({
      backboneId,
      pixels,
      headIds: [],
      priority: 'background',
      signal,
    });
    return embedding;
  }

  async #decode(image: string, geometry: Manifest['preprocessing'], signal: AbortSignal): Promise<DecodedImage> {
    const { decoder, readImage, retryAfterMs = 1_000 } = this.deps;
    const bytes = await readImage(image);
    try {
      return await pRetry(() => decoder.decode(bytes, geometry, signal, 'background'), {
        retries: loadRetries,
        minTimeout: retryAfterMs,
        shouldRetry: ({ error }) => isAppError(error, loadFaults),
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (isAppError(error, loadFaults)) throw gaveUpOn(image, error);
      throw error;
    }
  }
}

const gaveUpOn = (image: string, error: AppError): AppError =>
  trainingFailed(
    `Image ${image} could not be decoded in ${loadRetries + 1} attempts: ${error.detail} Retrain when the server is less busy, ` +
      'raise DECODE_TIMEOUT_MS, or remove the image from the dataset. The embeddings that were made are kept.',
    error,
  );
