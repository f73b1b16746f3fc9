// A file system of its own under a directory, small enough to fill.
import { spawnSync } from 'node:child_process';
import { open } from 'node:fs/promises';

/** False where this process may not mount one. */
export const mountSmallDisk = (directory: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', directory]).status === 0;

export const unmountSmallDisk = (directory: string): void => void spawnSync('umount', ['--lazy', directory]);

/** Takes every byte that is left on the disk of `path`. */
export async function fillDisk(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const size of [2 ** 20, 4096])
      for (let full = false; !full;)
        full = await file.write(Buffer.alloc(size)).then(
          ({ bytesWritten }) => bytesWritten < size,
          () => true,
        );
  } finally {
    await file.close();
  }
}
