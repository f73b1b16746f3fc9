// A folder of the models directory that mirrors one in a bucket: which of its files may be away, and how it says so.
import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** In a folder whose weights were not asked for yet, or made room for others. */
export const awayMarker = '.away';

/** Whether the weights of a version or a backbone have to be brought first; its manifest and other small files are there. */
export const isAway = (directory: string): Promise<boolean> =>
  access(join(directory, awayMarker)).then(
    () => true,
    () => false,
  );

/** What is always here is small and tells what there is. */
export const isAlwaysHere = (name: string): boolean => name.endsWith('.json');
