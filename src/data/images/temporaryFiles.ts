// Temporary files whose names tell their owner, so that the next start removes what a killed process left and nothing else.
import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from './atomicFile.js';

/** A file of a process on another host, or of one whose number was given anew, is left over after this long. */
const abandonedAfterMs = 24 * 3_600_000;
const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');
const started = Math.round(performance.timeOrigin);
const namePattern = /^(.+)\.(\d+)\.(\d+)\.[0-9a-f-]{36}$/;

export class TemporaryFiles {
  constructor(readonly directory: string) {}

  /** A name that no other file has. */
  newName(): string {
    return `${host}.${process.pid}.${started}.${randomUUID()}`;
  }

  newPath(): string {
    return join(this.directory, this.newName());
  }

  /** Makes the directory, and removes the files whose process is gone; gives their number. Call once, at start-up. */
  async sweep(): Promise<number> {
    await makeDirectory(this.directory);
    let removed = 0;
    for (const name of await readdir(this.directory)) {
      if (!(await this.#isAbandoned(name))) continue;
      await rm(join(this.directory, name), { recursive: true, force: true });
      removed += 1;
    }
    return removed;
  }

  async #isAbandoned(name: string): Promise<boolean> {
    const [, owner, pid, processStarted] = namePattern.exec(name) ?? [];
    if (owner === host) return !isAlive(Number(pid), Number(processStarted));
    const { mtimeMs } = await stat(join(this.directory, name)).catch(() => ({ mtimeMs: Infinity }));
    return Date.now() - mtimeMs > abandonedAfterMs;
  }
}

function isAlive(pid: number, processStarted: number): boolean {
  if (pid === process.pid) return processStarted === started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
