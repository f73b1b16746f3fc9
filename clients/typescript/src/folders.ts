// Folders of class folders: which class and part of the split a file belongs to, and which files travel together.

export type Split = 'train' | 'validation' | 'test';

/** A file of a folder that is uploaded. */
export interface FolderFile {
  /** Within the folder, with slashes. */
  readonly path: string;
  /** Its content, which is read when it is sent. */
  readonly open: () => Promise<Blob>;
}

export interface LabelledFile {
  readonly label: string;
  readonly split: Split | undefined;
  readonly path: string;
  readonly blob: Blob;
}

/** One request: images of one class, for one part. */
export interface Batch {
  readonly label: string;
  readonly split: Split | undefined;
  readonly files: readonly LabelledFile[];
}

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

const imageName = /\.(jpe?g|jfif|png|webp|avif|gif|tiff?|hei[cf])$/i;
const batchFiles = 50;
const batchBytes = 32 * 2 ** 20;

/** Undefined for a file that is no image in a class folder. The layouts are those of the server's archives: `class/image`, `split/class/image`. */
export function meaningOf(path: string): { readonly label: string; readonly split: Split | undefined } | undefined {
  const segments = path.split('/');
  const folders = segments.slice(0, -1);
  if (!imageName.test(path) || segments.some((segment) => segment.startsWith('.') || segment === '__MACOSX'))
    return undefined;
  const at = folders.slice(0, 2).findIndex((folder) => splitOf(folder) !== undefined);
  const label = at < 0 ? folders.at(-1) : folders[at + 1];
  return label === undefined ? undefined : { label, split: at < 0 ? undefined : splitOf(folders[at]!) };
}

const splitOf = (folder: string): Split | undefined => splitFolders.get(folder.toLowerCase());

/** The images of `files` in batches of at most 50 and, unless a single one is larger, 32 MiB. */
export async function* batchesOf(files: AsyncIterable<FolderFile> | Iterable<FolderFile>): AsyncGenerator<Batch> {
  const gathered = new Map<string, { files: LabelledFile[]; bytes: number }>();
  for await (const { path, open } of files) {
    const meaning = meaningOf(path);
    if (meaning === undefined) continue;
    const file = { ...meaning, path, blob: await open() };
    const key = `${file.split ?? ''}/${file.label}`;
    const batch = gathered.get(key) ?? { files: [], bytes: 0 };
    if (batch.files.length === batchFiles || batch.bytes + file.blob.size > batchBytes) {
      if (batch.files.length > 0) yield toBatch(batch.files);
      gathered.set(key, { files: [file], bytes: file.blob.size });
    } else {
      batch.files.push(file);
      batch.bytes += file.blob.size;
      gathered.set(key, batch);
    }
  }
  for (const batch of gathered.values()) yield toBatch(batch.files);
}

const toBatch = (files: readonly LabelledFile[]): Batch => ({ label: files[0]!.label, split: files[0]!.split, files });
