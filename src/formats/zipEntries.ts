// The zip of a model: names that lead out of the archive, and impossible sizes, are refused before anything is unpacked.
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { AppError } from '../errors.js';
import { nameFault, openZipFile, type ZipEntry } from '../zipFile.js';
import { invalidModel } from './invalidModel.js';

export interface Zip {
  readonly names: readonly string[];
  /** The entry's bytes. Throws AppError invalid_model when there is none of that name. */
  open(name: string): Promise<Readable>;
  close(): void;
}

/** A model's weights hardly compress; an archive that unpacks to more than this many times its size holds something else. */
const largestRatio = 100;
/** Bytes that even a tiny archive may unpack to: the JSON files of a model compress well. */
const harmlessBytes = 64 * 2 ** 20;

/** Throws AppError invalid_model when the file is no zip, is damaged, or holds a dangerous name or size. */
export async function openZip(path: string): Promise<Zip> {
  const fail = (cause: unknown): never => {
    if (cause instanceof AppError) throw cause;
    throw invalidModel(
      `${path} cannot be read as a zip file (${cause instanceof Error ? cause.message : 'unknown reason'}); save or download it again`,
      cause,
    );
  };
  const { size } = await stat(path).catch(fail);
  const zip = await openZipFile(path).catch(fail);
  try {
    const entries = await listEntries(zip.entries());
    checkSizes(path, size, entries);
    return {
      names: entries.map(({ name }) => name),
      open: async (name) => {
        const entry = entries.find((candidate) => candidate.name === name);
        if (!entry) throw invalidModel(`${path} has no ${name}`);
        return entry.open().catch(fail);
      },
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    return fail(error);
  }
}

async function listEntries(entries: AsyncIterable<ZipEntry>): Promise<ZipEntry[]> {
  const listed: ZipEntry[] = [];
  for await (const entry of entries) {
    const fault = nameFault(entry.name);
    if (fault !== undefined) throw new Error(fault);
    listed.push(entry);
  }
  return listed;
}

function checkSizes(path: string, size: number, entries: readonly ZipEntry[]): void {
  const unpacked = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (unpacked > Math.max(size * largestRatio, harmlessBytes))
    throw invalidModel(
      `${path} has ${size} bytes and claims to unpack to ${unpacked}, which no model does; save or download it again`,
    );
}
