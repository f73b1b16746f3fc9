// The `files` table of a manifest: made when a directory is written, checked when it is read.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { invalidModel } from '../formats/invalidModel.js';
import { modelFileName, readLayersIndex } from '../formats/tensorflow/layersFiles.js';
import type { Manifest } from './manifest.js';

export type ListedFiles = Manifest['files'];

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Sizes and hashes of model.json and every shard that it names. */
export async function listModelFiles(directory: string): Promise<ListedFiles> {
  const { groups } = await readLayersIndex(directory);
  return listFiles(directory, [modelFileName, ...groups.flatMap(({ paths }) => paths)]);
}

/** Sizes and hashes of the files called `names`. */
export async function listFiles(directory: string, names: readonly string[]): Promise<ListedFiles> {
  const entries = names.map(async (name) => {
    const path = join(directory, name);
    return [name, { sha256: await hashFile(path), bytes: (await stat(path)).size }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Throws AppError invalid_model naming the first file that is missing or differs from the table, which must have `mainFile`. */
export async function checkListedFiles(
  directory: string,
  files: ListedFiles,
  mainFile: string = modelFileName,
): Promise<void> {
  if (!(mainFile in files)) throw invalidModel(`${directory}: its manifest does not list ${mainFile}`);
  for (const [name, { sha256, bytes }] of Object.entries(files)) {
    const path = join(directory, name);
    const found = await stat(path).catch((cause: unknown) => {
      throw invalidModel(`${path} is listed in the manifest but missing`, cause);
    });
    if (found.size !== bytes) throw invalidModel(`${path} has ${found.size} bytes; the manifest says ${bytes}`);
    if ((await hashFile(path)) !== sha256)
      throw invalidModel(`${path} is damaged: its SHA-256 is not the one in the manifest`);
  }
}
