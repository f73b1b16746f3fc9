// What the versions of a rollout say of the images that users sent corrections of: each image is decoded and embedded once for all that
// share a backbone, behind all requests.
import type { OpenCorrection, Rollout, Rollouts } from '../../data/classifiers/rollouts.js';
import { probabilitiesOf } from '../../models/versionAnswer.js';
import type { Batcher } from '../batcher.js';
import { groupByInput } from '../classify.js';
import type { ServedVersion } from '../loadedVersions.js';
import { mostProbable } from '../probabilities.js';
import { decodeStored, type StoredImageDeps } from '../storedImage.js';

export interface CorrectionDeps extends StoredImageDeps {
  readonly rollouts: Pick<Rollouts, 'openCorrections' | 'addCorrection'>;
  readonly batcher: Batcher;
}

/** At a time: other classifiers take their turn. */
const atATime = 16;
/** Longest wait for the decoder, which serves requests first. */
const patienceMs = 60_000;

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
  deps: CorrectionDeps,
  { sha256 }: OpenCorrection,
  group: readonly ServedVersion[],
): Promise<ReadonlyMap<number, string> | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  const [{ manifest, backboneId }] = group as readonly [ServedVersion, ...ServedVersion[]];
  const pixels = await decodeStored(deps, sha256, manifest.preprocessing, signal);
  if (pixels === undefined) return undefined;
  const headIds = group.map(({ headId }) => headId);
  const { logits } = await deps.batcher.submit({ backboneId, pixels, headIds, priority: 'background', signal });
  return new Map(
    group.map(({ manifest, headId }) => [
      manifest.version,
      mostProbable(probabilitiesOf(manifest, logits.get(headId)!), manifest.labels),
    ]),
  );
}
