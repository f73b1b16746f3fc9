// Keeps a second process out of the embedded database, which would damage it: a file with the owner's name, touched while it lives.
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../errors.js';

const ownerSchema = z.object({ host: z.string(), pid: z.int(), started: z.number() });
type Owner = z.infer<typeof ownerSchema>;

const touchEveryMs = 2_000;
/** An owner on another host (a container of another name on the same volume) counts as dead after this silence. */
const deadAfterMs = 8_000;

/** Tells this process from an earlier one with the same number: in a container every server is process 1. */
const self: Owner = { host: hostname(), pid: process.pid, started: Math.round(performance.timeOrigin) };

export class DirectoryLock {
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;

  private constructor(path: string) {
    this.#path = path;
    this.#timer = setInterval(() => void touch(path), touchEveryMs).unref();
  }

  /** Throws AppError `conflict` when a living process holds `path`. Waits at most some seconds for a silent owner elsewhere. */
  static async acquire(path: string): Promise<DirectoryLock> {
    const giveUpAt = Date.now() + deadAfterMs + touchEveryMs;
    while (!(await create(path))) {
      if (await isAbandoned(path)) await rm(path, { force: true });
      else if (Date.now() > giveUpAt || (await isHere(path))) throw held(path);
      else await delay(250);
    }
    return new DirectoryLock(path);
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await rm(this.#path, { force: true });
  }
}

async function create(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(JSON.stringify(self));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

async function isAbandoned(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  if (owner?.host === self.host) return !isAlive(owner);
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs > deadAfterMs;
}

async function isHere(path: string): Promise<boolean> {
  const owner = await readOwner(path);
  return owner?.host === self.host && isAlive(owner);
}

/** Undefined when the file is gone, or its owner died before it was written. */
async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAlive(owner: Owner): boolean {
  if (owner.pid === self.pid) return owner.started === self.started;
  try {
    process.kill(owner.pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function held(path: string): AppError {
  return new AppError(
    'conflict',
    `Another process has the embedded database open (${path}). Stop it, talk to it over HTTP, or set DATABASE_URL to share a PostgreSQL server.`,
  );
}
