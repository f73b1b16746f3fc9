// Whether a training can be fine-tuned here: asked when it is requested, and again where it runs.
import { AppError } from '../../errors.js';
import { findAddon } from '../../engines/tfjs/addon.js';
import { readBackboneTopology } from '../../models/modelParts.js';
import type { StoredVersion } from '../../serving/loadedVersions.js';

const unavailable = (detail: string, cause?: unknown): AppError =>
  new AppError('fine_tuning_unavailable', detail, { cause });

/** Throws AppError fine_tuning_unavailable, saying how to get it, when TensorFlow is not here or the backbone has no layers to train. */
export async function assertFineTunable(
  { manifest: { name, version }, backboneDirectory }: StoredVersion,
  find: () => unknown = findAddon,
): Promise<void> {
  try {
    find();
  } catch (error) {
    const reason = error instanceof AppError ? error.detail : String(error);
    throw unavailable(
      `Fine-tuning needs TensorFlow beside whichever engine answers: ${reason}. Then request the training again; ` +
        'the server need not be restarted. Without it, leave out "fineTune".',
      error,
    );
  }
  if ((await readBackboneTopology(backboneDirectory)) === undefined)
    throw unavailable(
      `The backbone of ${name}/${version} is another framework's graph, whose layers cannot be trained. Name a classifier in "backbone" ` +
        'that was trained here, pulled, or imported from Keras or TensorFlow.js.',
    );
}
