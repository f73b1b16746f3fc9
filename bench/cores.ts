// Cores of their own for a server and its clients, so that neither takes the other's time. Linux only; elsewhere they share.
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

const cores = availableParallelism();
const halves = { server: [0, Math.ceil(cores / 2) - 1], clients: [Math.ceil(cores / 2), cores - 1] } as const;
let pinned = false;

/** Whether pinSelf has had an effect. */
export const isPinned = (): boolean => pinned;

/** Moves all threads of this process to one half of the cores; processes that it starts afterwards inherit that. */
export function pinSelf(half: keyof typeof halves): void {
  if (cores < 2) return;
  const [first, last] = halves[half];
  try {
    execFileSync('taskset', ['-a', '-c', '-p', `${first}-${last}`, String(process.pid)], { stdio: 'ignore' });
    pinned = true;
  } catch {
    console.warn('taskset is not there: server and clients share the cores');
  }
}
