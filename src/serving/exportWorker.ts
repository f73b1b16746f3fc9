// The task of the short-lived thread that writes a version as one file for other programs.
import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { isDiskFull } from '../durableFiles.js';
import { toPlainError, type PlainError } from '../engines/workerProtocol.js';
import { AppError } from '../errors.js';
import type { ExportFormat } from '../models/exportModel.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import type { Version } from '../models/versions.js';
import { exportChecked } from './checkedExport.js';

export interface ExportJob {
  readonly dirs: ModelsDirs;
  readonly version: Version;
  readonly format: ExportFormat;
  /** An empty folder: the thread's own, until it ends. */
  readonly directory: string;
}

/** Gives the path of the file. Never rejects: an error crosses threads with its code only as plain data. */
export default async ({ dirs, version, format, directory }: ExportJob): Promise<string | PlainError> => {
  try {
    const out = join(directory, 'version');
    await exportChecked(dirs, version, format, out);
    return format === 'tfjs' ? await zipFolder(out, join(directory, 'version.zip')) : out;
  } catch (error) {
    return toPlainError(isDiskFull(error) ? noRoom() : error);
  }
};

const noRoom = (): AppError => new AppError('storage_full', 'there is no room in DATA_DIR to make the file');

/** Weights hardly compress: they are stored as they are. */
async function zipFolder(folder: string, file: string): Promise<string> {
  const zip = new ZipFile();
  for (const name of (await readdir(folder)).sort())
    zip.addFile(join(folder, name), name, { compress: name.endsWith('.json') });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
  return file;
}
