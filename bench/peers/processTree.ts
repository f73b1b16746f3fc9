// What a server takes from the machine with all the processes that it has started, as Linux' /proc tells.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second of /proc/<pid>/stat: USER_HZ, 100 on every Linux that Node.js runs on. */
const ticksPerSecond = 100;

export interface ProcessStat {
  readonly parent: number;
  /** CPU seconds of all its threads and of its children that have ended and were waited for. */
  readonly cpuSeconds: number;
}

/** From the text of /proc/<pid>/stat; the name in parentheses may hold spaces and parentheses. */
export function parseStat(text: string): ProcessStat {
  // After the name: state, parent, …; utime, stime, cutime, cstime are the 12th to 15th (proc(5) counts them 14 to 17).
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return { parent: fields[1]!, cpuSeconds: ticks / ticksPerSecond };
}

/** The proportional set size in MiB from the text of /proc/<pid>/smaps_rollup: shared pages are divided among those who share them. */
export function parsePss(text: string): number {
  const match = /^Pss:\s+(\d+) kB$/m.exec(text);
  if (match === null) throw new Error('smaps_rollup has no line Pss');
  return Number(match[1]) / 1024;
}

/** `root` and all its descendants. `parents`: parent by process id. */
export function descendantsOf(root: number, parents: ReadonlyMap<number, number>): number[] {
  const found = [root];
  for (let i = 0; i < found.length; i++) for (const [pid, parent] of parents) if (parent === found[i]) found.push(pid);
  return found;
}

/** A process may end while it is looked at. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function readStats(): Map<number, ProcessStat> {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const text = readProc(Number(name), 'stat');
    if (text !== undefined) stats.set(Number(name), parseStat(text));
  }
  return stats;
}

function membersOf(root: number, stats: ReadonlyMap<number, ProcessStat>): number[] {
  return descendantsOf(root, new Map([...stats].map(([pid, { parent }]) => [pid, parent])));
}

/** CPU seconds that the tree of `root` has taken so far. */
export function cpuSecondsOf(root: number): number {
  const stats = readStats();
  return membersOf(root, stats).reduce((sum, pid) => sum + (stats.get(pid)?.cpuSeconds ?? 0), 0);
}

/** Memory of the tree of `root` in MiB: proportional set sizes, so that what its processes share counts once. */
export function memoryMiBOf(root: number): number {
  return membersOf(root, readStats()).reduce((sum, pid) => {
    const text = readProc(pid, 'smaps_rollup');
    return sum + (text ? parsePss(text) : 0);
  }, 0);
}

/** Samples the memory of a tree until `stop`, which gives the largest in MiB. */
export function watchMemory(root: number): { stop(): number } {
  let peak = memoryMiBOf(root);
  const timer = setInterval(() => (peak = Math.max(peak, memoryMiBOf(root))), 500);
  return {
    stop: () => {
      clearInterval(timer);
      return Math.max(peak, memoryMiBOf(root));
    },
  };
}
