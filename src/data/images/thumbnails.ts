// Small previews of stored images, made when first asked for and kept as files until the image goes.
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Geometry, ImageDecoder } from '../../image/decoder.js';
import { makeDirectory, removeUnfinished } from '../../durableFiles.js';
import type { ImageStore } from './imageStore.js';
import { storeFile } from './storedFile.js';

/** Longer side of a thumbnail in pixels. */
const longSide = 256;
const webpQuality = 75;
const namePattern = /([0-9a-f]{64})\.webp$/;

export interface ThumbnailDeps {
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  readonly directory: string;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export class Thumbnails {
  readonly #deps: ThumbnailDeps;

  private constructor(deps: ThumbnailDeps) {
    this.#deps = deps;
  }

  /** Makes the directory, and removes what a killed process left unfinished. */
  static async open(deps: ThumbnailDeps): Promise<Thumbnails> {
    await makeDirectory(deps.directory);
    await removeUnfinished(deps.directory);
    return new Thumbnails(deps);
  }

  /** WebP, its longer side 256 pixels at most. Throws AppError `not_found` when the image's file is gone, and what decoding throws. */
  async get(sha256: string, size: ImageSize, signal?: AbortSignal): Promise<Buffer> {
    const path = this.#pathOf(sha256);
    const kept = await readFile(path).catch(() => undefined);
    if (kept) return kept;
    const made = await this.#make(sha256, size, signal);
    await storeFile(path, made, this.#deps.directory);
    // It may have been deleted meanwhile.
    if (!(await this.#deps.images.has(sha256))) await this.remove(sha256);
    return made;
  }

  /** Idempotent. To be called after the image itself was removed: one that is being made then removes itself. */
  async remove(sha256: string): Promise<void> {
    await rm(this.#pathOf(sha256), { force: true });
  }

  /** Removes those whose images are gone, as left by a process that ended between the two removals; gives their number. */
  async removeOrphans(): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#deps.directory, { recursive: true })) {
      const sha256 = namePattern.exec(name)?.[1];
      if (sha256 === undefined || (await this.#deps.images.has(sha256))) continue;
      await this.remove(sha256);
      removed += 1;
    }
    return removed;
  }

  #pathOf(sha256: string): string {
    return join(this.#deps.directory, sha256.slice(0, 2), `${sha256}.webp`);
  }

  async #make(sha256: string, size: ImageSize, signal?: AbortSignal): Promise<Buffer> {
    const geometry = thumbnailGeometry(size);
    const { pixels } = await this.#deps.decoder.decode(await this.#deps.images.read(sha256), geometry, signal);
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
