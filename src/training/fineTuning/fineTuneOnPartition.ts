// Fine-tuning as a stage: the frozen backbone's head first, then feature maps of all images, then the epochs.
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { mkdir, rm } from 'node:fs/promises';
import type { SnapshotItem } from '../../data/datasets/schemas.js';
import type { LayersModel } from '../../formats/layersModel.js';
import { divideIntoParts } from '../calibrationParts.js';
import { viewKey, type AugmentedView } from '../embedding/augmentation.js';
import type { EmbeddingTarget } from '../embedding/embedder.js';
import type { Hyperparameters } from '../fit/hyperparameters.js';
import type { Partition } from '../partition.js';
import { plain, type FitSummary, type StageContext } from '../stages.js';
import { trainingFailed } from '../trainingErrors.js';
import { FineTuner } from './fineTuner.js';
import type { FineTuningResults, Tuned } from './task.js';
import type { TopData } from './trainTop.js';

/** Share of the head's learning rate: features that are already good are to change little. */
const rateShare = 0.1;
const epochs = 8;
const patience = 2;
const mostInBatch = 32;
/** Maps of each training image beside that of the image itself, where the request asks for fewer augmented views. */
const leastViews = 2;
/** Images of one call. */
const chunk = 8;

/** Where the time of the stage goes on Inception-V3, roughly. */
export const shareOfMaps = 0.5;

export interface FrozenHead {
  readonly model: LayersModel;
  readonly summary: FitSummary;
}

/** What fine-tuning tells of itself: in the version's provenance and the training's figures. */
export interface FineTuningFigures {
  readonly layers: readonly string[];
  readonly device: string;
  readonly learningRate: number;
  /** Maps of each training image. */
  readonly views: number;
  readonly bestEpoch: number;
  readonly epochsRun: number;
  /** On the validation images: of the frozen backbone with its head, and of the best epoch. */
  readonly frozen: { readonly loss: number; readonly accuracy: number };
  readonly tuned: { readonly loss: number; readonly accuracy: number };
}

export interface FineTuned {
  readonly figures: FineTuningFigures;
  /** Absent where no epoch was better than the frozen backbone. */
  readonly tuned?: Tuned & { readonly summary: FitSummary };
}

export interface FineTuningJob {
  /** Of the backbone's layers model. */
  readonly directory: string;
  readonly target: EmbeddingTarget;
  readonly partition: Partition;
  readonly chosen: Hyperparameters;
  readonly frozen: FrozenHead;
  /** Folder for feature maps and the new backbone; made when missing. */
  readonly workDirectory: string;
  /** Most bytes of feature maps on disk. */
  readonly maxBytes: number;
  /** Directory for the new backbone, which is emptied. */
  readonly out: string;
}

/** One map to be computed. */
interface Row {
  readonly image: string;
  readonly view: AugmentedView;
}

/** Views of each training image that fit on the disk beside the validation images. Throws AppError training_failed when none does. */
export function countViews(
  { train, validation }: Pick<Partition, 'train' | 'validation'>,
  wanted: number,
  bytesOfMap: number,
  maxBytes: number,
): number {
  const fitting = Math.floor((maxBytes / bytesOfMap - validation.length) / train.length);
  if (fitting >= 1) return Math.min(wanted, fitting);
  const needed = Math.ceil(((train.length + validation.length) * bytesOfMap) / 2 ** 20);
  throw trainingFailed(
    `The feature maps of ${train.length + validation.length} images take ${needed} MiB, and FINE_TUNING_CACHE_BYTES allows ${Math.floor(maxBytes / 2 ** 20)}. Raise it, or train without "fineTune".`,
  );
}

function rowsOf({ train, validation }: Partition, chosen: Hyperparameters, views: number): Row[] {
  const { augmentation, seed } = chosen;
  return [
    ...validation.map(({ sha256 }) => ({ image: sha256, view: plain })),
    ...train.flatMap(({ sha256 }) =>
      Array.from({ length: views }, (_, index) => ({ image: sha256, view: { index, augmentation, seed } })),
    ),
  ];
}

/** Names what the maps are of: another process goes on with the same file. */
const fileNameOf = ({ backboneId }: EmbeddingTarget, rows: readonly Row[]): string => {
  const hash = createHash('sha256').update(backboneId);
  for (const { image, view } of rows) hash.update(`${image} ${viewKey(view)}\n`);
  return `feature-maps-${hash.digest('hex').slice(0, 16)}.f16`;
};

/** Computes the maps that the file lacks. */
async function fillMaps(
  { embedder, signal, reporter }: StageContext,
  tuner: FineTuner,
  { preprocessing }: EmbeddingTarget,
  rows: readonly Row[],
  present: number,
): Promise<void> {
  const size = preprocessing.height * preprocessing.width * 3;
  let appending: Promise<unknown> = Promise.resolve();
  for (let start = present; start < rows.length; start += chunk) {
    const some = rows.slice(start, start + chunk);
    const views = await Promise.all(some.map(({ image, view }) => embedder.viewOf(image, view, preprocessing, signal)));
    const pixels = new Uint8Array(some.length * size);
    views.forEach((view, i) => pixels.set(view, i * size));
    // The next images are decoded while these are computed.
    await appending;
    appending = tuner.call({ kind: 'append', pixels, count: some.length });
    appending.catch(() => undefined);
    const done = start + some.length;
    reporter.step('progress', (shareOfMaps * done) / rows.length, { done, total: rows.length });
  }
  await appending;
}

function describeRows({ labels, train, validation }: Partition, views: number): TopData {
  const index = new Map(labels.map((label, i) => [label, i]));
  const classesOf = (items: readonly SnapshotItem[]): Uint32Array =>
    Uint32Array.from(items, ({ label }) => index.get(label)!);
  const parts = divideIntoParts([...train, ...validation]);
  return {
    validation: classesOf(validation),
    validationParts: Uint8Array.from(validation, (item) => parts.get(item)!),
    train: classesOf(train),
    views,
    classes: labels.length,
  };
}

/** Rejects with the signal's reason, and with AppError training_failed. The process that computes ends with it. */
export async function fineTuneOnPartition(context: StageContext, job: FineTuningJob): Promise<FineTuned> {
  const { directory, target, partition, chosen, frozen, workDirectory, maxBytes, out } = job;
  await mkdir(workDirectory, { recursive: true });
  await rm(out, { recursive: true, force: true });
  await mkdir(out);
  const tuner = new FineTuner(context.signal);
  try {
    const { preprocessing } = target;
    const opened = await tuner.call({ kind: 'open', directory, preprocessing, threads: availableParallelism() });
    const views = countViews(partition, 1 + Math.max(chosen.views, leastViews), opened.bytesOfMap, maxBytes);
    const rows = rowsOf(partition, chosen, views);
    const present = await tuner.call({ kind: 'maps', file: join(workDirectory, fileNameOf(target, rows)) });
    await fillMaps(context, tuner, target, rows, present);
    const { labelSmoothing, classWeights, seed, learningRate, batchSize } = frozen.summary.options;
    const options = {
      labelSmoothing,
      classWeights,
      seed,
      learningRate: rateShare * learningRate,
      epochs,
      batchSize: Math.min(batchSize, mostInBatch),
      patience,
    };
    const data = describeRows(partition, views);
    const result = await tuner.call({ kind: 'train', head: frozen.model, data, options, out }, ({ share, epoch }) => {
      const done = shareOfMaps + (1 - shareOfMaps) * share;
      if (epoch) context.reporter.step('epoch', done, { candidate: 1, candidates: 1, ...epoch });
      else context.reporter.step('progress', done, {});
    });
    return describe(opened, options.learningRate, views, frozen.summary, result);
  } finally {
    await tuner.close();
  }
}

function describe(
  { trainedLayers, device }: FineTuningResults['open'],
  learningRate: number,
  views: number,
  frozen: FitSummary,
  { fit, tuned }: FineTuningResults['train'],
): FineTuned {
  const { bestEpoch, start, best, calibration } = fit;
  const epochsRun = fit.epochs.length;
  const figures = {
    layers: trainedLayers,
    device,
    learningRate,
    views,
    bestEpoch,
    epochsRun,
    frozen: start,
    tuned: best,
  };
  if (tuned === undefined) return { figures };
  const summary = {
    ...frozen,
    bestEpoch,
    epochsRun,
    validationLoss: best.loss,
    validationAccuracy: best.accuracy,
    calibration,
  };
  return { figures, tuned: { ...tuned, summary } };
}
