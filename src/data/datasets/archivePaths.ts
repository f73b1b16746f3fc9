// What a path inside an archive or a folder says: which class, which part of the split, or nothing that we want.
import { isAttributionFile } from './attributionFile.js';
import { labelSchema, type Split } from './schemas.js';

/** What to do with a file found at a path. */
export type PathMeaning =
  | { readonly kind: 'image'; readonly label: string; readonly split?: Split }
  /** Litter of operating systems, and documents beside the class folders. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly reason: string };

/** A map and no object: a class may be called `constructor`. */
const splitFolders: ReadonlyMap<string, Split> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['val', 'validation'],
  ['valid', 'validation'],
  ['validation', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
]);

const litter = /^(__MACOSX|Thumbs\.db|desktop\.ini|\..*)$/i;
/** The endings that images have, whatever else is in a folder. */
export const imageName = /\.(jpe?g|jfif|png|webp|avif|gif|tiff?|hei[cf])$/i;

/**
 * Layouts: `class/image`, `split/class/image`, and either inside one more folder; folders below the class belong to it.
 * Split folders are train, val(id|idation) and test. `path` is as the archive has it.
 */
export function readPath(path: string): PathMeaning {
  const segments = readSegments(path);
  if ('kind' in segments) return segments;
  if (isAttributionFile(path)) return { kind: 'ignored' };
  const folders = segments.slice(0, -1);
  const at = folders.slice(0, 2).findIndex((folder) => splitOf(folder) !== undefined);
  if (at >= 0) return image(folders[at + 1], splitOf(folders[at]!), segments.at(-1)!);
  return image(folders.at(-1), undefined, segments.at(-1) ?? '');
}

/** The same of an image that a list of labels names, wherever it lies: its labels, where `listed` has it. */
export function readListedPath(
  path: string,
  listed: (path: string) => { readonly label: string; readonly split?: Split } | undefined,
): PathMeaning {
  const segments = readSegments(path);
  if ('kind' in segments) return segments;
  if (!imageName.test(segments.at(-1) ?? '')) return { kind: 'ignored' };
  const found = listed(segments.join('/'));
  return found ? { kind: 'image', ...found } : refused('an image that the list of labels does not have');
}

/** Folders and file of a path, or why it is not taken. */
function readSegments(path: string): readonly string[] | Exclude<PathMeaning, { readonly kind: 'image' }> {
  if (/^([/\\]|[A-Za-z]:)/.test(path)) return refused('an absolute path');
  const segments = path.split(/[/\\]/).filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) return refused('a path that leaves the archive');
  return segments.some((segment) => litter.test(segment)) ? { kind: 'ignored' } : segments;
}

/** The split that a folder of this name stands for. */
export const splitOf = (folder: string): Split | undefined => splitFolders.get(folder.toLowerCase());

const refused = (reason: string): Extract<PathMeaning, { readonly kind: 'refused' }> => ({ kind: 'refused', reason });

function image(folder: string | undefined, split: Split | undefined, fileName: string): PathMeaning {
  if (folder === undefined)
    return imageName.test(fileName) ? refused('an image outside any class folder') : { kind: 'ignored' };
  const label = labelSchema.safeParse(folder);
  if (!label.success) return refused('a class folder whose name cannot be a label');
  return { kind: 'image', label: label.data, ...(split === undefined ? {} : { split }) };
}
