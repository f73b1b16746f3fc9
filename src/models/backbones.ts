// Where a backbone's files are: inside a full version, or kept under .backbones/<id>/ of a models directory for the heads that need it.
import { copyFile, cp, link, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backboneRecordName, mainFiles, readBackboneRecord, writeBackboneRecord } from './backboneRecord.js';
import { makeDirectory, moveDirectory, withUnfinished } from '../durableFiles.js';
import { readActivationRanges, writeActivationRanges } from '../quantization/activationRanges.js';
import { invalidModel } from '../formats/invalidModel.js';
import { checkListedFiles } from './listedFiles.js';
import { isAway } from './mirroredFiles.js';
import type { Manifest } from './manifest.js';
import { directoriesOf, nameDirectories, type ModelsDirs } from './modelsDirs.js';

/** What backbones need of a version; see versions.ts. */
interface VersionFiles {
  readonly directory: string;
  readonly manifest: Manifest;
}

/** `directory` holds a layers model that begins with the backbone, where what follows its pooling layer is not part of it; or, by its backbone.json, another kind. */
export interface InstalledBackbone {
  readonly id: string;
  readonly directory: string;
}

/** Under the models directory; one folder per backbone, named by its id. */
export const backbonesFolder = '.backbones';

/** Marks the folder of a backbone that no version named at the last check; its age is how long that has been so. */
export const unusedMarker = '.unused';

/** The folder that backbone `id` has under `modelsDir` when it is kept there. */
export const keptDirectory = (modelsDir: string, id: string): string => join(modelsDir, backbonesFolder, id);

async function readKept(directory: string, id: string): Promise<InstalledBackbone | undefined> {
  const record = await readBackboneRecord(directory);
  if (record === undefined) return undefined;
  if (record.id !== id) throw invalidModel(`${join(directory, backboneRecordName)} is of backbone ${record.id}`);
  if (!(await isAway(directory))) await checkListedFiles(directory, record.files, mainFiles[record.kind]);
  return { id, directory };
}

const findFull = (versions: readonly VersionFiles[], id: string): VersionFiles | undefined =>
  versions.find(({ manifest }) => manifest.layout === 'full' && manifest.backbone.id === id);

/**
 * The files of backbone `id`: those of any full version in `versions` (already checked), else the kept ones, checked now.
 * Throws AppError invalid_model when it is not installed or damaged.
 */
export async function resolveBackbone(
  dirs: ModelsDirs,
  id: string,
  versions: readonly VersionFiles[],
): Promise<InstalledBackbone> {
  const full = findFull(versions, id);
  const found = full ? { id, directory: full.directory } : await findKept(dirs, id);
  if (found) return found;
  throw invalidModel(`backbone ${id} is not installed in ${nameDirectories(dirs)}; add a full version that has it`);
}

async function findKept(dirs: ModelsDirs, id: string): Promise<InstalledBackbone | undefined> {
  for (const modelsDir of directoriesOf(dirs)) {
    const found = await readKept(keptDirectory(modelsDir, id), id);
    if (found) return found;
  }
  return undefined;
}

/** A second name for the same bytes where the file system can, a copy where it cannot. */
const linkOrCopy = (from: string, to: string): Promise<void> => link(from, to).catch(() => copyFile(from, to));

/**
 * Keeps backbone `id` in `dirs.own` even when the full version that brought it is deleted, or no longer bundled. Throws AppError
 * invalid_model when nothing has it.
 */
export async function ensureBackbone(dirs: ModelsDirs, id: string, versions: readonly VersionFiles[]): Promise<void> {
  await keep(dirs, id, async (temporary) => {
    const full = findFull(versions, id);
    if (full) return fillKept(temporary, full);
    const kept = await findKept(dirs, id);
    if (!kept)
      throw invalidModel(
        `backbone ${id} is not installed in ${nameDirectories(dirs)}; publish a full version that has it first`,
      );
    await dirs.shared?.fetch(kept.directory);
    await cp(kept.directory, temporary, { recursive: true });
  });
}

/** Keeps the backbone in `from`, a folder as ensureBackbone makes them. Throws AppError invalid_model when it is not `id`, or damaged. */
export async function installBackbone(dirs: ModelsDirs, id: string, from: string): Promise<void> {
  if (!(await readKept(from, id))) throw invalidModel(`${from} holds no ${backboneRecordName}`);
  await keep(dirs, id, (temporary) => cp(from, temporary, { recursive: true }));
}

/** The folder of backbone `id`, made first when only a full version has it, with all its files. Throws AppError invalid_model, storage_unavailable. */
export async function keptBackbone(dirs: ModelsDirs, id: string, versions: readonly VersionFiles[]): Promise<string> {
  await ensureBackbone(dirs, id, versions);
  await dirs.shared?.fetch(keptDirectory(dirs.own, id));
  return keptDirectory(dirs.own, id);
}

async function keep(
  { own, shared }: ModelsDirs,
  id: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const target = keptDirectory(own, id);
  if (shared) {
    if (await shared.holdBackbone(id)) return;
    return withUnfinished(own, async (temporary) => {
      await mkdir(temporary, { recursive: true });
      await fill(temporary);
      await shared.publishBackbone(await shared.upload(temporary), id);
    });
  }
  // Before anything else: from here on it is not removed as unused.
  await rm(join(target, unusedMarker), { force: true });
  if (await readKept(target, id).catch(() => undefined)) return;
  await withUnfinished(own, async (temporary) => {
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    await makeDirectory(dirname(target));
    // What stands there is damaged or another publisher's equal copy; either may be replaced.
    do await rm(target, { recursive: true, force: true });
    while (!(await moveDirectory(temporary, target)));
  });
}

async function fillKept(directory: string, { directory: from, manifest }: VersionFiles): Promise<void> {
  const { backbone, preprocessing, files } = manifest;
  for (const name of Object.keys(files)) await linkOrCopy(join(from, name), join(directory, name));
  const ranges = await readActivationRanges(from);
  if (ranges) await writeActivationRanges(directory, ranges);
  await writeBackboneRecord(directory, {
    format: 'taxon-backbone/1',
    kind: 'layers',
    ...backbone,
    preprocessing,
    files,
  });
}
