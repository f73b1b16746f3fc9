// The VersionStore of a models directory: versions with their backbones found, the rest refused by name.
import { AppError } from '../errors.js';
import { resolveBackbone } from '../models/backbones.js';
import { loadHead } from '../models/loadHead.js';
import { listVersions, type RefusedVersion, type Version } from '../models/versions.js';
import type { VersionStore } from './registry.js';
import type { StoredVersion } from './loadedVersions.js';

export function createModelsDirectory(modelsDir: string): VersionStore {
  return {
    list: () => list(modelsDir),
    loadHead: async ({ directory, manifest }) => (await loadHead(directory, manifest)).model,
  };
}

async function list(modelsDir: string): Promise<{ versions: StoredVersion[]; refused: RefusedVersion[] }> {
  const { versions, refused } = await listVersions(modelsDir);
  const stored: StoredVersion[] = [];
  const unresolved: RefusedVersion[] = [];
  for (const version of versions) {
    try {
      stored.push({ ...version, backboneDirectory: await backboneDirectory(modelsDir, version, versions) });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      unresolved.push({ directory: version.directory, reason: error.detail });
    }
  }
  return { versions: stored, refused: [...refused, ...unresolved] };
}

async function backboneDirectory(
  modelsDir: string,
  { directory, manifest }: Version,
  versions: readonly Version[],
): Promise<string> {
  return manifest.layout === 'full'
    ? directory
    : (await resolveBackbone(modelsDir, manifest.backbone.id, versions)).directory;
}
