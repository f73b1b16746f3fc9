// Kept backbones that no version names any more: found from their manifests, marked when first seen, removed a day later.
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unfinishedPath } from '../durableFiles.js';
import { backbonesFolder, unusedMarker } from './backbones.js';
import type { ModelsDirs } from './modelsDirs.js';
import { listManifests } from './versions.js';

/** An import or a training that has its backbone and has not published its version yet may take this long. */
const graceMs = 24 * 3_600_000;

export interface UnusedBackbonesOptions {
  /** Ids that are needed for a reason other than a version, such as a running training. */
  readonly inUse: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly nowMs?: number;
}

/**
 * Removes from `dirs.own` what has been unused for a day and marks what is found unused now; gives the ids of the removed.
 * Does nothing while there is a version whose manifest cannot be read: it may name any of them.
 * Other processes may publish meanwhile: whoever needs a kept backbone removes the mark first (see backbones.ts).
 */
export async function removeUnusedBackbones(
  dirs: ModelsDirs,
  { inUse, nowMs = Date.now() }: UnusedBackbonesOptions,
): Promise<string[]> {
  const { manifests, unreadable } = await listManifests(dirs);
  if (unreadable.length > 0) return [];
  const named = new Set(manifests.map(({ backbone }) => backbone.id));
  if (dirs.shared) return dirs.shared.removeUnused(named, inUse);
  const removed: string[] = [];
  const modelsDir = dirs.own;
  for (const id of await keptIds(modelsDir)) {
    const directory = join(modelsDir, backbonesFolder, id);
    if (named.has(id) || inUse.has(id)) await rm(join(directory, unusedMarker), { force: true });
    else if (await isUnusedSince(directory, nowMs - graceMs)) {
      if (await removeMarked(modelsDir, directory)) removed.push(id);
    }
  }
  return removed;
}

const keptIds = async (modelsDir: string): Promise<string[]> => {
  const names = await readdir(join(modelsDir, backbonesFolder)).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
};

/** Whether the mark is older than `momentMs`; makes it where it is missing. */
async function isUnusedSince(directory: string, momentMs: number): Promise<boolean> {
  const marker = join(directory, unusedMarker);
  const marked = await stat(marker).catch(() => undefined);
  if (marked === undefined) await writeFile(marker, '');
  return marked !== undefined && marked.mtimeMs < momentMs;
}

/** Moved aside first, then checked again: a mark that is gone by then says that somebody needs it now. */
async function removeMarked(modelsDir: string, directory: string): Promise<boolean> {
  const trash = unfinishedPath(modelsDir);
  await rename(directory, trash);
  const isMarked = await stat(join(trash, unusedMarker)).then(
    () => true,
    () => false,
  );
  // A process that did not find it may have put another in its place.
  if (
    !isMarked &&
    (await rename(trash, directory).then(
      () => true,
      () => false,
    ))
  )
    return false;
  await rm(trash, { recursive: true, force: true });
  return isMarked;
}
