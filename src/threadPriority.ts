// What a thread takes of the CPU cores beside the event loop. Only Linux gives each thread a priority of its own; elsewhere all share alike.
import { constants, getPriority, setPriority } from 'node:os';

/**
 * Lowers the priority of the calling thread, and of the native threads that it starts from then on, by `steps` (nice values, 1 to 19).
 * Does nothing where that is not possible.
 */
export function lowerThreadPriority(steps: number): void {
  if (process.platform !== 'linux') return;
  try {
    // 0 is the calling thread: setpriority(2), "C library/kernel differences".
    setPriority(0, Math.min(constants.priority.PRIORITY_LOW, getPriority(0) + steps));
  } catch {
    // A sandbox that forbids it costs nothing but time.
  }
}
