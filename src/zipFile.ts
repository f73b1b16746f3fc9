// Zip files read entry by entry, as they come: what names and sizes are acceptable is for the caller to say.
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';

export interface ZipEntry {
  /** As the archive has it, with slashes; it may lead anywhere (see nameFault). A folder's ends with a slash. */
  readonly name: string;
  /** What the archive claims that it unpacks to. A stream of more or fewer bytes fails. */
  readonly bytes: number;
  /** Why there is no way to read it as a file; undefined when there is. */
  readonly obstacle: string | undefined;
  open(): Promise<Readable>;
}

export interface ZipFile {
  /** Can be called once. Throws plain errors for a damaged archive. */
  entries(): AsyncGenerator<ZipEntry>;
  /** Idempotent. Streams that are open may be read to their end. */
  close(): void;
}

const unixType = (externalFileAttributes: number): number => (externalFileAttributes >>> 16) & 0o170000;
const unixLink = 0o120000;

/** Throws a plain error when the file cannot be read or is no zip. */
export async function openZipFile(path: string): Promise<ZipFile> {
  // Names are decoded here: yauzl would refuse the whole archive for one bad path.
  const zip = await yauzl.openPromise(path, { decodeStrings: false, autoClose: false });
  return { entries: () => readEntries(zip), close: () => zip.close() };
}

async function* readEntries(zip: yauzl.ZipFile): AsyncGenerator<ZipEntry> {
  for await (const entry of zip.eachEntry()) {
    yield {
      name: yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false),
      bytes: entry.uncompressedSize,
      obstacle: obstacleOf(entry),
      open: () => zip.openReadStreamPromise(entry),
    };
  }
}

function obstacleOf(entry: yauzl.Entry): string | undefined {
  if (unixType(entry.externalFileAttributes) === unixLink) return 'a symbolic link';
  if (entry.isEncrypted()) return 'an encrypted file';
  return entry.canDecodeFileData() ? undefined : `compression method ${entry.compressionMethod}`;
}

/** What is wrong with a name that is absolute or leads out of the archive; undefined for any other. */
export const nameFault = (name: string): string | undefined => yauzl.validateFileName(name) ?? undefined;
