// Who made the images of a folder, where an attribution.csv at its top says so.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { attributionFileName, readAttributionFile } from '../data/datasets/attributionFile.js';
import type { FolderImage } from './imageFolder.js';

/** `images` of `folder` with what is said of them. Throws Error when the file is no CSV. */
export async function withAttributions(
  folder: string,
  images: readonly FolderImage[],
): Promise<readonly FolderImage[]> {
  const path = join(folder, attributionFileName);
  const bytes = await readFile(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined) return images;
  const attributions = await readAttributionFile(attributionFileName, bytes).catch((cause: unknown) => {
    throw new Error(`${path} cannot be read as CSV: ${(cause as Error).message}`, { cause });
  });
  const attributed: FolderImage[] = [];
  for (const image of images)
    attributed.push({ ...image, attribution: attributions.of(image.name, await sha256OfFile(image.path)) });
  return attributed;
}

async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
