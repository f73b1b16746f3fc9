// The last question to a version before it takes over: does it answer images that are really there, on the engine that will serve it?
import type { ImageStore } from '../data/images/imageStore.js';
import { AppError } from '../errors.js';
import type { ImageDecoder } from '../image/decoder.js';
import { softmax } from '../softmax.js';
import type { Batcher } from './batcher.js';
import type { ServedVersion } from './registry.js';

export interface SmokeTestDeps {
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  readonly batcher: Batcher;
}

/** Enough to find a broken head; few enough to switch in an instant. */
const imageCount = 2;

/** Whatever images the store has; none when it is empty. */
async function readStoredImages(images: ImageStore): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const sha256 of images.list()) {
    found.push(await images.read(sha256));
    if (found.length === imageCount) break;
  }
  return found;
}

/** Throws AppError invalid_model when stored images, or a black one where there are none, do not get one probability a label that sum to 1. */
export const createSmokeTest =
  ({ images, decoder, batcher }: SmokeTestDeps) =>
  async ({ manifest: { preprocessing, backbone, labels, temperature }, headId }: ServedVersion): Promise<void> => {
    const found = await readStoredImages(images);
    const inputs = found.map(async (bytes) => (await decoder.decode(bytes, preprocessing)).pixels);
    if (found.length === 0)
      inputs.push(Promise.resolve(new Uint8Array(preprocessing.height * preprocessing.width * 3)));
    for (const pixels of await Promise.all(inputs)) {
      const { logits } = await batcher.submit({
        backboneId: backbone.id,
        pixels,
        headIds: [headId],
        priority: 'request',
      });
      const probabilities = softmax(logits.get(headId)!, temperature);
      const sum = probabilities.reduce((total, value) => total + value, 0);
      if (probabilities.length !== labels.length || !(Math.abs(sum - 1) <= 1e-6))
        throw new AppError(
          'invalid_model',
          `${headId} must give ${labels.length} probabilities, one a label, that sum to 1; it gave ${probabilities.length} with the sum ${sum}`,
        );
    }
  };
