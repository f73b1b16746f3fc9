// The images that a command line names: files, folders, patterns, and - for standard input.
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { openAsBlob } from 'node:fs';
import { glob, isDynamicPattern } from 'tinyglobby';
import { imageName } from '../data/datasets/archivePaths.js';
import { UsageError } from './exit.js';

export interface NamedImage {
  /** As a person would write it, with forward slashes. */
  readonly name: string;
  readonly size: number;
  readonly open: () => Promise<Blob>;
}

/** In the order of `args`; those of a folder or a pattern by name. Throws UsageError for what names no image. */
export async function findImages(args: readonly string[]): Promise<NamedImage[]> {
  const found: NamedImage[] = [];
  for (const arg of args) found.push(...(await findOf(arg)));
  return found;
}

async function findOf(arg: string): Promise<NamedImage[]> {
  if (arg === '-') return [await readInput()];
  const stats = await stat(arg).catch(() => undefined);
  if (stats?.isFile()) return [imageFile(arg, stats.size)];
  if (stats?.isDirectory()) return some(arg, await imagesBelow(arg));
  // The shell leaves a pattern in quotes, and one that matches nothing; on Windows, every one.
  if (isDynamicPattern(arg)) return some(arg, await glob(arg, { expandDirectories: false, absolute: isAbsolute(arg) }));
  throw new UsageError(`There is no file ${arg}.`);
}

async function some(arg: string, paths: readonly string[]): Promise<NamedImage[]> {
  if (paths.length === 0) throw new UsageError(`There are no images in ${arg}.`);
  return Promise.all([...paths].sort().map(async (path) => imageFile(path, (await stat(path)).size)));
}

async function imagesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory() && imageName.test(entry.name))
    .map((entry) => join(folder, relative(folder, entry.parentPath), entry.name));
}

export const imageFile = (path: string, size: number, name = path.split(sep).join('/')): NamedImage => ({
  name,
  size,
  open: () => openAsBlob(path),
});

async function readInput(): Promise<NamedImage> {
  const bytes = await buffer(process.stdin);
  return { name: '-', size: bytes.length, open: async () => new Blob([new Uint8Array(bytes)]) };
}
