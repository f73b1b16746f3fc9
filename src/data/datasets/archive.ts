// The files of a zip, tar or tar.gz, one after the other, under limits that hold whatever the archive claims of itself.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { AppError } from '../../errors.js';
import { openZipFile, type ZipEntry } from '../../zipFile.js';

/** A file of the archive: with its bytes, with the reason why it has none, or with neither when they were not wanted. */
export interface ArchiveFile {
  readonly path: string;
  readonly bytes?: Buffer;
  readonly error?: AppError;
}

export interface ArchiveLimits {
  /** Largest file that is unpacked; larger ones come with an error. */
  readonly maxFileBytes: number;
  /** Everything unpacked together, counted from what really comes out. */
  readonly maxUnpackedBytes: number;
  readonly maxFiles: number;
  /** Which paths to unpack. */
  readonly wanted: (path: string) => boolean;
}

type Archive = 'zip' | 'tar' | 'tar.gz';
type TarEntry = Extract extends AsyncIterable<infer Entry> ? Entry : never;

/** Throws AppError `invalid_archive` when the archive is of another kind, damaged, or larger inside than the limits. */
export async function* readArchive(path: string, limits: ArchiveLimits): AsyncGenerator<ArchiveFile> {
  const budget = new UnpackBudget(limits);
  try {
    const kind = await detectArchive(path);
    yield* kind === 'zip' ? readZip(path, limits, budget) : readTar(path, kind, limits, budget);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('invalid_archive', `The archive is damaged or cut short: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

class UnpackBudget {
  #bytes = 0;
  #files = 0;

  constructor(private readonly limits: ArchiveLimits) {}

  spendBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.limits.maxUnpackedBytes)
      throw tooMuch(`more than ${this.limits.maxUnpackedBytes} bytes are inside`);
  }

  spendFile(): void {
    this.#files += 1;
    if (this.#files > this.limits.maxFiles) throw tooMuch(`more than ${this.limits.maxFiles} entries are inside`);
  }
}

const tooMuch = (what: string): AppError =>
  new AppError('invalid_archive', `The archive unpacks to too much: ${what}. Send it in parts.`);

const refuse = (reason: string): AppError => new AppError('invalid_archive', `Not taken from the archive: ${reason}.`);

const tooLarge = (limit: number): AppError => new AppError('image_too_large', `The limit is ${limit} bytes a file.`);

/** By the first bytes: local file header or empty zip; gzip (RFC 1952); ustar magic (POSIX.1-1988). */
async function detectArchive(path: string): Promise<Archive> {
  const file = await open(path);
  try {
    const { buffer: head } = await file.read(Buffer.alloc(262), 0, 262, 0);
    const magic = head.toString('latin1');
    if (magic.startsWith('PK\x03\x04') || magic.startsWith('PK\x05\x06')) return 'zip';
    if (magic.startsWith('\x1f\x8b')) return 'tar.gz';
    if (magic.slice(257) === 'ustar') return 'tar';
  } finally {
    await file.close();
  }
  throw new AppError('invalid_archive', 'A zip, a tar or a tar.gz was expected; the body is something else.');
}

async function* readZip(path: string, limits: ArchiveLimits, budget: UnpackBudget): AsyncGenerator<ArchiveFile> {
  const zip = await openZipFile(path);
  try {
    for await (const entry of zip.entries()) {
      budget.spendFile();
      if (!entry.name.endsWith('/')) yield await readZipEntry(entry, limits, budget);
    }
  } finally {
    zip.close();
  }
}

async function readZipEntry(entry: ZipEntry, limits: ArchiveLimits, budget: UnpackBudget): Promise<ArchiveFile> {
  const { name: path, bytes, obstacle } = entry;
  if (!limits.wanted(path)) return { path };
  if (obstacle !== undefined) return { path, error: refuse(obstacle) };
  if (bytes > limits.maxFileBytes) return { path, error: tooLarge(limits.maxFileBytes) };
  return { path, ...(await readZipData(entry, limits, budget)) };
}

/** One damaged entry does not spoil the others: each is found through the directory at the end. */
async function readZipData(
  entry: ZipEntry,
  limits: ArchiveLimits,
  budget: UnpackBudget,
): Promise<Pick<ArchiveFile, 'bytes' | 'error'>> {
  try {
    return await collect(await entry.open(), limits, budget);
  } catch (error) {
    if (error instanceof AppError) throw error;
    return { error: refuse(`a damaged file (${(error as Error).message})`) };
  }
}

async function* readTar(
  path: string,
  kind: 'tar' | 'tar.gz',
  limits: ArchiveLimits,
  budget: UnpackBudget,
): AsyncGenerator<ArchiveFile> {
  const unpacker = extract();
  const file = createReadStream(path);
  const source = kind === 'tar' ? file : file.pipe(createGunzip());
  const fail = (error: Error): void => {
    unpacker.destroy(error);
  };
  file.on('error', fail);
  source.on('error', fail);
  // The padding of an archive bomb is counted too, though it is not wanted.
  source.on('data', (chunk: Buffer) => attempt(() => budget.spendBytes(chunk.length), fail));
  source.pipe(unpacker as unknown as Writable);
  try {
    for await (const entry of unpacker) {
      budget.spendFile();
      const read = await readTarEntry(entry, limits);
      if (read) yield read;
    }
  } finally {
    file.destroy();
    source.destroy();
  }
}

function attempt(work: () => void, onError: (error: Error) => void): void {
  try {
    work();
  } catch (error) {
    onError(error as Error);
  }
}

async function readTarEntry(entry: TarEntry, limits: ArchiveLimits): Promise<ArchiveFile | undefined> {
  const { name: path, type, size } = entry.header;
  const read = limits.wanted(path) && type === 'file' && size <= limits.maxFileBytes;
  if (!read) entry.resume();
  if (type === 'directory') return undefined;
  if (!limits.wanted(path)) return { path };
  if (type !== 'file') return { path, error: refuse(`a ${type}`) };
  if (!read) return { path, error: tooLarge(limits.maxFileBytes) };
  return { path, ...(await collect(entry, limits)) };
}

/** `budget` is spent here for a zip; a tar spends it on its whole stream. */
async function collect(
  stream: AsyncIterable<unknown>,
  { maxFileBytes }: ArchiveLimits,
  budget?: UnpackBudget,
): Promise<Pick<ArchiveFile, 'bytes' | 'error'>> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length;
    budget?.spendBytes(chunk.length);
    if (length > maxFileBytes) return { error: tooLarge(maxFileBytes) };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks) };
}
