// The client on Node.js: images and folders by their paths.
import { openAsBlob } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { TaxonClient, type ImageBytes, type Platform, type TaxonOptions } from './client.js';
import type { FolderFile } from './folders.js';
import { openBytes } from './images.js';

export * from './exports.js';

/** Classifies, uploads and trains on a Taxon server. Images are paths or bytes, folders are paths. */
export class Taxon extends TaxonClient<string | ImageBytes, string> {
  /** `url`: where the server is; default http://localhost:3000. */
  constructor(url = 'http://localhost:3000', options: TaxonOptions = {}) {
    super(platform, url, options);
  }
}

const platform: Platform<string | ImageBytes, string> = {
  open: async (image) =>
    typeof image === 'string' ? { blob: await openFile(image), name: basename(image) } : openBytes(image),
  filesOf,
  nameOf: (folder) => basename(resolve(folder)),
  shrink,
};

/** Its content is read when it is sent. Throws the file system's error. */
async function openFile(path: string): Promise<Blob> {
  await stat(path);
  return openAsBlob(path);
}

async function* filesOf(folder: string): AsyncGenerator<FolderFile> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    yield { path: relative(folder, path).replaceAll(sep, '/'), open: () => openFile(path) };
  }
}

async function shrink(image: Blob, shortSide: number): Promise<Blob> {
  const { default: sharp } = await import('sharp');
  const input = sharp(await image.arrayBuffer());
  const size = await input.metadata().catch(() => undefined);
  if (size === undefined || Math.min(size.width, size.height) <= shortSide) return image;
  const side = { width: shortSide, height: shortSide, fit: 'outside' as const };
  const jpeg = await input.autoOrient().resize(side).flatten({ background: 'white' }).jpeg({ quality: 90 }).toBuffer();
  return new Blob([new Uint8Array(jpeg)], { type: 'image/jpeg' });
}
