// What an upload will be: its photos by class, and what to call the dataset.
import { meaningOf } from '../../../../../clients/typescript/src/folders.js';
import type { Split } from '../photos/photoSources.js';
import type { SourceFile } from './sourceFiles.js';

export interface PlannedFile extends SourceFile {
  /** undefined: it was in no folder. */
  readonly label: string | undefined;
  /** undefined: the server draws it. */
  readonly split: Split | undefined;
}

export interface UploadPlan {
  readonly files: readonly PlannedFile[];
  /** Files that are no photos. */
  readonly ignored: number;
}

const imageName = /\.(jpe?g|jfif|png|webp|avif|gif|tiff?|hei[cf])$/i;

/** Reads the folders to their end; `onFound` is called with the number of photos so far. */
export async function planUpload(
  files: AsyncIterable<SourceFile>,
  onFound: (photos: number) => void,
): Promise<UploadPlan> {
  const planned: PlannedFile[] = [];
  let ignored = 0;
  for await (const source of files) {
    const meaning = meaningOf(source.path);
    const isLoose = !source.path.includes('/') && imageName.test(source.path);
    if (meaning === undefined && !isLoose) ignored++;
    else planned.push({ ...source, label: meaning?.label, split: meaning?.split });
    if (planned.length % 100 === 0) onFound(planned.length);
  }
  return { files: planned, ignored };
}

/** Photos of each class, the largest first; loose ones have the class undefined. */
export function classesOf({ files }: UploadPlan): ReadonlyArray<readonly [string | undefined, number]> {
  const counts = new Map<string | undefined, number>();
  for (const { label } of files) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}

/** What a dataset of these may be called: after the folder that they were all in, as the server wants names. */
export function suggestName({ files }: UploadPlan): string {
  const roots = new Set(files.map(({ path }) => (path.split('/').length > 2 ? path.split('/')[0] : undefined)));
  const [root] = roots;
  return roots.size === 1 && root !== undefined ? datasetNameOf(root) : '';
}

/** Small letters, digits, dots and dashes, up to 64. */
export const datasetNameOf = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, 64);
