// A folder of images on this machine, in the same layout as in an archive.
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readPath } from '../data/datasets/archivePaths.js';
import type { Attribution } from '../data/datasets/attribution.js';
import type { Split } from '../data/datasets/schemas.js';

export interface FolderImage {
  /** Relative to the folder, with forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly label: string;
  readonly split: Split | undefined;
  /** Who made it, where that is known. */
  readonly attribution?: Attribution | undefined;
}

/** The images of `folder`, by class folders or by train, validation and test folders with class folders in them; sorted by name. */
export async function listImages(folder: string): Promise<FolderImage[]> {
  const images: FolderImage[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(/[/\\]/).join('/');
    const meaning = readPath(name);
    if (meaning.kind !== 'image' || !(await isFile(path))) continue;
    images.push({ name, path, label: meaning.label, split: meaning.split });
  }
  return images.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A link to a file counts: datasets are often made of them. */
const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );

/** Groups of images that one upload can carry: of one class and one split, at most `maxCount`. */
export function batchImages(images: readonly FolderImage[], maxCount: number): FolderImage[][] {
  const open = new Map<string, FolderImage[]>();
  const batches: FolderImage[][] = [];
  for (const image of images) {
    const key = `${image.split ?? ''}/${image.label}`;
    let batch = open.get(key);
    if (!batch || batch.length >= maxCount) {
      batch = [];
      open.set(key, batch);
      batches.push(batch);
    }
    batch.push(image);
  }
  return batches;
}
