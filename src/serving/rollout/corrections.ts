// What the versions of a rollout say of the images that users sent corrections of: each image is decoded and embedded once for all that
// share a backbone, behind all requests.
import type { OpenCorrection, Rollout, Rollouts } from '../../data/classifiers/rollouts.js';
import type { ImageStore } from '../../data/images/imageStore.js';
import { AppError, type ErrorCode } from '../../errors.js';
import type { ImageDecoder } from '../../image/decoder.js';
import { softmax } from '../../softmax.js';
import type { Batcher } from '../batcher.js';
import { groupByInput } from '../classify.js';
import type { ServedVersion } from '../loadedVersions.js';
import { mostProbable } from '../probabilities.js';

export interface CorrectionDeps {
  readonly rollouts: Pick<Rollouts, 'openCorrections' | 'addCorrection'>;
  readonly images: Pick<ImageStore, 'read'>;
  readonly decoder: ImageDecoder;
  readonly batcher: Batcher;
}

/** At a time: other classifiers take their turn. */
const atATime = 16;
/** Longest wait for the decoder, which serves requests first. */
const patienceMs = 60_000;

/** What may be wrong with a stored image without being the version's fault; or it has been rejected and deleted meanwhile. */
const imageFaults: ReadonlySet<ErrorCode> = new Set([
  'image_too_large',
  'unsupported_image',
  'undecodable_image',
  'image_timeout',
  'not_found',
]);

/**
 * Asks `versions` about the corrections that not all of them have been asked about. Calls `onAnswer` for each answer that no other
 * process has recorded before. Throws AppError database_unavailable, engine_unavailable, or the reason of a wait that was too long.
 */
export async function askAboutCorrections(
  deps: CorrectionDeps,
  rollout: Rollout,
  versions: readonly ServedVersion[],
  onAnswer: (version: number, isRight: boolean) => void,
): Promise<void> {
  const numbers = versions.map(({ manifest }) => manifest.version);
  for (const correction of await deps.rollouts.openCorrections(rollout, numbers, atATime)) {
    for (const group of groupByInput(versions)) {
      const answers = await answersOf(deps, correction, group);
      for (const { manifest } of group) {
        const { version } = manifest;
        const predicted = answers?.get(version);
        if (!(await deps.rollouts.addCorrection(rollout.id, correction.feedbackId, version, predicted))) continue;
        if (predicted !== undefined) onAnswer(version, predicted === correction.label);
      }
    }
  }
}

/** The most probable class of each version of a group; undefined when the image cannot be decoded for it. */
async function answersOf(
  { images, decoder, batcher }: CorrectionDeps,
  { sha256 }: OpenCorrection,
  group: readonly ServedVersion[],
): Promise<ReadonlyMap<number, string> | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  const [{ manifest, backboneId }] = group as readonly [ServedVersion, ...ServedVersion[]];
  try {
    const { pixels } = await decoder.decode(await images.read(sha256), manifest.preprocessing, signal, 'background');
    const headIds = group.map(({ headId }) => headId);
    const { logits } = await batcher.submit({ backboneId, pixels, headIds, priority: 'background', signal });
    return new Map(
      group.map(({ manifest: { version, labels, temperature }, headId }) => [
        version,
        mostProbable(softmax(logits.get(headId)!, temperature), labels),
      ]),
    );
  } catch (error) {
    if (error instanceof AppError && imageFaults.has(error.code)) return undefined;
    throw error;
  }
}
