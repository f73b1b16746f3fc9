// Version directories, <name>/<version>/ under a models directory: found, checked against their manifests, and published whole or not at all.
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../errors.js';
import { ensureBackbone, resolveBackbone } from './backbones.js';
import {
  isWriteRefused,
  makeDirectory,
  moveDirectory,
  replaceFile,
  syncDirectory,
  withUnfinished,
  writeNewFile,
} from '../durableFiles.js';
import { invalidModel, parseModel, parseModelJson } from '../formats/invalidModel.js';
import type { WrittenFiles } from '../formats/tensorflow/layersFiles.js';
import { checkListedFiles, listModelFiles } from './listedFiles.js';
import { loadHead } from './loadHead.js';
import { storedManifestSchema, type Manifest } from './manifest.js';
import { isAway } from './mirroredFiles.js';
import { directoriesOf, type ModelsDirs } from './modelsDirs.js';
import type { UploadedFiles } from './sharedModels.js';

export const manifestFileName = 'manifest.json';

export interface Version {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** A directory that looks like a version but cannot be used. */
export interface RefusedVersion {
  readonly directory: string;
  readonly reason: string;
}

/** Everything of a manifest that its publisher decides. */
export type VersionDraft = Omit<Manifest, 'format' | 'version' | 'files'>;

/** Reads a manifest alone. Throws AppError invalid_model naming the file. */
export async function readManifest(path: string): Promise<Manifest> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw invalidModel(`${path} cannot be read`, cause);
  });
  return parseModel(storedManifestSchema, parseModelJson(text, path), path);
}

/** Reads one version and checks every listed file's size and hash, unless its weights are not here. Throws AppError invalid_model naming directory and file. */
export async function readVersion(directory: string): Promise<Version> {
  const path = join(directory, manifestFileName);
  const manifest = await readManifest(path);
  const place = `${basename(dirname(directory))}/${basename(directory)}`;
  if (place !== `${manifest.name}/${manifest.version}`)
    throw invalidModel(`${path} is of ${manifest.name} version ${manifest.version}, but stands in ${place}`);
  if (!(await isAway(directory))) await checkListedFiles(directory, manifest.files);
  return { directory, manifest };
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** Names of the folders in `directory`, sorted; none when it does not exist. Names that begin with a dot are ours. */
async function visibleFolders(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const folders = entries.filter(
    (entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'),
  );
  return folders.map(({ name }) => name).sort();
}

const versionNumbers = async (directory: string): Promise<number[]> =>
  (await visibleFolders(directory))
    .filter((name) => /^[1-9]\d*$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);

/** Directories that look like versions, by name and number; the bundled ones last. */
async function versionDirectories(dirs: ModelsDirs): Promise<string[]> {
  const directories: string[] = [];
  for (const modelsDir of directoriesOf(dirs))
    for (const name of await visibleFolders(modelsDir))
      for (const number of await versionNumbers(join(modelsDir, name)))
        directories.push(join(modelsDir, name, String(number)));
  return directories;
}

/** What `read` makes of each version directory; those for which it throws AppError are refused with its reason. */
async function readEach<T>(
  dirs: ModelsDirs,
  read: (directory: string) => Promise<T>,
): Promise<{ found: T[]; refused: RefusedVersion[] }> {
  const found: T[] = [];
  const refused: RefusedVersion[] = [];
  for (const directory of await versionDirectories(dirs)) {
    try {
      found.push(await read(directory));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      refused.push({ directory, reason: error.detail });
    }
  }
  return { found, refused };
}

/** All versions, by name and number. One that is damaged is refused with its reason and hides no other. */
export async function listVersions(dirs: ModelsDirs): Promise<{ versions: Version[]; refused: RefusedVersion[] }> {
  const { found, refused } = await readEach(dirs, readVersion);
  const chosen = new Map<string, Version>();
  for (const version of found) choose(chosen, version, refused);
  return { versions: [...chosen.values()].sort(byNameAndNumber), refused };
}

/** Of two versions under one number the first stays. Equal ones are no fault: earlier releases copied the bundled ones. */
function choose(chosen: Map<string, Version>, version: Version, refused: RefusedVersion[]): void {
  const place = `${version.manifest.name}/${version.manifest.version}`;
  const own = chosen.get(place);
  if (own === undefined) chosen.set(place, version);
  else if (!isDeepStrictEqual(own.manifest, version.manifest))
    refused.push({ directory: version.directory, reason: `it is hidden by another ${place}, ${own.directory}` });
}

const byNameAndNumber = ({ manifest: a }: Version, { manifest: b }: Version): number =>
  a.name === b.name ? a.version - b.version : a.name < b.name ? -1 : 1;

/** The manifests of all versions, of those too whose other files are damaged. */
export async function listManifests(
  dirs: ModelsDirs,
): Promise<{ manifests: Manifest[]; unreadable: RefusedVersion[] }> {
  const { found, refused } = await readEach(dirs, (directory) => readManifest(join(directory, manifestFileName)));
  return { manifests: found, unreadable: refused };
}

/**
 * Publishes in `dirs.own` what `write` puts into the empty directory that it is given (a layers model, and whatever else
 * belongs to it) under the next number that is free in both directories; a file whose hash it gives is not read again. The version appears complete or, after
 * a crash at any point, not at all. A version of layout `head` also gets its backbone kept under `.backbones`. Throws
 * AppError invalid_model. `around` is called when all is written and checked; it may let the version appear by calling
 * `appear`, give another one instead, or throw.
 */
export async function publishVersion(
  dirs: ModelsDirs,
  draft: VersionDraft,
  write: (directory: string) => Promise<WrittenFiles> | Promise<void>,
  around: (appear: () => Promise<Version>) => Promise<Version> = (appear) => appear(),
): Promise<Version> {
  return withUnfinished(dirs.own, async (directory) => {
    await mkdir(directory, { recursive: true });
    const written = await write(directory);
    const files = await listModelFiles(directory, written ?? {});
    await loadHead(directory, draft);
    if (draft.layout === 'head') await ensureBackbone(dirs, draft.backbone.id, (await listVersions(dirs)).versions);
    const manifest: Manifest = { ...draft, format: formatOf(draft), version: 1, files };
    // Before `around`, which may hold a transaction: this may take long.
    const uploaded = await dirs.shared?.upload(directory);
    return around(() => moveIntoPlace(dirs, directory, manifest, uploaded));
  });
}

/** Releases before multi-label versions know only the first, and would take their classes for exclusive. */
const formatOf = ({ activation }: VersionDraft): Manifest['format'] =>
  activation === 'sigmoid' ? 'taxon-model/2' : 'taxon-model/1';

/** Writes other metrics into a version's manifest: whole, or not at all. Throws AppError invalid_model when it cannot be read. */
export async function replaceMetrics(
  { shared }: Pick<ModelsDirs, 'shared'>,
  directory: string,
  metrics: Manifest['metrics'],
): Promise<void> {
  const path = join(directory, manifestFileName);
  const manifest = { ...(await readManifest(path)), metrics };
  await shared?.replaceManifest(manifest);
  await replaceFile(path, manifestText(manifest));
}

/** As the file has it. */
export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;

/** Brings the weights of a version and of its backbone here, where they may be away. Throws AppError invalid_model, storage_unavailable. */
export async function fetchVersion(dirs: ModelsDirs, { directory, manifest }: Version): Promise<void> {
  if (dirs.shared === undefined) return;
  await dirs.shared.fetch(directory);
  if (manifest.layout === 'full') return;
  const backbone = await resolveBackbone(dirs, manifest.backbone.id, (await listVersions(dirs)).versions);
  await dirs.shared.fetch(backbone.directory);
}

/** The newest version of `name` in `modelsDir` whose manifest is as wanted; its other files are not read. Undefined when there is none. */
export async function findVersion(
  modelsDir: string,
  name: string,
  isWanted: (manifest: Manifest) => boolean,
): Promise<Version | undefined> {
  const parent = join(modelsDir, name);
  for (const version of (await versionNumbers(parent)).reverse()) {
    const directory = join(parent, String(version));
    const manifest = await readManifest(join(directory, manifestFileName)).catch(() => undefined);
    if (manifest && isWanted(manifest)) return { directory, manifest };
  }
  return undefined;
}

/** Gives the finished directory the next free number; another publisher may take that number first. */
async function moveIntoPlace(
  dirs: ModelsDirs,
  directory: string,
  draft: Manifest,
  uploaded: UploadedFiles | undefined,
): Promise<Version> {
  const parent = join(dirs.own, draft.name);
  await makeDirectory(parent);
  for (;;) {
    const version = (await newestNumber(dirs, draft.name)) + 1;
    const manifest = parseModel(
      storedManifestSchema,
      { ...draft, version },
      `manifest of ${draft.name} version ${version}`,
    );
    await rm(join(directory, manifestFileName), { force: true });
    await writeNewFile(join(directory, manifestFileName), manifestText(manifest));
    const target = join(parent, String(version));
    if (uploaded !== undefined) {
      if (!(await dirs.shared!.publishVersion(uploaded, manifest))) continue;
      return { directory: target, manifest };
    }
    if (await moveDirectory(directory, target)) return { directory: target, manifest };
  }
}

/** 0 when there is none. */
async function newestNumber(dirs: ModelsDirs, name: string): Promise<number> {
  const numbers = await Promise.all(directoriesOf(dirs).map((modelsDir) => versionNumbers(join(modelsDir, name))));
  const shared = (await dirs.shared?.versionNumbers(name)) ?? [];
  return Math.max(0, ...numbers.flat(), ...shared);
}

/** Removes a version at once; its files are deleted afterwards. Throws AppError unknown_version, storage_unavailable. */
export async function removeVersion({ own, shared }: ModelsDirs, name: string, version: number): Promise<void> {
  await withUnfinished(own, async (trash) => {
    const isShared = await shared?.removeVersion(name, version);
    const isHere = await takeAway(join(own, name, String(version)), trash);
    if (!(isShared ?? isHere)) throw new AppError('unknown_version', `classifier ${name} has no version ${version}`);
  });
}

/**
 * Removes all versions of `name` at once, damaged ones too: after a crash at any point they are all there or all gone. Does
 * nothing when there are none. `around` calls `disappear`, or throws to remove nothing; files are deleted after it.
 * `disappear` throws AppError storage_unavailable.
 */
export async function removeClassifier(
  { own, shared }: ModelsDirs,
  name: string,
  around: (disappear: () => Promise<void>) => Promise<void>,
): Promise<void> {
  let removeFiles = async (): Promise<void> => undefined;
  await withUnfinished(own, (trash) =>
    around(async () => {
      if (shared) ({ removeFiles } = await shared.removeClassifier(name));
      await takeAway(join(own, name), trash);
    }),
  );
  await removeFiles();
}

/** Moves a folder to `trash`, durably; false when it is not there. Throws AppError storage_unavailable. */
async function takeAway(folder: string, trash: string): Promise<boolean> {
  try {
    await rename(folder, trash);
    await syncDirectory(dirname(folder));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw isWriteRefused(error) ? cannotRemove(folder, error) : error;
  }
}

const cannotRemove = (folder: string, cause: unknown): AppError =>
  new AppError(
    'storage_unavailable',
    `${folder} cannot be removed. Somebody must make it writable for the server; then delete it again.`,
    { cause },
  );

/** Numbers of the versions of `name` in `modelsDir`, damaged ones too, in order. */
export const versionNumbersOf = (modelsDir: string, name: string): Promise<number[]> =>
  versionNumbers(join(modelsDir, name));
