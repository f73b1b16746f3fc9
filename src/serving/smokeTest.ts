// The last test of a version before it goes into service: does it answer images that are really stored, on the engine that will
// serve it?
import type { ImageStore } from '../data/images/imageStore.js';
import { AppError } from '../errors.js';
import type { ImageDecoder } from '../image/decoder.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { isMultiLabel, probabilitiesOf } from '../models/versionAnswer.js';
import type { Batcher } from './batcher.js';
import { drawImages } from '../image/drawnImages.js';
import type { ServedVersion } from './loadedVersions.js';
import { decodeStored } from './storedImage.js';

export interface SmokeTestDeps {
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  readonly batcher: Batcher;
  /** Longest wait for the decoder, which serves requests first; default ten seconds. */
  readonly patienceMs?: number;
}

/** Enough to find a broken head; few enough to switch in an instant. */
const imageCount = 2;
/** Stored images that are tried before drawn ones take their place. */
const maxTried = 20;
/** Pixels of up to two images that the store has; fewer when the decoder has no time for more. */
async function decodeSome(deps: SmokeTestDeps, preprocessing: Preprocessing): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  const signal = AbortSignal.timeout(deps.patienceMs ?? 10_000);
  let tried = 0;
  try {
    for await (const sha256 of deps.images.list()) {
      const pixels = await decodeStored(deps, sha256, preprocessing, signal);
      if (pixels) found.push(pixels);
      if (found.length === imageCount || ++tried === maxTried) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return found;
}

/**
 * Throws AppError invalid_model when two images, drawn ones where no stored ones can be decoded, do not get one
 * probability per label, that sum to 1 unless it is multi-label. Waits its turn behind all requests. Throws engine_unavailable as the batcher
 * does.
 */
export const createSmokeTest =
  (deps: SmokeTestDeps) =>
  async ({ manifest, headId, backboneId }: ServedVersion): Promise<void> => {
    const { preprocessing, labels } = manifest;
    const stored = await decodeSome(deps, preprocessing);
    const drawn = drawImages(preprocessing.height * preprocessing.width * 3);
    for (const pixels of [...stored, ...drawn.slice(stored.length)]) {
      const { logits } = await deps.batcher.submit({
        backboneId,
        pixels,
        headIds: [headId],
        priority: 'background',
      });
      const probabilities = probabilitiesOf(manifest, logits.get(headId)!);
      const sum = probabilities.reduce((total, value) => total + value, 0);
      // Those of a multi-label version sum to anything.
      const isWhole = isMultiLabel(manifest) ? Number.isFinite(sum) : Math.abs(sum - 1) <= 1e-6;
      if (probabilities.length !== labels.length || !isWhole)
        throw new AppError(
          'invalid_model',
          `${headId} must give ${labels.length} probabilities, one a label${isMultiLabel(manifest) ? '' : ', that sum to 1'}; it gave ${probabilities.length} with the sum ${sum}`,
        );
    }
  };
