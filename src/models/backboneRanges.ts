// Where the activation ranges of a backbone are kept: with its own files, or, measured here, with the copy that this server keeps of it.
import {
  readActivationRanges,
  writeActivationRanges,
  type ActivationRanges,
} from '../quantization/activationRanges.js';
import { keptBackbone, keptDirectory } from './backbones.js';
import { isBundled, type ModelsDirs } from './modelsDirs.js';
import type { Version } from './versions.js';

/** What was measured here, else what the backbone in `directory` came with; undefined: nothing. Throws AppError invalid_model when damaged. */
export const findActivationRanges = async (
  dirs: ModelsDirs,
  backboneId: string,
  directory: string,
): Promise<ActivationRanges | undefined> =>
  (await readActivationRanges(keptDirectory(dirs.own, backboneId))) ?? (await readActivationRanges(directory));

/**
 * Keeps ranges with the backbone in `dirs.own`: beside a full version that has it, else with a copy that is kept of it. Throws AppError
 * invalid_model when nothing in `versions` has the backbone.
 */
export async function keepActivationRanges(
  dirs: ModelsDirs,
  ranges: ActivationRanges,
  versions: readonly Version[],
): Promise<void> {
  const full = versions.find(
    ({ directory, manifest }) =>
      manifest.layout === 'full' && manifest.backbone.id === ranges.backboneId && !isBundled(dirs, directory),
  );
  if (dirs.shared) {
    await dirs.shared.putRanges(ranges);
    return dirs.shared.sync();
  }
  const directory = full?.directory ?? (await keptBackbone(dirs, ranges.backboneId, versions));
  await writeActivationRanges(directory, ranges);
}
