// What the attribution.csv of an archive says of the images that were taken from it.
import { AppError } from '../../errors.js';
import type { Queries } from '../database/database.js';
import { readArchive } from './archive.js';
import { keepAttributions, type Attribution } from './attribution.js';
import {
  isAttributionFile,
  maxAttributionFileBytes,
  readAttributionFile,
  type Attributions,
} from './attributionFile.js';
import type { FileResult } from './importArchive.js';

export interface ArchiveAttributionLimits {
  readonly maxUnpackedBytes: number;
  readonly maxFiles: number;
}

/** A file that could not be read, and why. */
interface Unread {
  readonly path: string;
  readonly error: AppError;
}

/**
 * Keeps what the attribution.csv in the archive at `path` says of `results`. Gives the file and its fault when it cannot be read; undefined
 * when there is none, or all is well.
 */
export async function takeAttributions(
  queries: Queries,
  path: string,
  results: readonly FileResult[],
  limits: ArchiveAttributionLimits,
): Promise<Unread | undefined> {
  const found = await findAttributions(path, limits);
  if (found === undefined || 'error' in found) return found;
  const attributions = new Map<string, Attribution>();
  for (const result of results) {
    if (result.outcome === 'failed') continue;
    const attribution = found.of(result.filename, result.sha256);
    if (attribution) attributions.set(result.sha256, attribution);
  }
  await keepAttributions(queries, attributions);
  return undefined;
}

async function findAttributions(
  archive: string,
  limits: ArchiveAttributionLimits,
): Promise<Attributions | Unread | undefined> {
  try {
    const files = readArchive(archive, { ...limits, maxFileBytes: maxAttributionFileBytes, wanted: isAttributionFile });
    for await (const { path, bytes, error } of files) {
      if (error && isAttributionFile(path)) return { path, error };
      if (bytes) return await read(path, bytes);
    }
  } catch (error) {
    // Of an archive that is damaged further on, the images have said so.
    if (!(error instanceof AppError)) throw error;
  }
  return undefined;
}

async function read(path: string, bytes: Buffer): Promise<Attributions | Unread> {
  try {
    return await readAttributionFile(path, bytes);
  } catch (error) {
    const reason = `Not read as CSV: ${(error as Error).message}.`;
    return { path, error: new AppError('invalid_archive', reason, { cause: error }) };
  }
}
