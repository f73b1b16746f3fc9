// What of the cache of compiled graphs is in use, and by which processes, and the removal of what nobody has used for long. Several servers,
// of several releases, may share the folder.
import { mkdir, readdir, rename, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unfinishedPath } from '../durableFiles.js';
import { isNamedAlive, processName } from '../processIdentity.js';

/** In the cache: a folder for each file or folder of it, in which every process that uses that has a file of its own. */
const usesFolder = 'uses';

/** What Taxon puts there begins with the id of its backbone; the folder may be shared with other programs. */
const ownName = /^[0-9a-f]{64}\./;

const hourMs = 3_600_000;
/** So often a process says that it still uses what it loaded. */
const saidAgainAfterMs = 12 * hourMs;
/** A process of which nothing can be told from here is taken for dead when it has said nothing for this long. */
const silentAfterMs = 48 * hourMs;

const said = new Set<string>();

/**
 * Says that this process uses `name` in `cacheDir`, a file or folder that need not be there yet, until it ends. To be called before one
 * looks whether it is there. Where the folder cannot be written, nothing is said.
 */
export async function markUsed(cacheDir: string, name: string): Promise<void> {
  const folder = join(cacheDir, usesFolder, name);
  const path = join(folder, processName);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(path, '');
  } catch {
    return;
  }
  if (said.has(path)) return;
  said.add(path);
  const sayAgain = (): Promise<void> => utimes(path, new Date(), new Date()).catch(() => undefined);
  setInterval(() => void sayAgain(), saidAgainAfterMs).unref();
}

export interface KeptUnused {
  /** What was used in this time stays. Default: 30 days. */
  readonly ms?: number;
  /** And no more than this of it, what was used last. Default: 2 GiB. */
  readonly bytes?: number;
  /** Milliseconds since the epoch. Default: now. */
  readonly nowMs?: number;
}

interface Entry {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly lastUsedMs: number;
}

/**
 * Removes from `cacheDir` what no living process uses, except for what `kept` says; gives the names. What cannot be read or removed
 * stays: it is not worth a failure.
 */
export async function removeUnused(
  cacheDir: string,
  { ms = 30 * 24 * hourMs, bytes = 2 * 2 ** 30, nowMs = Date.now() }: KeptUnused = {},
): Promise<string[]> {
  const unused: Entry[] = [];
  for (const name of await namesIn(cacheDir)) {
    const entry = ownName.test(name) && (await readUnused(cacheDir, name, nowMs));
    if (entry) unused.push(entry);
  }
  let held = 0;
  const removed: string[] = [];
  for (const { name, bytes: size, lastUsedMs } of unused.sort((a, b) => b.lastUsedMs - a.lastUsedMs)) {
    held += size;
    if (nowMs - lastUsedMs <= ms && held <= bytes) continue;
    if (await removeEntry(cacheDir, name, nowMs).catch(() => false)) removed.push(name);
  }
  return removed;
}

/** undefined: it is in use, or has just been removed by another. */
async function readUnused(cacheDir: string, name: string, nowMs: number): Promise<Entry | undefined> {
  const { isUsed, lastUsedMs } = await readUses(cacheDir, name, nowMs);
  if (isUsed) return undefined;
  const size = await measure(join(cacheDir, name));
  return size && { name, bytes: size.bytes, lastUsedMs: lastUsedMs ?? size.mtimeMs };
}

/** Of the dead processes that used it, only the last is remembered: for when that was. */
async function readUses(
  cacheDir: string,
  name: string,
  nowMs: number,
): Promise<{ readonly isUsed: boolean; readonly lastUsedMs: number | undefined }> {
  const folder = join(cacheDir, usesFolder, name);
  let isUsed = false;
  let last: { path: string; mtimeMs: number } | undefined;
  for (const user of await namesIn(folder)) {
    const path = join(folder, user);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: -Infinity }));
    if (isNamedAlive(user) ?? nowMs - mtimeMs < silentAfterMs) isUsed = true;
    else if (last !== undefined && last.mtimeMs >= mtimeMs) await rm(path, { force: true });
    else {
      if (last) await rm(last.path, { force: true });
      last = { path, mtimeMs };
    }
  }
  return { isUsed, lastUsedMs: last?.mtimeMs };
}

/** Moved aside first and put back when somebody has said meanwhile that he uses it. */
async function removeEntry(cacheDir: string, name: string, nowMs: number): Promise<boolean> {
  const path = join(cacheDir, name);
  const aside = unfinishedPath(cacheDir);
  await rename(path, aside);
  const { isUsed } = await readUses(cacheDir, name, nowMs);
  if (isUsed && (await measure(path)) === undefined) {
    await rename(aside, path);
    return false;
  }
  await rm(aside, { recursive: true, force: true });
  if (!isUsed) await forget(join(cacheDir, usesFolder, name));
  return true;
}

/** The folder stays when somebody writes into it meanwhile. */
async function forget(uses: string): Promise<void> {
  for (const user of await namesIn(uses)) if (isNamedAlive(user) !== true) await rm(join(uses, user), { force: true });
  await rmdir(uses).catch(() => undefined);
}

const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);

/** Of a file, or of a folder with all that lies in it; undefined when it is not there. */
async function measure(path: string): Promise<{ readonly bytes: number; readonly mtimeMs: number } | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!found.isDirectory()) return { bytes: found.size, mtimeMs: found.mtimeMs };
  let [bytes, mtimeMs] = [0, found.mtimeMs];
  for (const name of await namesIn(path)) {
    const inner = await measure(join(path, name));
    bytes += inner?.bytes ?? 0;
    mtimeMs = Math.max(mtimeMs, inner?.mtimeMs ?? 0);
  }
  return { bytes, mtimeMs };
}
