// A first run of a model that was cut: its two parts, in the engine that will serve them, compared with the uncut model.
import { join } from 'node:path';
import { AppError } from '../errors.js';
import { createInThread } from '../engines/create.js';
import type { Engine, EngineName } from '../engines/engine.js';
import { recordOneAtATime } from '../models/externalBackbone.js';
import type { ExternalModel } from './externalModel.js';
import { invalidModel } from '../formats/invalidModel.js';
import { drawImages } from '../image/drawnImages.js';
import { probabilitiesOf as fromLogits } from '../models/versionAnswer.js';

/** Probabilities may differ by this: kernels differ between batch sizes, and float16 keeps 11 bits, int8 fewer. */
const toleranceFor = ({ isFloat32 }: ExternalModel): number => (isFloat32 ? 1e-4 : 5e-3);
const headId = 'head';

/** Which engine serves a kind of backbone. */
export const engineFor = ({ kind }: Pick<ExternalModel, 'kind'>): EngineName => (kind === 'onnx' ? 'onnx' : 'tfjs');

async function withEngine<T>(
  model: ExternalModel,
  path: string,
  scratch: string,
  use: (verification: Verification) => Promise<T>,
  unoptimised = false,
): Promise<T> {
  const options = {
    engine: engineFor(model),
    unoptimised,
    device: 'cpu',
    threads: 1,
    cacheDir: join(scratch, 'cache'),
    warmupBatchSizes: [],
  } as const;
  const engine = await createInThread(options).catch((cause: unknown) => {
    if (!(cause instanceof AppError)) throw cause;
    throw new AppError(cause.code, `${path} can only be run by the ${options.engine} engine: ${cause.detail}`, {
      cause,
    });
  });
  try {
    return await use({ engine, model, path });
  } finally {
    await engine.close();
  }
}

const imagesFor = ({ preprocessing: { height, width } }: ExternalModel): readonly Uint8Array[] =>
  drawImages(height * width * 3);

/**
 * Runs the model that was read from `path` on two images, alone and together; notes in its record when two together give anything else
 * than each alone. Throws AppError invalid_model when the engine cannot run it, or when its parts give other probabilities than the whole, which is run without the engine's optimiser; engine_unavailable when the engine that would serve it is not
 * available. `scratch` takes files that only the verification needs.
 */
export async function verifyExternal(model: ExternalModel, path: string, scratch: string): Promise<void> {
  const images = imagesFor(model);
  const alone = await withEngine(model, path, scratch, async (verification) => {
    const found = await runAlone(verification, images);
    if (!(await takesTwo(verification, images, found))) await recordOneAtATime(model.directory);
    return found;
  });
  if (model.whole)
    await withEngine(model, path, scratch, (verification) => compareWhole(verification, images, alone), true);
}

/** What the backbone gives for each of two images. Throws as verifyExternal does. */
export const runScores = (model: ExternalModel, path: string, scratch: string): Promise<Float32Array[]> =>
  withEngine(model, path, scratch, async (verification) => {
    await loadParts(verification);
    const scores: Float32Array[] = [];
    for (const image of imagesFor(model)) scores.push(await embed(verification, image));
    return scores;
  });

interface Verification {
  readonly engine: Engine;
  readonly model: ExternalModel;
  readonly path: string;
}

/** For catch: the engine's own message, on one line, naming the user's file instead of our copy. */
const refused =
  ({ path, model }: Verification, what: string) =>
  (error: unknown): never => {
    const reason = (error instanceof Error ? error.message : String(error))
      .trim()
      .replaceAll(/\s*\n\s*/g, ' ')
      .replaceAll(model.directory, path);
    if (error instanceof AppError && error.code !== 'invalid_model') throw error;
    throw invalidModel(reason.startsWith(path) ? reason : `${path}: ${what}: ${reason}`, error);
  };

const cannotRun = (verification: Verification): ((error: unknown) => never) =>
  refused(verification, `${verification.engine.info.engine === 'onnx' ? 'ONNX Runtime' : 'TensorFlow'} cannot run it`);

async function loadParts(verification: Verification): Promise<void> {
  const {
    engine,
    model: { backboneId, directory, embeddingSize, preprocessing, head, classes },
  } = verification;
  await engine.loadBackbone({ id: backboneId, directory, embeddingSize, preprocessing }).catch(cannotRun(verification));
  await engine.loadHead({ id: headId, backboneId, model: head, classes });
}

/** Runs the backbone alone: with a head, an embedding of the wrong size would be reported as a fault of the head. */
async function embed(verification: Verification, image: Uint8Array): Promise<Float32Array> {
  const {
    engine,
    path,
    model: { backboneId, embeddingSize, cutAt },
  } = verification;
  const { embeddings } = await engine
    .run({ backboneId, pixels: image.slice(), count: 1, headIds: [] })
    .catch(cannotRun(verification));
  if (embeddings.length !== embeddingSize)
    throw invalidModel(
      `${path}: value ${cutAt} has ${embeddings.length} values, but what follows takes ${embeddingSize}; is --size the one that it was trained with?`,
    );
  if (embeddings.every(Number.isFinite)) return embeddings;
  throw invalidModel(
    `${path}: value ${cutAt} is not finite for an ordinary image; its weights are damaged, or --preprocess is not the one that it was trained with`,
  );
}

/** Probabilities of each image by itself. */
async function runAlone(verification: Verification, images: readonly Uint8Array[]): Promise<Float64Array[]> {
  await loadParts(verification);
  const probabilities: Float64Array[] = [];
  for (const image of images) {
    await embed(verification, image);
    const { logits } = await verification.engine.run({
      backboneId: verification.model.backboneId,
      pixels: image.slice(),
      count: 1,
      headIds: [headId],
    });
    probabilities.push(ofLogits(verification.model, logits.get(headId)!));
  }
  return probabilities;
}

/** Whether it gives for images in one batch what it gives for each alone. An exporter may have written the size of the batch into the graph. */
async function takesTwo(
  { engine, model }: Verification,
  images: readonly Uint8Array[],
  alone: readonly Float64Array[],
): Promise<boolean> {
  // Copied: the engine takes ownership of the buffer, and that of Buffer.concat may be shared.
  const pixels = Uint8Array.from(Buffer.concat(images));
  const output = await engine
    .run({ backboneId: model.backboneId, pixels, count: images.length, headIds: [headId] })
    .catch(() => undefined);
  const values = output?.logits.get(headId);
  const classes = alone[0]!.length;
  return alone.every(
    (probabilities, i) =>
      values !== undefined &&
      difference(probabilities, ofLogits(model, values.subarray(i * classes, (i + 1) * classes))) <=
        toleranceFor(model),
  );
}

const ofLogits = ({ activation }: ExternalModel, logits: Float32Array): Float64Array =>
  fromLogits({ activation, temperature: 1 }, logits);

function probabilitiesOf(model: ExternalModel, scores: Float32Array): ArrayLike<number> {
  const { givesProbabilities, isBinary } = model;
  if (!isBinary) return givesProbabilities ? scores : ofLogits(model, scores);
  const [score] = scores;
  const second = givesProbabilities ? score! : 1 / (1 + Math.exp(-score!));
  return [1 - second, second];
}

async function compareWhole(
  verification: Verification,
  images: readonly Uint8Array[],
  alone: readonly Float64Array[],
): Promise<void> {
  const { engine, path, model } = verification;
  const { whole, classes, isBinary, preprocessing, cutAt } = model;
  if (!whole) return;
  await engine
    .loadBackbone({ ...whole, embeddingSize: isBinary ? 1 : classes, preprocessing })
    .catch(cannotRun(verification));
  for (const [i, image] of images.entries()) {
    const { embeddings } = await engine.run({ backboneId: whole.id, pixels: image.slice(), count: 1, headIds: [] });
    const found = difference(alone[i]!, probabilitiesOf(model, embeddings));
    if (found > toleranceFor(model))
      throw invalidModel(
        `${path}: cut at ${cutAt}, its parts give other probabilities than the whole (by ${found.toPrecision(2)}); what follows the cut is not what Taxon took it for, or ONNX Runtime’s optimiser changes what it computes: please report this file`,
      );
  }
}

/** The largest difference; Infinity when a value is not a number or missing. */
function difference(a: Float64Array, b: ArrayLike<number>): number {
  const differences = Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN)));
  return differences.some(Number.isNaN) ? Infinity : Math.max(...differences);
}
