// Small previews of stored images, made when first asked for and kept as files until the image goes.
import sharp from 'sharp';
import type { Geometry, ImageDecoder } from '../../image/decoder.js';
import type { FileStore } from '../../files/fileStore.js';
import type { ImageStore } from './imageStore.js';

/** Longer side of a thumbnail in pixels. */
const longSide = 256;
const webpQuality = 75;
const keyPattern = /^[0-9a-f]{2}\/([0-9a-f]{64})\.webp$/;
const keyOf = (sha256: string): string => `${sha256.slice(0, 2)}/${sha256}.webp`;

export interface ThumbnailDeps {
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  readonly files: FileStore;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export class Thumbnails {
  constructor(private readonly deps: ThumbnailDeps) {}

  /** WebP, its longer side 256 pixels at most. Throws AppError `not_found` when the image's file is gone, and what decoding throws. */
  async get(sha256: string, size: ImageSize, signal?: AbortSignal): Promise<Buffer> {
    const { files, images } = this.deps;
    const kept = await files.read(keyOf(sha256));
    if (kept) return kept;
    const made = await this.#make(sha256, size, signal);
    await files.put(keyOf(sha256), made);
    // It may have been deleted meanwhile.
    if (!(await images.has(sha256))) await this.remove(sha256);
    return made;
  }

  /** Idempotent. To be called after the image itself was removed: one that is being made then removes itself. */
  async remove(sha256: string): Promise<void> {
    await this.deps.files.remove([keyOf(sha256)]);
  }

  /** Removes those whose images are gone, as left by a process that ended between the two removals; gives their number. */
  async removeOrphans(): Promise<number> {
    const { files, images } = this.deps;
    let removed = 0;
    for await (const key of files.keys('')) {
      const sha256 = keyPattern.exec(key)?.[1];
      if (sha256 === undefined || (await images.has(sha256))) continue;
      await this.remove(sha256);
      removed += 1;
    }
    return removed;
  }

  async #make(sha256: string, size: ImageSize, signal?: AbortSignal): Promise<Buffer> {
    const geometry = thumbnailGeometry(size);
    const { pixels } = await this.deps.decoder.decode(await this.deps.images.read(sha256), geometry, signal);
    return sharp(pixels, { raw: { width: geometry.width, height: geometry.height, channels: 3 } })
      .webp({ quality: webpQuality })
      .toBuffer();
  }
}

/** Fits the image into a square of 256, never enlarging it. */
function thumbnailGeometry({ width, height }: ImageSize): Geometry {
  const scale = Math.min(1, longSide / Math.max(width, height));
  const fit = (side: number): number => Math.max(1, Math.round(side * scale));
  return { width: fit(width), height: fit(height), resize: 'stretch', cropFraction: 1, kernel: 'cubic' };
}
