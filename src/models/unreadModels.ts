// Classifiers where release 0.1 had them: its models directory was `models` of the working directory.
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { directoriesOf, type ModelsDirs } from './modelsDirs.js';
import { versionNumbersOf } from './versions.js';

/** Names of the classifiers in `directory`, sorted; none when `dirs` or `packaged`, the directory that comes with Taxon, is that one. */
export async function listUnread(directory: string, dirs: ModelsDirs, packaged: string): Promise<string[]> {
  const known = [...directoriesOf(dirs), packaged].map((path) => resolve(path));
  if (known.includes(resolve(directory))) return [];
  const entries = await readdir(directory).catch(() => []);
  const names: string[] = [];
  for (const name of entries.sort())
    if (!name.startsWith('.') && (await hasVersions(directory, name))) names.push(name);
  return names;
}

const hasVersions = async (directory: string, name: string): Promise<boolean> =>
  (await versionNumbersOf(directory, name).catch(() => [])).length > 0;
