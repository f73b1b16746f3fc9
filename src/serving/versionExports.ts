// Versions as files for other programs, made when they are asked for: one at a time, in a thread, and gone with whoever reads them.
import { mkdir, open } from 'node:fs/promises';
import type { ReadStream } from 'node:fs';
import { Piscina } from 'piscina';
import { makeDirectory, withUnfinished } from '../durableFiles.js';
import { fromPlainError, type PlainError } from '../engines/workerProtocol.js';
import { AppError } from '../errors.js';
import type { ExportFormat } from '../models/exportModel.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import { fetchVersion, type Version } from '../models/versions.js';
import type { ExportJob } from './exportWorker.js';

export interface VersionExportsDeps {
  readonly modelsDirs: ModelsDirs;
  /** Where a file is made; made when missing. */
  readonly directory: string;
}

export interface ExportedFile {
  readonly bytes: number;
  /** Reading it to its end, or destroying it, gives the disk space back: the file has no name any more. */
  readonly stream: ReadStream;
}

/** Files that may wait, be made and be read at the same time: each takes up to a hundred megabytes of the disk. */
const maxOpen = 8;

export class VersionExports {
  readonly #deps: VersionExportsDeps;
  #last: Promise<unknown> = Promise.resolve();
  #open = 0;

  constructor(deps: VersionExportsDeps) {
    this.#deps = deps;
  }

  /** A folder's formats come as a zip. Throws AppError `invalid_model`, `overloaded`, `storage_full`, and the signal's reason. */
  async export(version: Version, format: ExportFormat, signal: AbortSignal): Promise<ExportedFile> {
    if (this.#open === maxOpen)
      throw new AppError('overloaded', `${maxOpen} versions are being exported; try again when one has been read`);
    this.#open++;
    try {
      const made = this.#last.then(() => this.#make(version, format, signal));
      this.#last = made.catch(() => undefined);
      const file = await made;
      file.stream.once('close', () => this.#open--);
      return file;
    } catch (error) {
      this.#open--;
      throw error;
    }
  }

  async #make(version: Version, format: ExportFormat, signal: AbortSignal): Promise<ExportedFile> {
    signal.throwIfAborted();
    const { modelsDirs, directory: parent } = this.#deps;
    await fetchVersion(modelsDirs, version);
    const dirs = { own: modelsDirs.own, bundled: modelsDirs.bundled };
    await makeDirectory(parent);
    return withUnfinished(parent, async (directory) => {
      await mkdir(directory);
      const { directory: from, manifest } = version;
      const path = await runInThread({ dirs, version: { directory: from, manifest }, format, directory }, signal);
      const file = await open(path);
      const { size: bytes } = await file.stat();
      return { bytes, stream: file.createReadStream() };
    });
  }
}

/** Writing 22 M weights takes seconds of plain arithmetic: a thread of its own does it, and gives its memory back. */
async function runInThread(job: ExportJob, signal: AbortSignal): Promise<string> {
  const thread = new Piscina<ExportJob, string | PlainError>({
    filename: new URL('./exportWorker.js', import.meta.url).href,
    maxThreads: 1,
  });
  try {
    const made = await thread.run(job, { signal });
    if (typeof made !== 'string') throw fromPlainError(made);
    return made;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await thread.destroy();
  }
}
