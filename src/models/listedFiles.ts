// The `files` table of a manifest: made when a directory is written, checked when it is read.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidModel } from '../formats/invalidModel.js';
import { modelFileName, readLayersIndex, type WrittenFiles } from '../formats/tensorflow/layersFiles.js';
import { fileHashes } from './fileHashes.js';
import type { Manifest } from './manifest.js';

export type ListedFiles = Manifest['files'];

/** Sizes and hashes of model.json and every shard that it names; of a file in `written` as its writer gave them. */
export async function listModelFiles(directory: string, written: WrittenFiles = {}): Promise<ListedFiles> {
  const { groups } = await readLayersIndex(directory);
  const names = [modelFileName, ...groups.flatMap(({ paths }) => paths)];
  for (const name of names)
    if (written[name] !== undefined) await fileHashes.remember(join(directory, name), written[name].sha256);
  return listFiles(directory, names);
}

/** Sizes and hashes of the files called `names`. */
export async function listFiles(directory: string, names: readonly string[]): Promise<ListedFiles> {
  const entries = names.map(async (name) => [name, await fileHashes.of(join(directory, name))] as const);
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
    if ((await fileHashes.of(path)).sha256 !== sha256)
      throw invalidModel(`${path} is damaged: its SHA-256 is not the one in the manifest`);
  }
}
