// Files and folders that are there whole or not at all: made under a temporary name, flushed, renamed into place.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isNamedAlive, processName } from './processIdentity.js';

/** True for the error of a write for which there was no room. */
export const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');

/** True for the error of a write that the file system does not allow: it is mounted read-only, belongs to somebody else, or fails. */
export const isWriteRefused = (error: unknown): boolean =>
  ['EROFS', 'EACCES', 'EPERM', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? '');

/** Writes a file that must not exist yet and flushes it. */
export async function writeNewFile(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes a directory's list of names, so that a rename in it survives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open directories; its renames are journalled.
  if (process.platform !== 'win32') await sync(path, 'r');
}

async function sync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Flushes all that is in `directory`, and its list of names. */
async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    // Opened for reading, as a copy of a write-protected file must be; Windows flushes only what may be written.
    else if (entry.isFile()) await sync(path, process.platform === 'win32' ? 'r+' : 'r');
  }
  await syncDirectory(directory);
}

/** Makes `path` and its missing parents, durably. */
export async function makeDirectory(path: string): Promise<void> {
  const whole = resolve(path);
  const first = await mkdir(whole, { recursive: true });
  if (first === undefined) return;
  for (let made = whole; made.length >= first.length; made = dirname(made)) await syncDirectory(dirname(made));
}

const unfinished = '.unfinished-';
/**
 * Leftovers of a process whose state cannot be known (of another machine, container or boot, or without /proc) go after
 * this long.
 */
const abandonedAfterMs = 24 * 3_600_000;
const namePattern = /^\.unfinished-(.+)\.[0-9a-f-]{36}$/;

/** A path in `directory` that nothing else has; it tells removeUnfinished which process made it. */
export const unfinishedPath = (directory: string): string =>
  join(directory, `${unfinished}${processName}.${randomUUID()}`);

/** Gives `work` a path in `directory` that nothing else has; what is left there when `work` ends is removed. */
export async function withUnfinished<T>(directory: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = unfinishedPath(directory);
  try {
    return await work(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

/**
 * Removes from `directory`, not from the folders in it, what ended processes left unfinished; gives the number. To be
 * called at start. A directory that is not there has none.
 */
export async function removeUnfinished(directory: string, nowMs = Date.now()): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  let removed = 0;
  for (const name of names.filter((candidate) => candidate.startsWith(unfinished))) {
    const path = join(directory, name);
    if (!(await isAbandoned(path, name, nowMs))) continue;
    await rm(path, { recursive: true, force: true });
    removed += 1;
  }
  return removed;
}

async function isAbandoned(path: string, name: string, nowMs: number): Promise<boolean> {
  const [, owner = ''] = namePattern.exec(name) ?? [];
  if (isNamedAlive(owner) === false) return true;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
  return nowMs - mtimeMs > abandonedAfterMs;
}

export interface WholeFileOptions {
  /** Where the file is written before it moves to its path, on the same file system. Absent: beside it. */
  readonly unfinishedIn?: string;
  /**
   * false for what can be made again and is checked when read: it survives the death of the process whole, but perhaps
   * not a power cut. Absent: true.
   */
  readonly flush?: boolean;
}

/** Puts `bytes` at `path`, replacing what is there; a reader sees the old file or the new one, never a part. */
export function replaceFile(path: string, bytes: Uint8Array | string, options: WholeFileOptions = {}): Promise<void> {
  const write = options.flush === false ? writeFile : writeNewFile;
  return putFile(path, (temporary) => write(temporary, bytes), options);
}

/** As replaceFile, for a file that `build` writes itself, to the path that it is given. */
export function buildFile(path: string, build: (temporary: string) => Promise<void>): Promise<void> {
  return putFile(path, async (temporary) => {
    await build(temporary);
    await sync(temporary, 'r+');
  });
}

async function putFile(
  path: string,
  write: (temporary: string) => Promise<void>,
  { unfinishedIn = dirname(path), flush = true }: WholeFileOptions = {},
): Promise<void> {
  await withUnfinished(unfinishedIn, async (temporary) => {
    await write(temporary);
    await rename(temporary, path);
  });
  if (flush) await syncDirectory(dirname(path));
}

/**
 * Moves a finished directory to `target`, durably: whoever wrote or copied what is in it need not have flushed it. Gives
 * false, and moves nothing, when a directory that is not empty stands there.
 */
export async function moveDirectory(from: string, target: string): Promise<boolean> {
  await syncTree(from);
  try {
    await rename(from, target);
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  await syncDirectory(dirname(target));
  return true;
}
