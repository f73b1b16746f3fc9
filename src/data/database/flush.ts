// Flushing what is there already, without an event loop: for the thread of the embedded database.
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

function sync(path: string, flags: 'r' | 'r+'): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Flushes a directory's list of names. One that is gone has none. */
export function syncDirectorySync(path: string): void {
  // Windows cannot open directories; its renames are journalled.
  if (process.platform === 'win32') return;
  try {
    sync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Flushes every file and directory under `directory`, and itself. Costs next to nothing where nothing waits to be written. */
export function syncTreeSync(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) syncTreeSync(path);
    else if (entry.isFile()) sync(path, 'r+');
  }
  syncDirectorySync(directory);
}
