// The server of a data directory, as the commands of the same user on the same machine find it: a file that names its address and a
// key, which only the owner may read. Whoever can read it could open the database beside it as well.
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isAlive, processIdentitySchema, thisProcess } from './processIdentity.js';

export interface LocalServer {
  /** http://host:port, to be reached from this machine. */
  readonly url: string;
  /** With the scope admin, for as long as the server runs. */
  readonly key: string;
}

const recordSchema = processIdentitySchema.extend({ url: z.url(), key: z.string() });
type Record = z.infer<typeof recordSchema>;

const recordOf = (dataDir: string): string => join(dataDir, 'server.json');
const probeTimeoutMs = 3_000;

/** Writes the file of this process's server and gives what removes it, unless another server has replaced it by then. */
export async function announceServer(dataDir: string, { url, key }: LocalServer): Promise<() => Promise<void>> {
  const path = recordOf(dataDir);
  const record: Record = { ...thisProcess, url, key };
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, JSON.stringify(record), { mode: 0o600, flag: 'wx' });
  // The umask may have taken the owner's rights.
  await chmod(temporary, 0o600);
  await rename(temporary, path);
  return async () => {
    if ((await readRecord(path))?.key === key) await rm(path, { force: true });
  };
}

/** The server that runs on `dataDir`; undefined when none does, or it runs in another container or on another machine. */
export async function findServer(dataDir: string): Promise<LocalServer | undefined> {
  const record = await readRecord(recordOf(dataDir));
  if (record === undefined || record.place !== thisProcess.place) return undefined;
  if (isAlive(record) === false || !(await answers(record.url))) return undefined;
  return { url: record.url, key: record.key };
}

async function readRecord(path: string): Promise<Record | undefined> {
  try {
    return recordSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    // No server has run here, or one of another user does.
    return undefined;
  }
}

/** Where there is no /proc, this alone tells a server from what a dead one has left. */
const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/health/live`, { signal: AbortSignal.timeout(probeTimeoutMs) }).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );
