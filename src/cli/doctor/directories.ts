// The directories of the configuration: may they be written, is there room, and does their file system keep what it is given?
import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { cacheDirOf, modelsDirsOf, type Config } from '../../config.js';
import { bytesText, ok, problem, warning, type Finding } from './finding.js';

export interface DirectoryFacts {
  readonly name: 'DATA_DIR' | 'MODELS_DIR' | 'CACHE_DIR' | 'BUNDLED_MODELS_DIR';
  readonly path: string;
  readonly exists: boolean;
  /** Why it cannot be used as it must be, as the system says it; undefined: it can, or can be made. */
  readonly refusal: string | undefined;
  readonly freeBytes: number;
  /** Free entries of files, 0 to 1; 1 where the file system does not count them. */
  readonly freeFiles: number;
  /** Of statfs(2). */
  readonly filesystem: number;
}

export function lookAtDirectories(config: Config): Promise<DirectoryFacts[]> {
  const { own, bundled } = modelsDirsOf(config);
  return Promise.all([
    lookAt('DATA_DIR', config.DATA_DIR),
    lookAt('MODELS_DIR', own),
    lookAt('CACHE_DIR', cacheDirOf(config)),
    ...(bundled === undefined ? [] : [lookAt('BUNDLED_MODELS_DIR', bundled)]),
  ]);
}

async function lookAt(name: DirectoryFacts['name'], given: string): Promise<DirectoryFacts> {
  const path = resolve(given);
  const { place, obstacle } = await nearest(path);
  const needed = constants.R_OK | constants.X_OK | (name === 'BUNDLED_MODELS_DIR' ? 0 : constants.W_OK);
  const { bavail, bsize, files, ffree, type } = await statfs(place);
  return {
    name,
    path,
    exists: place === path,
    refusal: obstacle ?? (await access(place, needed).then(() => undefined, codeOf)),
    freeBytes: bavail * bsize,
    freeFiles: files === 0 ? 1 : ffree / files,
    filesystem: type,
  };
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** `path`, or the folder above it in which it would be made; and what is in the way of that. */
async function nearest(path: string): Promise<{ place: string; obstacle?: string | undefined }> {
  const obstacle = await stat(path).then((found) => (found.isDirectory() ? undefined : 'ENOTDIR'), codeOf);
  if (obstacle === undefined || path === dirname(path)) return { place: path };
  const above = await nearest(dirname(path));
  return obstacle === 'ENOENT' ? above : { obstacle, ...above };
}

/** Numbers of linux/magic.h. */
const inMemory = new Set([0x01021994, 0x858458f6]);
const overNetwork = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x517b]);

const leastFreeBytes = 2 ** 30;
const scarceBytes = 5 * 2 ** 30;
const scarceFiles = 0.02;

/** `isEmbedded`: the database is under DATA_DIR. */
export function judgeDirectory(
  { name, path, exists, refusal, freeBytes, freeFiles, filesystem }: DirectoryFacts,
  isEmbedded: boolean,
): Finding {
  if (refusal !== undefined) return problem(name, `${path}: ${refusal}`, adviceFor(name, refusal));
  if (name === 'BUNDLED_MODELS_DIR')
    return exists
      ? ok(name, path)
      : warning(name, `${path} is not there`, 'Name the folder of the classifiers, or set BUNDLED_MODELS_DIR=none.');
  const found = `${path}${exists ? '' : ' (will be made)'}, ${bytesText(freeBytes)} free`;
  if (freeBytes < leastFreeBytes)
    return problem(name, found, 'Free some space: a start, an upload or a training may find none left.');
  if (freeFiles < scarceFiles)
    return warning(
      name,
      `${found}, ${(100 * freeFiles).toFixed(1)} % of its file entries`,
      'Remove small files: no more can be made soon.',
    );
  if (freeBytes < scarceBytes)
    return warning(name, found, 'An archive of images may take 4 GiB, embeddings 8 GiB (EMBEDDING_CACHE_BYTES).');
  if (name === 'CACHE_DIR') return ok(name, found);
  if (inMemory.has(filesystem))
    return warning(
      name,
      `${found}, in memory`,
      `Everything in it is lost when the machine stops: set ${name} to a folder on a disk.`,
    );
  if (name === 'DATA_DIR' && isEmbedded && overNetwork.has(filesystem))
    return warning(
      name,
      `${found}, on a network`,
      'The embedded database needs a disk that keeps what it has flushed: put DATA_DIR on one, or set DATABASE_URL.',
    );
  return ok(name, found);
}

function adviceFor(name: DirectoryFacts['name'], refusal: string): string {
  if (refusal === 'EROFS') return `Its file system is read-only: mount it to be written, or set ${name} to another.`;
  if (refusal === 'ENOTDIR') return `A file is in its way: set ${name} to a folder.`;
  return `Give it to the user of the server (${process.getuid?.() ?? 'this one'}), as by chown, or set ${name} to another.`;
}
