// A folder of images on this machine, in the same layout as in an archive.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readListedPath, readPath, type PathMeaning } from '../data/datasets/archivePaths.js';
import { findListed, labelListName, readLabelList } from '../data/datasets/labelList.js';
import type { Attribution } from '../data/datasets/attribution.js';
import type { Split, Task } from '../data/datasets/schemas.js';

export interface FolderImage {
  /** Relative to the folder, with forward slashes. */
  readonly name: string;
  readonly path: string;
  /** Of a multi-label folder all its labels (see labelText.ts). */
  readonly label: string;
  readonly split: Split | undefined;
  /** Who made it, where that is known. */
  readonly attribution?: Attribution | undefined;
}

/**
 * The images of `folder`, by class folders or by train, validation and test folders with class folders in them; sorted by name. Of a
 * multi-label one by its labels.csv, where it has one. Throws AppError invalid_archive for a list that cannot be read.
 */
export async function listImages(folder: string, task: Task = 'single-label'): Promise<FolderImage[]> {
  const meaningOf = task === 'multi-label' ? await listedMeaning(folder) : readPath;
  const images: FolderImage[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(/[/\\]/).join('/');
    const meaning = meaningOf(name);
    if (meaning.kind !== 'image' || !(await isFile(path))) continue;
    images.push({ name, path, label: meaning.label, split: meaning.split });
  }
  return images.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** By the folder's list of labels, of images that it names; by class folders where there is none. */
async function listedMeaning(folder: string): Promise<(path: string) => PathMeaning> {
  const bytes = await readFile(join(folder, labelListName)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined) return readPath;
  const list = readLabelList(bytes);
  return (path) => readListedPath(path, (name) => findListed(list, name));
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
