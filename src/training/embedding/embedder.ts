// Makes the embeddings that the cache lacks: decode, augment, backbone, below requests in priority. Each is computed once.
import { AppError } from '../../errors.js';
import type { ImageDecoder } from '../../image/decode.js';
import type { Manifest } from '../../models/manifest.js';
import type { Batcher } from '../../serving/batcher.js';
import { EmbeddingCache } from './embeddingCache.js';
import { makeView, viewKey, type View } from './augmentation.js';

export interface EmbedderDeps {
  readonly decoder: ImageDecoder;
  readonly batcher: Batcher;
  /** Bytes of an image by its SHA-256. */
  readonly readImage: (sha256: string) => Promise<Uint8Array>;
  /** Directory of all embeddings. */
  readonly cacheDir: string;
  /** Images in work at a time: enough to decode the next batch while the engine is busy with one. */
  readonly concurrency: number;
}

/** The backbone of a version that is loaded, and stays so meanwhile. */
export type BackboneOf = Pick<Manifest, 'backbone' | 'preprocessing'>;

export interface EmbedRequest {
  readonly image: string;
  readonly views: readonly View[];
}

/** An image that cannot be decoded (any more), with the reason. */
export interface BrokenImage {
  readonly image: string;
  readonly reason: string;
}

export interface EmbedProgress {
  readonly done: number;
  readonly total: number;
}

const faults: ReadonlySet<string> = new Set([
  'image_too_large',
  'unsupported_image',
  'undecodable_image',
  'image_timeout',
  'not_found',
]);

/** Runs `work` on every item, at most `limit` at a time; stops taking items after the first rejection. */
export async function forEachLimited<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const item of queue) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

export class Embedder {
  constructor(private readonly deps: EmbedderDeps) {}

  /** The cache of one backbone. */
  cacheOf({ backbone }: BackboneOf): EmbeddingCache {
    return new EmbeddingCache(this.deps.cacheDir, backbone.id, backbone.embeddingSize);
  }

  /** Sees to it that every view is in the cache; gives the images that cannot be read. Rejects with the signal's reason. */
  async ensure(
    target: BackboneOf,
    requests: readonly EmbedRequest[],
    signal: AbortSignal,
    onProgress: (progress: EmbedProgress) => void,
  ): Promise<BrokenImage[]> {
    const cache = this.cacheOf(target);
    const broken: BrokenImage[] = [];
    let done = 0;
    await forEachLimited(requests, this.deps.concurrency, async (request) => {
      signal.throwIfAborted();
      const reason = await this.#embedMissing(target, cache, request, signal);
      if (reason !== undefined) broken.push({ image: request.image, reason });
      onProgress({ done: ++done, total: requests.length });
    });
    return broken.sort((a, b) => a.image.localeCompare(b.image));
  }

  /** Gives why the image cannot be embedded, or undefined. */
  async #embedMissing(
    target: BackboneOf,
    cache: EmbeddingCache,
    { image, views }: EmbedRequest,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const missing: View[] = [];
    for (const view of views) if (!(await cache.read({ image, view: viewKey(view) }))) missing.push(view);
    if (missing.length === 0) return undefined;
    try {
      await this.#embedViews(target, cache, image, missing, signal);
      return undefined;
    } catch (error) {
      if (error instanceof AppError && faults.has(error.code)) return error.detail;
      throw error;
    }
  }

  async #embedViews(
    target: BackboneOf,
    cache: EmbeddingCache,
    image: string,
    views: readonly View[],
    signal: AbortSignal,
  ): Promise<void> {
    const { preprocessing, backbone } = target;
    const { pixels } = await this.deps.decoder.decode(await this.deps.readImage(image), preprocessing, signal);
    const raw = { pixels, width: preprocessing.width, height: preprocessing.height };
    for (const view of views) {
      const shown = await makeView(raw, image, view);
      const { embedding } = await this.deps.batcher.submit({
        backboneId: backbone.id,
        pixels: shown.pixels,
        headIds: [],
        priority: 'background',
        signal,
      });
      await cache.write({ image, view: viewKey(view) }, embedding);
    }
  }
}
