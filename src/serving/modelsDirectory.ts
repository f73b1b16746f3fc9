// The VersionStore of the models directories: versions with their backbones found, the rest refused by name.
import { AppError } from '../errors.js';
import { resolveBackbone } from '../models/backbones.js';
import { findActivationRanges } from '../models/backboneRanges.js';
import { loadHead } from '../models/loadHead.js';
import { readDriftBaseline } from '../models/driftBaseline.js';
import { isBundled, type ModelsDirs } from '../models/modelsDirs.js';
import { readNovelty } from '../models/noveltyFile.js';
import { listVersions, type RefusedVersion, type Version } from '../models/versions.js';
import type { VersionStore } from './registry.js';
import type { StoredVersion } from './loadedVersions.js';

/** Where the versions are shared and cannot be reached, those that are here already go on: `onAway` is told. */
export function createModelsDirectory(
  dirs: ModelsDirs,
  onAway: (error: AppError) => void = () => undefined,
): VersionStore {
  return {
    list: async () => {
      await dirs.shared?.sync().catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        onAway(error);
      });
      return list(dirs);
    },
    prepare: async ({ directory, backboneDirectory: backbone }) => {
      await dirs.shared?.fetch(directory);
      if (backbone !== directory) await dirs.shared?.fetch(backbone);
    },
    loadHead: async ({ directory, manifest }) => {
      await dirs.shared?.fetch(directory);
      return (await loadHead(directory, manifest)).model;
    },
    loadNovelty: ({ directory, manifest }) => readNovelty(directory, manifest.backbone.embeddingSize),
    loadDriftBaseline: ({ directory, manifest: { backbone, labels } }) =>
      readDriftBaseline(directory, { embeddingSize: backbone.embeddingSize, classes: labels.length }),
  };
}

async function list(dirs: ModelsDirs): Promise<{ versions: StoredVersion[]; refused: RefusedVersion[] }> {
  const { versions, refused } = await listVersions(dirs);
  const stored: StoredVersion[] = [];
  const unresolved: RefusedVersion[] = [];
  for (const version of versions) {
    try {
      const directory = await backboneDirectory(dirs, version, versions);
      const ranges = await findActivationRanges(dirs, version.manifest.backbone.id, directory);
      stored.push({
        ...version,
        isBundled: isBundled(dirs, version.directory),
        backboneDirectory: directory,
        ...(ranges && { ranges }),
      });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      unresolved.push({ directory: version.directory, reason: error.detail });
    }
  }
  return { versions: stored, refused: [...refused, ...unresolved] };
}

async function backboneDirectory(
  dirs: ModelsDirs,
  { directory, manifest }: Version,
  versions: readonly Version[],
): Promise<string> {
  return manifest.layout === 'full'
    ? directory
    : (await resolveBackbone(dirs, manifest.backbone.id, versions)).directory;
}
