// Identifies a process beyond its number: numbers are used again, and every container counts from 1.
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { z } from 'zod';

/**
 * `place` is where `pid` is unique: one boot of one kernel, one namespace of process numbers. Null on systems without
 * /proc, where no process can be told from another by its number.
 */
export const processIdentitySchema = z.object({
  place: z.string().nullable(),
  pid: z.int(),
  /** When the process started, in ticks since the boot. */
  startTicks: z.string().nullable(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

function readPlace(): string | null {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return null;
  }
}

/** State and start of a process; undefined when there is none of that number, or no /proc. */
function readStat(pid: number): { state: string; startTicks: string } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses, which may hold spaces and parentheses of its own.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, startTicks: fields[19]! };
}

export const thisProcess: ProcessIdentity = {
  place: readPlace(),
  pid: process.pid,
  startTicks: readStat(process.pid)?.startTicks ?? null,
};

/** Whether the process lives; undefined when that cannot be told from here: another container, host or boot, or no /proc. */
export function isAlive({ place, pid, startTicks }: ProcessIdentity): boolean | undefined {
  if (place === null || startTicks === null || place !== thisProcess.place) return undefined;
  const stat = readStat(pid);
  // A zombie has closed its files.
  return stat?.startTicks === startTicks && !/^[ZX]/.test(stat.state);
}

/** Short for the place in which process ids mean the same as here. */
const here = createHash('sha256')
  .update(thisProcess.place ?? '')
  .digest('hex')
  .slice(0, 12);

/** This process as a file's name, or a part of one. */
export const processName = `${here}.${thisProcess.pid}.${thisProcess.startTicks ?? '0'}`;

/** As isAlive, of the process whose processName it is; undefined, too, for what is no such name. */
export function isNamedAlive(name: string): boolean | undefined {
  const [, place, pid, startTicks] = /^([0-9a-f]{12})\.(\d+)\.(\d+)$/.exec(name) ?? [];
  if (place !== here) return undefined;
  return isAlive({ place: thisProcess.place, pid: Number(pid), startTicks: startTicks! });
}
