// Keeps a second process out of the embedded database, which would damage it: a file that names its owner and is touched while the
// owner lives.
import { createHash, randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../errors.js';
import { isAlive, processIdentitySchema, thisProcess } from '../../processIdentity.js';

/** `inode` distinguishes the file that the owner made from a copy of it: a backup, or a copy of the whole directory. */
const ownerSchema = processIdentitySchema.extend({ token: z.string(), inode: z.string() });
type Owner = z.infer<typeof ownerSchema>;

const touchEveryMs = 2_000;
const pauseMs = 250;
/** An owner that cannot be asked (in another container, on another host) is dead when its file was not touched for this many pauses. */
const silentPauses = 32;
/** How long a living owner elsewhere may take to leave, in pauses: a replaced container is often still shutting down. */
const patiencePauses = 40;
/** A file this old is not watched first: the clocks of hosts that share a volume do not differ that much. */
const certainlySilentMs = 60_000;

export interface LockOptions {
  /** Called once if another process takes the lock over: this one was thought dead, and must not write any more. */
  readonly onLost?: () => void;
  /** Waits between two checks of another process's lock; tests check without waiting. */
  readonly pause?: () => Promise<unknown>;
}

/** A lock file as it was found. */
interface Found {
  readonly content: string;
  readonly mtimeMs: number;
  readonly inode: string;
}

/** The lock file that is ours. It stays open: touching it never touches a file that another process put in its place. */
interface Claim {
  readonly content: string;
  readonly file: FileHandle;
}

export class DirectoryLock {
  readonly #path: string;
  readonly #claim: Claim;
  readonly #timer: NodeJS.Timeout;
  readonly #onLost: () => void;
  #released = false;

  private constructor(path: string, claim: Claim, onLost: () => void) {
    this.#path = path;
    this.#claim = claim;
    this.#onLost = onLost;
    this.#timer = setInterval(() => void this.#touch(), touchEveryMs).unref();
  }

  /** Throws AppError `conflict` when a living process holds `path`. Waits at most some ten seconds for a silent owner elsewhere. */
  static async acquire(
    path: string,
    { onLost = () => undefined, pause = defaultPause }: LockOptions = {},
  ): Promise<DirectoryLock> {
    const claim = await take(path, pause);
    if (claim === undefined) throw held(path);
    return new DirectoryLock(path, claim, onLost);
  }

  /** Leaves the file alone if it belongs to another process by now. */
  async release(): Promise<void> {
    this.#released = true;
    clearInterval(this.#timer);
    await removeOwn(this.#path, this.#claim);
  }

  async #touch(): Promise<void> {
    const now = new Date();
    // A disk that accepts no writes is no reason to give up the database.
    await this.#claim.file.utimes(now, now).catch(() => undefined);
    const found = await look(this.#path).catch(() => undefined);
    if (this.#released || found === undefined || found.content === this.#claim.content) return;
    clearInterval(this.#timer);
    this.#onLost();
  }
}

const defaultPause = (): Promise<unknown> => delay(pauseMs);

/** Makes the file, or replaces that of a dead owner; undefined when a living process holds it. */
async function take(path: string, pause: () => Promise<unknown>): Promise<Claim | undefined> {
  let seen = '';
  let quiet = 0;
  for (let left = patiencePauses; ; left--) {
    const claim = await create(path);
    if (claim !== undefined) return claim;
    const found = await look(path);
    if (found === undefined) continue;
    const sign = `${found.content} ${found.mtimeMs}`;
    quiet = sign === seen ? quiet + 1 : 0;
    seen = sign;
    const state = stateOf(found);
    if (state === 'dead' || quiet >= silentPauses) {
      const taken = await takeOver(path, found.content, pause);
      if (taken !== undefined) return taken;
    } else if (state === 'alive' || left <= 0) return undefined;
    await pause();
  }
}

/**
 * Replaces a dead owner's file by ours. Checking that it is still that owner's and replacing it are one step to every
 * other process: whoever replaces or removes a file with `content` holds the guard of that content.
 */
async function takeOver(path: string, content: string, pause: () => Promise<unknown>): Promise<Claim | undefined> {
  return guarded(path, content, pause, async () => {
    const temporary = `${path}.${randomUUID()}`;
    const claim = (await create(temporary))!;
    await rename(temporary, path);
    return claim;
  });
}

async function removeOwn(path: string, { content, file }: Claim): Promise<void> {
  await file.close();
  await guarded(path, content, defaultPause, () => rm(path, { force: true }));
}

/** Runs `change` if no other process is changing the file with `content`, and the file is still there. */
async function guarded<T>(
  path: string,
  content: string,
  pause: () => Promise<unknown>,
  change: () => Promise<T>,
): Promise<T | undefined> {
  const isStill = async (): Promise<boolean> => (await look(path))?.content === content;
  if (!(await isStill())) return undefined;
  const guardPath = `${path}.${createHash('sha256').update(content).digest('hex').slice(0, 32)}`;
  const guard = await take(guardPath, pause);
  if (guard === undefined) return undefined;
  try {
    return (await isStill()) ? await change() : undefined;
  } finally {
    await guard.file.close();
    await rm(guardPath, { force: true });
  }
}

async function create(path: string): Promise<Claim | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  const { ino } = await file.stat({ bigint: true });
  const owner: Owner = { ...thisProcess, token: randomUUID(), inode: String(ino) };
  const content = JSON.stringify(owner);
  await file.writeFile(content);
  return { content, file };
}

/** Undefined when the file is gone. */
async function look(path: string): Promise<Found | undefined> {
  try {
    const content = await readFile(path, 'utf8');
    const { mtimeMs, ino } = await stat(path, { bigint: true });
    return { content, mtimeMs: Number(mtimeMs), inode: String(ino) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether a living process holds the lock, as far as can be told without waiting; changes nothing. */
export async function isLocked(path: string): Promise<boolean> {
  const found = await look(path);
  return found !== undefined && stateOf(found) !== 'dead';
}

/** Silent: the owner cannot be asked, so only time will tell. */
function stateOf({ content, mtimeMs, inode }: Found): 'alive' | 'dead' | 'silent' {
  const owner = parseOwner(content);
  const alive = owner && isAlive(owner);
  if (alive === false) return 'dead';
  // A living process does not vouch for a copy of its file.
  if (alive && owner.inode === inode) return 'alive';
  return Date.now() - mtimeMs > certainlySilentMs ? 'dead' : 'silent';
}

/** Undefined when the owner died before it was written, or an earlier release wrote it. */
function parseOwner(content: string): Owner | undefined {
  try {
    return ownerSchema.parse(JSON.parse(content));
  } catch {
    return undefined;
  }
}

function held(path: string): AppError {
  return new AppError(
    'conflict',
    `Another process has the embedded database open (${path}). Stop it, talk to it over HTTP, or set DATABASE_URL to share a PostgreSQL server.`,
  );
}
