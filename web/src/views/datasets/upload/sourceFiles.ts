// Files that somebody drops or chooses, with their folders.

export interface SourceFile {
  /** With the folders that it was in, with slashes: roses/1.jpg. */
  readonly path: string;
  readonly file: File;
}

/** Of an input; one with `webkitdirectory` gives folders. */
export async function* chosenFiles(files: Iterable<File>): AsyncGenerator<SourceFile> {
  for (const file of files) yield { path: file.webkitRelativePath || file.name, file };
}

/** Of a drop, folders with all that is in them. To be called while the drop event is handled: later, its items are gone. */
export function droppedFiles(transfer: DataTransfer): AsyncGenerator<SourceFile> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  return filesOf(entries.filter((entry) => entry !== null));
}

async function* filesOf(entries: ReadonlyArray<FileSystemEntry | File>): AsyncGenerator<SourceFile> {
  for (const entry of entries) {
    if (entry instanceof File) yield { path: entry.name, file: entry };
    else if (isDirectory(entry)) yield* filesOf(await childrenOf(entry));
    else yield { path: entry.fullPath.slice(1), file: await fileOf(entry as FileSystemFileEntry) };
  }
}

const isDirectory = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));

/** A reader gives some at a time, and none at the end. */
async function childrenOf(directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = directory.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return children;
    children.push(...some);
  }
}
