// What was dropped as files, folders read to their depths.

/** Must be called while the drop is handled: browsers empty `data` afterwards. Hidden files, such as .DS_Store, are left out. */
export async function filesOf(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  // Files that a program made have no entry.
  if (entries.length === 0) return [...data.files];
  const files = await Promise.all(entries.map(filesUnder));
  return files.flat().filter(({ name }) => !name.startsWith('.'));
}

async function filesUnder(entry: FileSystemEntry): Promise<File[]> {
  if (isFile(entry)) return [await new Promise<File>((resolve, reject) => entry.file(resolve, reject))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: File[] = [];
  // A reader gives some entries at a time, and none at the end.
  for (let entries; (entries = await readSome(reader)).length > 0;)
    files.push(...(await Promise.all(entries.map(filesUnder))).flat());
  return files;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;

const readSome = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject));
