// Memory that a start has freed goes back to the system: glibc keeps the pages between what is still in use until it is asked for them.
import { platform } from 'node:process';

/** Blocks for about 10 ms. Does nothing where the C library is none that keeps them, or cannot be called. */
export async function giveBackFreedMemory(): Promise<void> {
  if (platform !== 'linux') return;
  try {
    const { default: koffi } = await import('koffi');
    // malloc_trim(3); musl has neither the name nor the need.
    koffi.load('libc.so.6').func('int malloc_trim(size_t)')(0);
  } catch {
    // The memory is not lost: what is allocated next is taken from it.
  }
}
