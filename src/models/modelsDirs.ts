// Where versions are: the directory that this server writes, and that of the versions which come with Taxon and are only read.
import { dirname, resolve } from 'node:path';
import type { SharedModels } from './sharedModels.js';

export interface ModelsDirs {
  /** Trainings, imports and pulls write here; need not exist yet. */
  readonly own: string;
  /** Never written. A version in `own` of the same classifier and number hides one here. */
  readonly bundled?: string | undefined;
  /** Whose mirror `own` is; absent: nobody's. */
  readonly shared?: SharedModels | undefined;
}

/** Both directories, `own` first. */
export const directoriesOf = ({ own, bundled }: ModelsDirs): string[] =>
  bundled === undefined || resolve(bundled) === resolve(own) ? [own] : [own, bundled];

/** For people: "a" or "a or b". */
export const nameDirectories = (dirs: ModelsDirs): string => directoriesOf(dirs).join(' or ');

/** Whether a version in `directory` is one that is only read. */
export const isBundled = ({ own }: ModelsDirs, directory: string): boolean =>
  resolve(dirname(dirname(directory))) !== resolve(own);
