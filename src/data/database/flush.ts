// Flushes what is there already, synchronously: for the thread of the embedded database.
import { closeSync, fstatSync, fsyncSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

function sync(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Flushes a directory's list of names; does nothing when the directory is gone. */
export function syncDirectorySync(path: string): void {
  // Windows cannot open directories; its renames are journalled.
  if (process.platform === 'win32') return;
  try {
    sync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/**
 * Flushes all that is under `directory`, unless that was done before: it leaves a file there with that file's own inode number, which a
 * copy of the directory or a restored backup does not have. A thousand flushes take seconds on some disks.
 */
export function syncTreeOnceSync(directory: string): void {
  const marker = join(directory, 'taxon-flushed');
  if (isMarker(marker)) return;
  syncTreeSync(directory);
  const descriptor = openSync(marker, 'w');
  try {
    const content = Buffer.from(String(fstatSync(descriptor, { bigint: true }).ino));
    writeSync(descriptor, content, 0, content.length, 0);
  } finally {
    closeSync(descriptor);
  }
}

function isMarker(path: string): boolean {
  try {
    return readFileSync(path, 'utf8') === String(statSync(path, { bigint: true }).ino);
  } catch {
    return false;
  }
}

function syncTreeSync(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) syncTreeSync(path);
    else if (entry.isFile()) sync(path, 'r+');
  }
  syncDirectorySync(directory);
}
