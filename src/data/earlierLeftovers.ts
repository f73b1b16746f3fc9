// What release 0.1 left unfinished under DATA_DIR when it was killed, an upload of gigabytes among it. Those files have names of their
// own, which nothing makes any more.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const folders = ['uploads', join('images', 'temporary'), join('thumbnails', 'temporary')];
/** Host, process, its start, a UUID. */
const namePattern = /^.+\.\d+\.\d+\.[0-9a-f-]{36}$/;
/** Younger ones may be in work: processes of 0.1 that share the directory go on until they are replaced. */
const abandonedAfterMs = 24 * 3_600_000;

/** Gives their number. */
export async function removeEarlierLeftovers(dataDir: string, nowMs = Date.now()): Promise<number> {
  let removed = 0;
  for (const folder of folders)
    for (const name of await readdir(join(dataDir, folder)).catch(() => [])) {
      const path = join(dataDir, folder, name);
      if (name.startsWith('.') || !namePattern.test(name)) continue;
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (nowMs - mtimeMs <= abandonedAfterMs) continue;
      await rm(path, { recursive: true, force: true });
      removed += 1;
    }
  return removed;
}
