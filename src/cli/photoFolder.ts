// A folder of photos on this machine, read as an archive of the same layout would be.
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readPath } from '../data/datasets/archivePaths.js';
import type { Split } from '../data/datasets/schemas.js';

export interface FolderPhoto {
  /** Relative to the folder, with forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly label: string;
  readonly split: Split | undefined;
}

/** The photos of `folder`, by class folders or by train, validation and test folders with class folders in them; sorted by name. */
export async function listPhotos(folder: string): Promise<FolderPhoto[]> {
  const photos: FolderPhoto[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(/[/\\]/).join('/');
    const meaning = readPath(name);
    if (meaning.kind !== 'photo' || !(await isFile(path))) continue;
    photos.push({ name, path, label: meaning.label, split: meaning.split });
  }
  return photos.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A link to a file counts: datasets are often made of them. */
const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );

/** Photos that one upload can carry: of one class and one split, at most `maxCount`. */
export function batchPhotos(photos: readonly FolderPhoto[], maxCount: number): FolderPhoto[][] {
  const open = new Map<string, FolderPhoto[]>();
  const batches: FolderPhoto[][] = [];
  for (const photo of photos) {
    const key = `${photo.split ?? ''}/${photo.label}`;
    let batch = open.get(key);
    if (!batch || batch.length >= maxCount) {
      batch = [];
      open.set(key, batch);
      batches.push(batch);
    }
    batch.push(photo);
  }
  return batches;
}
