// The last question to a version before it takes over: does it answer photos that are really there, on the engine that will serve it?
import type { ImageStore } from '../data/images/imageStore.js';
import { AppError } from '../errors.js';
import type { ImageDecoder } from '../image/decode.js';
import { softmax } from '../serving/probabilities.js';
import type { Batcher } from '../serving/batcher.js';
import type { ServedVersion } from '../serving/registry.js';

export interface SmokeTestDeps {
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  readonly batcher: Batcher;
}

/** Enough to find a broken head; few enough to switch in an instant. */
const photos = 2;

/** Whatever photos the store has; none when it is empty. */
async function somePhotos(images: ImageStore): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const sha256 of images.list()) {
    found.push(await images.read(sha256));
    if (found.length === photos) break;
  }
  return found;
}

/** Throws AppError invalid_model when probabilities of stored photos are not finite or do not sum to 1. */
export const createSmokeTest =
  ({ images, decoder, batcher }: SmokeTestDeps) =>
  async ({ manifest, headId }: ServedVersion): Promise<void> => {
    for (const bytes of await somePhotos(images)) {
      const { pixels } = await decoder.decode(bytes, manifest.preprocessing);
      const { logits } = await batcher.submit({ backboneId: manifest.backbone.id, pixels, headIds: [headId], priority: 'request' });
      const sum = softmax(logits.get(headId)!, manifest.temperature).reduce((total, value) => total + value, 0);
      if (Math.abs(sum - 1) > 1e-6) throw new AppError('invalid_model', `${headId} does not answer a stored photo with probabilities: they sum to ${sum}, not to 1`);
    }
  };
