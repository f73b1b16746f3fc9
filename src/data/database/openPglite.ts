// PGlite on a directory, set up so that what it acknowledges survives a power cut; by itself it is made to be fast and never
// flushes.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PGlite, type Extensions } from '@electric-sql/pglite';
import { DurableFilesystem } from './durableFilesystem.js';
import { syncDirectorySync, syncTreeOnceSync } from './flush.js';

/** `-F`, one of PGlite's own parameters, turns fsync off. */
const startParams = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  // The system caches its files: PostgreSQL's 128 MB of buffers would hold the same pages again.
  ...['fsync=on', 'full_page_writes=on', 'synchronous_commit=on', 'shared_buffers=8MB']
    // Emscripten answers fdatasync, the default, without doing anything.
    .concat('wal_sync_method=fsync')
    .flatMap((setting) => ['-c', setting]),
];

export interface OpenPgliteOptions {
  readonly pgliteWasmModule: WebAssembly.Module;
  readonly extensions?: Extensions;
  /**
   * Called with the reason when PostgreSQL cannot go on, for instance because a flush failed. It must end the thread:
   * PGlite would otherwise keep running in a state that PostgreSQL has abandoned.
   */
  readonly onPanic: (message: string) => void;
}

/**
 * Makes an empty database in `directory`: complete and flushed, or not at all. Anything that is there already is moved
 * to `directory`.incomplete: earlier releases left an incomplete database when they were stopped during their first
 * start.
 */
export async function createPglite(directory: string, options: OpenPgliteOptions): Promise<void> {
  const unfinished = `${directory}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  const pglite = await start(unfinished, options);
  await pglite.close();
  syncTreeOnceSync(unfinished);
  if (existsSync(directory)) {
    rmSync(`${directory}.incomplete`, { recursive: true, force: true });
    renameSync(directory, `${directory}.incomplete`);
  }
  renameSync(unfinished, directory);
  syncDirectorySync(dirname(directory));
}

/** Opens the database in `directory`, which must be there. The caller makes sure that nobody else has it open. */
export async function openPglite(directory: string, options: OpenPgliteOptions): Promise<PGlite> {
  // PostgreSQL's own lock: always a dead process's, and if the power failed while it was written, PostgreSQL refuses to start.
  rmSync(join(directory, 'postmaster.pid'), { force: true });
  // A copy, a restored backup, or the directory of an earlier release may not have been flushed yet.
  syncTreeOnceSync(directory);
  return start(directory, options);
}

function start(directory: string, { pgliteWasmModule, extensions = {}, onPanic }: OpenPgliteOptions): Promise<PGlite> {
  return PGlite.create({
    fs: new DurableFilesystem(directory),
    pgliteWasmModule,
    extensions,
    startParams,
    onStderr: (line) => {
      if (panic.test(line)) onPanic(line);
      return true;
    },
  });
}

/** A log line of PostgreSQL: the time and the process, then how severe it is. */
const panic = /^[^"']*\bPANIC: /;
