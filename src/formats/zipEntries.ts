// Zip files read entry by entry; names that lead out of the archive, and impossible sizes, are refused before anything is unpacked.
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { invalidModel } from './invalidModel.js';

export interface Zip {
  readonly names: readonly string[];
  /** The entry's bytes. Throws AppError invalid_model when there is none of that name. */
  open(name: string): Promise<Readable>;
  close(): void;
}

const openFile = promisify<string, yauzl.Options, ZipFile>(yauzl.open.bind(yauzl));

/** A model's weights hardly compress; an archive that unpacks to more than this many times its size holds something else. */
const largestRatio = 100;
/** Bytes that even a tiny archive may unpack to: the JSON files of a model compress well. */
const harmlessBytes = 64 * 2 ** 20;

function listEntries(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.once('end', () => resolve(entries));
    zip.once('error', reject);
    zip.readEntry();
  });
}

/** Throws AppError invalid_model when the file is no zip, is damaged, or holds a dangerous name or size. */
export async function openZip(path: string): Promise<Zip> {
  const fail = (cause: unknown): never => {
    throw invalidModel(
      `${path} cannot be read as a zip file (${cause instanceof Error ? cause.message : 'unknown reason'}); save or download it again`,
      cause,
    );
  };
  const { size } = await stat(path).catch(fail);
  const zip = await openFile(path, { lazyEntries: true, autoClose: false }).catch(fail);
  const entries = await listEntries(zip).catch(fail);
  const unpacked = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (unpacked > Math.max(size * largestRatio, harmlessBytes))
    throw invalidModel(
      `${path} has ${size} bytes and claims to unpack to ${unpacked}, which no model does; save or download it again`,
    );
  const openEntry = promisify<Entry, Readable>(zip.openReadStream.bind(zip));
  return {
    names: entries.map(({ fileName }) => fileName),
    open: async (name) => {
      const entry = entries.find(({ fileName }) => fileName === name);
      if (!entry) throw invalidModel(`${path} has no ${name}`);
      return openEntry(entry).catch(fail);
    },
    close: () => zip.close(),
  };
}
